package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	"github.com/glebarez/sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"

	"xinyu/model"
)

// MySQL's error numbers that ask for the whole transaction again: lock wait,
// deadlock (also Galera's certification conflict), TiDB's write conflict.
var transientMySQL = map[uint16]bool{1205: true, 1213: true, 9007: true, 8022: true}

// MySQL's error numbers that say the server is not to be used now: too many
// connections, shutdown in progress, no Galera quorum, server gone, read-only.
var downMySQL = map[uint16]bool{1040: true, 1053: true, 1047: true, 1152: true, 1158: true, 1159: true, 1160: true, 1161: true, 1203: true, 1290: true, 1792: true, 1927: true, 2006: true, 2013: true}

// SQLite's primary result codes for a file locked by another process.
const (
	sqliteBusy   = 5
	sqliteLocked = 6
)

func isTransient(err error) bool {
	if e := (*mysqldriver.MySQLError)(nil); errors.As(err, &e) {
		return transientMySQL[e.Number]
	}
	if e := (*gosqlite.Error)(nil); errors.As(err, &e) {
		code := e.Code() & 0xff
		return code == sqliteBusy || code == sqliteLocked
	}
	return false
}

func isDown(err error) bool {
	if e := (*mysqldriver.MySQLError)(nil); errors.As(err, &e) {
		return downMySQL[e.Number]
	}
	var netErr *net.OpError
	return errors.As(err, &netErr) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysqldriver.ErrInvalidConn) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, context.DeadlineExceeded)
}

// retryAfter is what a caller is told when the database is down or overloaded.
const retryAfter = 3 * time.Second

// mysqlDialect and sqliteDialect have GORM pass each error through Translate,
// wherever it comes up: in a statement, between two rows, at the commit. GORM's
// callbacks would see those of statements alone.
type (
	mysqlDialect  struct{ mysql.Dialector }
	sqliteDialect struct{ sqlite.Dialector }
)

// Translate implements gorm.ErrorTranslator.
func (d mysqlDialect) Translate(err error) error { return Translate(d.Dialector.Translate(err)) }

// Translate implements gorm.ErrorTranslator.
func (d sqliteDialect) Translate(err error) error { return Translate(d.Dialector.Translate(err)) }

// Translate turns what the database says about its own state into a
// model.Error; other errors, and nil, pass through. The errors of a Store's
// handles have been translated; those of other clients of the database are not.
func Translate(err error) error {
	var e *model.Error
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case isTransient(err):
		return model.Unavailable("database_busy", retryAfter, err)
	case isDown(err):
		return model.Unavailable("database_unavailable", retryAfter, err)
	}
	return err
}

// Found is the error of a query for one row: no row is model.NotFound(what).
func Found(err error, what string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return model.NotFound(what)
	}
	return err
}

// IsDuplicate reports whether a unique index refused a row.
func IsDuplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }
