package main

import (
	"slices"
	"strings"
)

// options are the flags of bench and faults.
type options struct {
	only    names
	rounds  int
	conns   int
	profile string
	product string // the built binary
}

// names is a comma-separated flag; empty means all.
type names []string

// String implements flag.Value.
func (n *names) String() string { return strings.Join(*n, ",") }

// Set implements flag.Value.
func (n *names) Set(s string) error {
	*n = strings.Split(s, ",")
	return nil
}

// wants reports whether any of the figures is to be measured.
func (o options) wants(figures ...string) bool {
	return len(o.only) == 0 || slices.ContainsFunc(figures, func(f string) bool { return slices.Contains(o.only, f) })
}
