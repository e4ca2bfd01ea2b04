package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/service/platform/backoff"
)

// maxAttempts bounds how often a transaction is tried when the database asks
// for a retry (deadlock, lock wait, serialization failure, busy).
const maxAttempts = 8

// Tx runs fn in a transaction, and again from the start when the database
// refuses it for a passing reason; so fn must not change anything outside the
// transaction before it knows that Tx succeeded. No network call belongs in fn.
func (s *Store) Tx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	var err error
	for attempt := range maxAttempts {
		err = s.writer.WithContext(ctx).Transaction(fn)
		if err == nil || !isTransient(err) {
			break
		}
		// From about 2 ms on.
		if backoff.Sleep(ctx, backoff.Jitter(backoff.Delay(4*time.Millisecond, time.Second, attempt+1))) != nil {
			break
		}
	}
	return err
}

// ForUpdate makes a query lock the rows it reads until the transaction ends.
// SQLite has one writer, so its transactions hold the whole file already.
func (s *Store) ForUpdate(tx *gorm.DB) *gorm.DB {
	if !s.mysql {
		return tx
	}
	return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}

// ByIndex makes a query over the table find its rows by the index. MySQL's
// optimizer reads the whole table where it thinks it small, and it goes on
// thinking so of a table that was empty a moment ago: at a first lecture, each
// batch of check-ins would read all that came before.
func (s *Store) ByIndex(db *gorm.DB, table, index string) *gorm.DB {
	if !s.mysql {
		return db.Table(table)
	}
	return db.Table(table + " FORCE INDEX (" + index + ")")
}
