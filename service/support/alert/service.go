// Package alert keeps the alerts: who may be in danger, who must acknowledge it,
// and by when.
package alert

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// Service is the domain of alerts. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	accounts Accounts
	log      *audit.Log
	outbox   *message.Outbox
	calls    message.Calls
	vault    *vault.Vault
	phones   *family.Phones
	marks    family.Marks
	talks    Talks
	checkURL string
}

// Talks returns those of the ids that are bookings. An alert is raised before the
// booking is judged, under the id that the booking will have; where that is
// refused, or not yet made, the id leads nowhere.
type Talks func(db *gorm.DB, ids []model.ID) (map[model.ID]model.Talk, error)

// Accounts knows what this domain needs of accounts; identity.Directory does.
type Accounts interface {
	// Lock locks the row of an account until the transaction ends.
	Lock(st *store.Store, tx *gorm.DB, account model.ID) error
	// AnotherWorks keeps the rows at or above whose unit column another account
	// than that one, not locked, holds one of the roles at that moment.
	AnotherWorks(account model.ID, unit string, at time.Time, roles ...model.Role) store.Cond
	// Names returns the names of those of the accounts that have one.
	Names(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error)
	// Holders returns who holds one of the roles at each of the units itself at that
	// moment and is not locked.
	Holders(db *gorm.DB, units []model.ID, at time.Time, roles ...model.Role) (map[model.ID][]model.ID, error)
}

// Config is what the service stands on.
type Config struct {
	Store    *store.Store
	Accounts Accounts
	Log      *audit.Log
	Outbox   *message.Outbox
	Calls    message.Calls
	Vault    *vault.Vault
	Talks    Talks
	// CheckURL is called each minute while the escalation works; empty for none.
	CheckURL string
}

// New makes the service.
func New(c Config) *Service {
	return &Service{store: c.Store, accounts: c.Accounts, log: c.Log, outbox: c.Outbox, calls: c.Calls,
		vault: c.Vault, phones: family.NewPhones(c.Store, c.Vault), marks: family.NewMarks(c.Vault), talks: c.Talks, checkURL: c.CheckURL}
}
