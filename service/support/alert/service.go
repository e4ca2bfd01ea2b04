// Package alert keeps the alerts: who may be in danger, who must acknowledge it,
// and by when.
package alert

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/platform/store"
)

// Service is the domain of alerts. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	booked   Booked
	accounts Accounts
	log      *audit.Log
}

// Booked returns which of the ids are those of bookings. An alert is raised
// before the booking is judged, under the id that the booking will have; where
// that is refused, or not yet made, the id leads nowhere.
type Booked func(db *gorm.DB, ids []model.ID) (map[model.ID]bool, error)

// Accounts knows what this domain needs of accounts; identity.Directory does.
type Accounts interface {
	// Lock locks the row of an account until the transaction ends.
	Lock(st *store.Store, tx *gorm.DB, account model.ID) error
	// AnotherWorks keeps the rows at or above whose unit column another account
	// than that one, not locked, holds one of the roles at that moment.
	AnotherWorks(account model.ID, unit string, at time.Time, roles ...model.Role) store.Cond
}

// New makes the service.
func New(st *store.Store, booked Booked, accounts Accounts, log *audit.Log) *Service {
	return &Service{store: st, booked: booked, accounts: accounts, log: log}
}
