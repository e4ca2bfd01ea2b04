// Package model holds what the system is about: plain structs with their
// storage tags, enumerations, the predicates that say which change of state is
// allowed, and the one error type. It imports nothing of ours.
package model
