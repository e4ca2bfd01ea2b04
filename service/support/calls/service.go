// Package calls is the call queue: the people to be telephoned whom no message
// reaches.
package calls

import (
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Service is the call queue. It is safe for concurrent use.
type Service struct {
	store  *store.Store
	phones *family.Phones
}

// New makes the service.
func New(st *store.Store, phones *family.Phones) *Service {
	return &Service{store: st, phones: phones}
}
