// Package alert is the alerts: who may be in danger, whom that reaches, and
// who takes it on by when.
package alert

import "xinyu/service/platform/store"

// Service is the alerts. It is safe for concurrent use.
type Service struct{ store *store.Store }

// New makes the service.
func New(st *store.Store) *Service { return &Service{store: st} }
