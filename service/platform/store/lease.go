package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Lease is a process's hold on rows for a limited time. Each step is a
// conditional UPDATE, so that the database alone decides who holds a row; a
// process that dies loses its rows when the time is up.
type Lease struct {
	Store *Store
	// Holder tells this process from all others.
	Holder string
	// Period is how long a claim holds without being renewed.
	Period time.Duration
	// Until is the column with the end of the lease; beside it stands holder.
	Until string
}

// Claim takes those of the rows that nobody holds now, and sets further
// columns of theirs, which may be nil. It returns how many rows it took.
func (l Lease) Claim(rows *gorm.DB, set map[string]any) (int64, error) {
	now := l.Store.Now()
	columns := map[string]any{"holder": l.Holder, l.Until: now.Add(l.Period)}
	for column, value := range set {
		columns[column] = value
	}
	res := rows.Where("("+l.Until+" IS NULL OR "+l.Until+" <= ?)", now).Updates(columns)
	return res.RowsAffected, res.Error
}

// Renew extends the lease on those of the rows that this process holds, and
// returns how many they are.
func (l Lease) Renew(rows *gorm.DB) (int64, error) {
	res := l.Held(rows).Update(l.Until, l.Store.Now().Add(l.Period))
	return res.RowsAffected, res.Error
}

// Held keeps those of the rows that this process holds.
func (l Lease) Held(rows *gorm.DB) *gorm.DB { return rows.Where("holder = ?", l.Holder) }

// Keep renews the lease on one row until ctx ends. It calls lost where another
// process has the row, or where the lease ran out because the database was away;
// then it goes on. Failed is told of renewals that failed while the lease lasts.
func (l Lease) Keep(ctx context.Context, every time.Duration, row func(tx *gorm.DB) *gorm.DB, lost func(), failed func(error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	lastsUntil := time.Now().Add(l.Period)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		asked := time.Now()
		var held int64
		err := l.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
			held, err = l.Renew(row(tx))
			return err
		})
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held == 1:
			lastsUntil = asked.Add(l.Period)
		case err == nil || time.Now().After(lastsUntil):
			lost()
			lastsUntil = time.Now().Add(l.Period)
		default:
			failed(err)
		}
	}
}
