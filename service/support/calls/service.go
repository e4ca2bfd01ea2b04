// Package calls is the call queue: the people to be telephoned whom no message
// reaches.
package calls

import (
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Service shows the call queue and notes the calls that were made. It is safe
// for concurrent use.
type Service struct {
	store    *store.Store
	phones   *family.Phones
	obsolete Obsolete
}

// New makes the service.
func New(st *store.Store, phones *family.Phones, obsolete Obsolete) *Service {
	return &Service{store: st, phones: phones, obsolete: obsolete}
}
