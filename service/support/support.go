// Package support is the help that pupils get: the alerts and who takes them
// on, and the people to be telephoned whom no message reaches.
package support

import (
	"xinyu/service/platform/phone"
	"xinyu/service/platform/store"
)

// Service is the support domain. It is safe for concurrent use.
type Service struct {
	store  *store.Store
	phones *phone.Book
}

// New makes the service.
func New(st *store.Store, phones *phone.Book) *Service { return &Service{store: st, phones: phones} }
