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
	obsolete Obsolete
	accounts Accounts
	log      *audit.Log
}

// Accounts knows who works where; identity.Directory does.
type Accounts interface {
	// Posted keeps the rows whose account column names one that holds one of the
	// roles, at that moment, at or above the unit of the unit column, locked or not.
	Posted(account, unit string, at time.Time, roles ...model.Role) store.Cond
}

// New makes the service.
func New(st *store.Store, phones *family.Phones, obsolete Obsolete, accounts Accounts, log *audit.Log) *Service {
	return &Service{store: st, phones: phones, obsolete: obsolete, accounts: accounts, log: log}
}
