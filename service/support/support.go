// Package support is the help that pupils get. So far: the alerts and who
// takes them on.
package support

import "xinyu/service/platform/store"

// Service is the support domain. It is safe for concurrent use.
type Service struct{ store *store.Store }

// New makes the service.
func New(st *store.Store) *Service { return &Service{store: st} }
