package api

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
)

// snapshot is the database before a call.
type snapshot struct {
	b       *bundle
	version int64
	rows    *gorm.DB // a transaction that goes on reading what was there
}

func (b *bundle) snapshot() *snapshot {
	b.t.Helper()
	rows := b.store.Read(b.t.Context()).Begin()
	var one int
	require.NoError(b.t, rows.Raw("SELECT 1 FROM node_leases").Scan(&one).Error) // SQLite takes the snapshot with the first read
	return &snapshot{b: b, version: b.version(), rows: rows}
}

// mustStand asserts that no row has changed since, but for those of the tables
// named. Most often nothing was
// committed at all, and no row has to be read; but a lease may have been renewed.
func (s *snapshot) mustStand(cell string, but ...string) {
	s.b.t.Helper()
	if s.b.version() != s.version {
		require.Equal(s.b.t, s.b.checksum(s.rows, but), s.b.checksum(s.b.store.Read(s.b.t.Context()), but), "a refused call changed something: %s", cell)
	}
}

func (s *snapshot) release() {
	s.b.t.Helper()
	require.NoError(s.b.t, s.rows.Rollback().Error)
}

// version changes whenever another connection commits a change: SQLite counts
// for each connection apart, so it is always the same one that is asked.
func (b *bundle) version() (v int64) {
	b.t.Helper()
	if b.watch == nil {
		pool, err := b.store.Read(b.t.Context()).DB()
		require.NoError(b.t, err)
		b.watch, err = pool.Conn(b.t.Context())
		require.NoError(b.t, err)
		b.t.Cleanup(func() { _ = b.watch.Close() })
	}
	require.NoError(b.t, b.watch.QueryRowContext(b.t.Context(), "PRAGMA data_version").Scan(&v))
	return v
}

// checksum is over every row of every table but those named and the one of the processes.
func (b *bundle) checksum(db *gorm.DB, but []string) uint64 {
	b.t.Helper()
	sum := fnv.New64a()
	var tables []string
	require.NoError(b.t, db.Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'node_leases' ORDER BY name").Scan(&tables).Error)
	for _, table := range tables {
		if slices.Contains(but, table) {
			continue
		}
		b.sum(sum, db, table)
	}
	return sum.Sum64()
}

func (b *bundle) sum(into io.Writer, db *gorm.DB, table string) {
	b.t.Helper()
	rows, err := db.Raw("SELECT * FROM " + table).Rows()
	require.NoError(b.t, err)
	defer func() { require.NoError(b.t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(b.t, err)
	values, at := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		at[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(b.t, rows.Scan(at...))
		_, err := fmt.Fprintln(into, table, values)
		require.NoError(b.t, err)
	}
	require.NoError(b.t, rows.Err())
}
