// Package counsel is one-to-one counselling: rooms and their counsellors,
// availability and the slots that come of it, bookings, the wait-list, and
// the counsellors' confidential records.
//
// Races are decided by the database alone: a slot is taken by one conditional
// UPDATE, and the primary key of party_times keeps everyone from being in two
// places at once. What frees slots first locks the counsellor's row, so that
// it and the expansion of rules never work on the same slots at one time.
package counsel

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// Service is the counselling domain. It is safe for concurrent use.
type Service struct {
	store  *store.Store
	vault  *vault.Vault
	outbox *message.Outbox
	alerts Alerts
	// accounts tells of the rows of identity.
	accounts Accounts
	log      *audit.Log
	// nearby lets those who lost one slot at the same moment share one look for others.
	nearby singleflight.Group
	queue  *queue
	marks  family.Marks
}

// Alerts raises alerts; service/support/alert does. Raise stores the alert in
// a transaction of its own, so that it stands whatever becomes of the call.
type Alerts interface {
	Raise(ctx context.Context, alert model.Alert) error
}

// Accounts knows what this domain needs of accounts; identity.Directory does.
type Accounts interface {
	// Holds reports whether the account is not locked and has been granted one of
	// the roles, at that moment, at a unit that where keeps.
	Holds(db *gorm.DB, account model.ID, at time.Time, roles []model.Role, where func(unitColumn string) store.Cond) (bool, error)
	// Working keeps the rows whose account column names one that is not locked and
	// holds one of the roles, at that moment, at or above the unit of the unit column.
	Working(account, unit string, at time.Time, roles ...model.Role) store.Cond
	// Lock locks the row of the account until the transaction ends.
	Lock(st *store.Store, tx *gorm.DB, account model.ID) error
}

// New makes the service.
func New(st *store.Store, v *vault.Vault, outbox *message.Outbox, alerts Alerts, accounts Accounts, log *audit.Log) *Service {
	return &Service{store: st, vault: v, outbox: outbox, alerts: alerts, accounts: accounts, log: log, queue: newQueue(), marks: family.NewMarks(v)}
}

// lockCounsellor holds the counsellor's row until the transaction ends.
func (s *Service) lockCounsellor(tx *gorm.DB, id model.ID) (model.Counsellor, error) {
	var c model.Counsellor
	err := s.store.ForUpdate(tx).Where("account_id = ?", id).Take(&c).Error
	return c, store.Found(err, "counsellor")
}
