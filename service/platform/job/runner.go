// Package job runs the recurring tasks. Each run is claimed through the
// database, so that of any number of replicas exactly one does it, and
// another takes over when that one dies.
package job

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	randv2 "math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
)

// Func is the work of a job. It must stop soon after ctx ends, and a run that
// was cut off may be repeated. Its error is logged and stored: no personal data in it.
type Func func(ctx context.Context) error

// Options set a Runner's pace; zero values mean the defaults.
type Options struct {
	// Lease is how long a claim holds without being renewed; default 1 minute.
	Lease time.Duration
	// Poll is the longest time between two looks at the table; default 15 s.
	Poll time.Duration
}

// lastErrorLength is the size of the column in characters.
const lastErrorLength = 500

// Runner runs the jobs of one replica.
type Runner struct {
	store *store.Store
	opts  Options
	lease store.Lease
	jobs  []job
}

type job struct {
	name  string
	every time.Duration
	fn    Func
}

// New makes a Runner without jobs.
func New(st *store.Store, opts Options) *Runner {
	opts.Lease = cmp.Or(opts.Lease, time.Minute)
	opts.Poll = cmp.Or(opts.Poll, 15*time.Second)
	return &Runner{store: st, opts: opts, lease: store.Lease{Store: st, Holder: rand.Text(), Period: opts.Lease}}
}

// Add registers a job: its name (≤ 64 characters, unique) and period. Call it
// before Run, with the same jobs on every replica.
func (r *Runner) Add(name string, every time.Duration, fn Func) {
	r.jobs = append(r.jobs, job{name: name, every: every, fn: fn})
}

// Run runs the jobs until ctx ends, and returns when the last has stopped. A
// job that is new to the database is due at once.
func (r *Runner) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, j := range r.jobs {
		wg.Go(func() { r.keep(ctx, j) })
	}
	wg.Wait()
}

// keep runs one job whenever it is due and this replica is the one to claim it.
func (r *Runner) keep(ctx context.Context, j job) {
	for ctx.Err() == nil {
		wait, err := r.turn(ctx, j)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			slog.Warn("job table", "job", j.name, "err", err)
			wait = r.opts.Poll
		}
		// A little disorder keeps replicas from asking all at the same moment.
		wait = min(max(wait, 0), r.opts.Poll)
		_ = backoff.Sleep(ctx, wait+randv2.N(r.opts.Poll/10+time.Millisecond)) //nolint:gosec // spreads replicas out; nothing secret
	}
}

// turn runs the job if it is due and free, and returns how long to sleep.
func (r *Runner) turn(ctx context.Context, j job) (time.Duration, error) {
	row, err := r.row(ctx, j)
	if err != nil {
		return 0, err
	}
	now := r.store.Now()
	if now.Before(row.DueAt) {
		return row.DueAt.Sub(now), nil
	}
	if row.LeaseUntil != nil && now.Before(*row.LeaseUntil) {
		return row.LeaseUntil.Sub(now), nil // another replica is at it; should it die, its lease ends then
	}
	claimed, err := r.claim(ctx, row)
	if err != nil || !claimed {
		return 0, err
	}
	return 0, r.run(ctx, j, row)
}

// row reads the job's row, and makes it the first time.
func (r *Runner) row(ctx context.Context, j job) (model.Job, error) {
	var row model.Job
	err := r.store.Read(ctx).Where("name = ?", j.name).Take(&row).Error
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return row, err
	}
	err = r.store.Tx(ctx, func(tx *gorm.DB) error {
		fresh := model.Job{Name: j.name, DueAt: r.store.Now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error; err != nil {
			return err
		}
		return tx.Where("name = ?", j.name).Take(&row).Error
	})
	return row, err
}

// claim takes the run that row shows as due: the compare-and-swap on due_at
// lets one replica win and tells the others that this run is gone.
func (r *Runner) claim(ctx context.Context, row model.Job) (won bool, err error) {
	err = r.store.Tx(ctx, func(tx *gorm.DB) error {
		n, err := r.lease.Claim(tx.Model(&model.Job{}).Where("name = ? AND due_at = ?", row.Name, row.DueAt), nil)
		won = n == 1
		return err
	})
	return won, err
}

// run does the claimed run and notes its end.
func (r *Runner) run(ctx context.Context, j job, row model.Job) error {
	workCtx, cancel := context.WithCancel(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		r.renew(workCtx, cancel, j.name)
	}()
	workErr := call(workCtx, j.fn)
	cancel()
	<-renewed
	cutOff := workErr != nil && ctx.Err() != nil
	if workErr != nil && !cutOff {
		slog.Error("job failed", "job", j.name, "err", workErr)
	}
	// The end must be noted also while the program is being stopped.
	endCtx, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	return r.finish(endCtx, j, row, workErr, cutOff)
}

// finish gives the claim back. A run that was cut off by a stop stays due.
func (r *Runner) finish(ctx context.Context, j job, row model.Job, workErr error, cutOff bool) error {
	return r.store.Tx(ctx, func(tx *gorm.DB) error {
		now := r.store.Now()
		next := row.DueAt.Add(j.every)
		if next.Before(now) {
			next = now.Add(j.every) // runs missed while nothing ran are not made up for
		}
		if cutOff {
			next = row.DueAt
		}
		set := map[string]any{"due_at": next, "last_run_at": now, "last_error": ""}
		if workErr != nil {
			set["last_error"] = shorten(workErr.Error())
		}
		_, err := r.lease.Release(tx.Model(&model.Job{}).Where("name = ?", j.name), set)
		return err
	})
}

// renew extends the lease while the job runs, and stops the job when the lease is lost.
func (r *Runner) renew(ctx context.Context, stop context.CancelFunc, name string) {
	row := func(tx *gorm.DB) *gorm.DB { return tx.Model(&model.Job{}).Where("name = ?", name) }
	r.lease.Keep(ctx, r.opts.Lease/3, row, func() {
		slog.Warn("job lost its lease", "job", name)
		stop()
	}, func(error) {}) // the next renewal may succeed
}

// call runs fn and turns a panic into an error. The panic's value is left
// out: it may hold personal data.
func call(ctx context.Context, fn Func) (err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("job panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %T", p)
		}
	}()
	return fn(ctx)
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= lastErrorLength {
		return s
	}
	return string([]rune(s)[:lastErrorLength])
}
