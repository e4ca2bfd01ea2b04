// Package calls is the call queue: the people to be telephoned whom no message
// reaches.
package calls

import (
	"time"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Service shows the call queue and notes the calls that were made. It is safe
// for concurrent use.
type Service struct {
	store    *store.Store
	phones   *family.Phones
	marks    family.Marks
	obsolete Obsolete
	accounts Accounts
	log      *audit.Log
}

// Accounts knows who works where; identity.Directory does.
type Accounts interface {
	// Succeeds keeps the rows whose owner column names one that holds the role no more,
	// at that moment, at or above the unit of the unit column, and whose work is the
	// account's now: not where one person took the role there and gave it here.
	Succeeds(account model.ID, owner, unit string, at time.Time, role model.Role) store.Cond
}

// New makes the service.
func New(st *store.Store, phones *family.Phones, marks family.Marks, obsolete Obsolete, accounts Accounts, log *audit.Log) *Service {
	return &Service{store: st, phones: phones, marks: marks, obsolete: obsolete, accounts: accounts, log: log}
}
