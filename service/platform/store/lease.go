package store

import (
	"cmp"
	"context"
	"maps"
	"time"

	"gorm.io/gorm"

	"xinyu/service/platform/backoff"
)

// Lease is a hold on rows for a limited time. Each step is a conditional
// UPDATE, so that the database alone decides who holds a row; a process that
// dies loses its rows when the time is up.
type Lease struct {
	Store *Store
	// Holder tells the process, or the one claim of several, from all others.
	Holder string
	// Period is how long a claim holds without being renewed.
	Period time.Duration
	// Until is the column with the end of the lease, which stands beside
	// holder; empty means lease_until.
	Until string
}

func (l Lease) until() string { return cmp.Or(l.Until, "lease_until") }

// Expired keeps the rows whose lease has run out.
func (l Lease) Expired(now time.Time) Cond { return Where(l.until()+" <= ?", now) }

// Claim takes those of the rows that nobody holds now, and sets further
// columns of theirs, which may be nil. It returns how many rows it took.
func (l Lease) Claim(rows *gorm.DB, set map[string]any) (int64, error) {
	now := l.Store.Now()
	return l.update(rows.Where("("+l.until()+" IS NULL OR "+l.until()+" <= ?)", now), l.Holder, now.Add(l.Period), set)
}

// Renew extends the lease on those of the rows that the holder has, and sets
// further columns of theirs. It returns how many rows they are.
func (l Lease) Renew(rows *gorm.DB, set map[string]any) (int64, error) {
	return l.update(l.Held(rows), l.Holder, l.Store.Now().Add(l.Period), set)
}

// Release ends the lease on those of the rows that the holder has, and sets
// further columns of theirs. It returns how many rows they are.
func (l Lease) Release(rows *gorm.DB, set map[string]any) (int64, error) {
	return l.Revoke(l.Held(rows), set)
}

// Revoke is Release for the rows of any holder.
func (l Lease) Revoke(rows *gorm.DB, set map[string]any) (int64, error) {
	return l.update(rows, "", nil, set)
}

func (l Lease) update(rows *gorm.DB, holder string, until any, set map[string]any) (int64, error) {
	columns := map[string]any{"holder": holder, l.until(): until}
	maps.Copy(columns, set)
	res := rows.Updates(columns)
	return res.RowsAffected, res.Error
}

// Held keeps those of the rows that the holder has.
func (l Lease) Held(rows *gorm.DB) *gorm.DB { return rows.Where("holder = ?", l.Holder) }

// Keep renews the lease on one row until ctx ends. It calls lost where another
// process has the row, or where the lease ran out because the database was away;
// then it goes on. Failed is told of renewals that failed while the lease lasts.
func (l Lease) Keep(ctx context.Context, every time.Duration, row func(tx *gorm.DB) *gorm.DB, lost func(), failed func(error)) {
	lastsUntil := time.Now().Add(l.Period)
	for backoff.Sleep(ctx, every) == nil {
		asked := time.Now()
		var held int64
		err := l.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
			held, err = l.Renew(row(tx), nil)
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

// ClaimDue changes the row of a task while it is due at the time at which it
// was read as due: of several replicas that try, one succeeds. The change moves
// the column on, to when another replica may try should this one die.
func (s *Store) ClaimDue(ctx context.Context, row any, which Cond, column string, due time.Time, set map[string]any) (mine bool, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(row).Where(which).Where(column+" = ?", due).Updates(set)
		mine = res.RowsAffected == 1
		return res.Error
	})
	return mine, err
}
