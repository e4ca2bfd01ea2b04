// Package alert keeps the alerts: who may be in danger, who must acknowledge it,
// and by when.
package alert

import "xinyu/service/platform/store"

// Service is the domain of alerts. It is safe for concurrent use.
type Service struct{ store *store.Store }

// New makes the service.
func New(st *store.Store) *Service { return &Service{store: st} }
