package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
)

// The county of the trials, its load, and its faults.
const (
	trialPupils    = 20_000
	reportPhones   = 64
	checkInPhones  = 32
	bookingPhones  = 32
	contenders     = 2 // for each slot
	killsOfATrial  = 3
	betweenFaults  = 1500 * time.Millisecond
	awayTime       = 5 * time.Second // how long a stopped database or Redis stays away
	quickly        = 3 * time.Second // bounds the 99th percentile of the refusals meanwhile
	progressWithin = 20 * time.Second
)

// trials are a product server on a seeded county under load, at which faults
// happen one after the other while the journal goes on.
type trials struct {
	*rig
	product server
	journal *journal
	codes   *codes
	load    *load
	filled  time.Time // when Redis had all counters
	healBy  time.Time // when the counters that a killed Redis came back with must be gone
}

// trial is a fault and what it returns for the line that is printed.
type trial struct {
	name  string
	fault func(*trials, context.Context) (note string)
}

// faults runs the trials on the embedded system and on the one of production.
func faults(ctx context.Context, r *rig) {
	// A Redis that comes back with what it had is the harder case: its counters are then wrong.
	r.start(ctx, "--appendonly", "yes")
	r.onSystem(ctx, func() (*store.Store, server) {
		dir := filepath.Join(r.dir, "embedded")
		check(os.MkdirAll(dir, 0o700))
		st := r.openStore(ctx, store.Options{SQLitePath: filepath.Join(dir, "xinyu.db")})
		return st, r.newProduct("XINYU_DATA_DIR=" + dir)
	}, trial{"kill_server_sqlite", (*trials).killServer})
	r.onSystem(ctx, func() (*store.Store, server) {
		return r.createDatabase(ctx, productDB), r.onMariaDB(productDB, 0)
	},
		trial{"kill_redis", (*trials).killRedis},
		trial{"kill_server_mariadb", (*trials).killServer},
		trial{"kill_mariadb", (*trials).killMariaDB},
		trial{"stop_mariadb", (*trials).stopMariaDB})
}

// onSystem runs those of the trials that are wanted, one after the other on one county.
func (r *rig) onSystem(ctx context.Context, open func() (*store.Store, server), list ...trial) {
	list = slices.DeleteFunc(list, func(t trial) bool { return !r.wants(t.name) })
	if len(list) == 0 {
		return
	}
	st, product := open()
	seedCounty(ctx, st, trialPupils)
	check(product.Start(ctx))
	t := &trials{rig: r, product: product, codes: &codes{}}
	t.journal = &journal{
		st: st, reporters: newReporters(trialPupils, reportPhones),
		attendees: newAttendees(trialPupils, checkInPhones, t.codes), bookers: newBookers(bookingPhones, contenders),
	}
	for _, trial := range list {
		t.run(ctx, trial)
	}
	if !t.healBy.IsZero() {
		t.checkHealing(ctx)
	}
	check(t.product.Stop())
}

// run lets a fault happen under load and prints what became of all that was acknowledged.
func (t *trials) run(ctx context.Context, trial trial) {
	t.product.showCodes(ctx, t.codes)
	t.wrongItems(ctx, t.product, t.journal.st, model.ItemLesson)
	t.filled = time.Now()
	t.load = &load{
		server: t.product, lasting: timeLimit, patient: true,
		phones: slices.Concat(phones(t.journal.reporters), phones(t.journal.attendees), phones(t.journal.bookers)),
	}
	loaded, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { _ = t.load.run(loaded) }) // patient phones end with it alone
	all.Go(func() {
		// The host's screen; while a server is away, a code is good for fifteen seconds more.
		for backoff.Sleep(loaded, 5*time.Second) == nil {
			_ = catch(func() { t.product.showCodes(loaded, t.codes) })
		}
	})
	var note string
	err := catch(func() {
		t.awaitProgress(ctx, 500)
		note = trial.fault(t, ctx)
	})
	stop()
	all.Wait()
	check(context.Cause(ctx))
	counted, verifyErr := t.journal.verify(ctx)
	calls := fmt.Sprintf("answered=%d cut_off=%d refused=%d",
		t.load.acked.Load(), t.load.failures[cutOff], len(t.load.refusals))
	t.fault(trial.name, counted, errors.Join(err, t.load.allowed(), verifyErr), strings.TrimSpace(calls+" "+note))
}

// killServer kills the product, and starts it anew on what is there.
func (t *trials) killServer(ctx context.Context) string { return t.kill(ctx, t.product) }

// killMariaDB kills the database under the product, which keeps running.
func (t *trials) killMariaDB(ctx context.Context) string { return t.kill(ctx, t.db) }

// victim is a server that can be killed and started again on what it has.
type victim interface {
	Kill() error
	Start(ctx context.Context) error
}

func (t *trials) kill(ctx context.Context, v victim) string {
	for range killsOfATrial {
		check(backoff.Sleep(ctx, betweenFaults))
		check(v.Kill())
		check(v.Start(ctx))
		t.awaitProgress(ctx, 500)
	}
	return fmt.Sprintf("kills=%d", killsOfATrial)
}

// stopMariaDB takes the database away for a while: calls must be refused
// quickly, and all must come back by itself.
func (t *trials) stopMariaDB(ctx context.Context) string {
	recovered := t.takeAway(ctx, t.db.Stop, t.db.Start, http.StatusServiceUnavailable, "unavailable", 500)
	t.load.mu.Lock()
	defer t.load.mu.Unlock()
	slowest := percentile99(t.load.refusals)
	if len(t.load.refusals) == 0 || slowest > float64(quickly.Milliseconds()) {
		check(fmt.Errorf("%d calls were refused, p99 after %.0f ms", len(t.load.refusals), slowest))
	}
	return fmt.Sprintf("refusal_p99_ms=%.0f recovered_ms=%d", slowest, recovered.Milliseconds())
}

// killRedis takes Redis away for a while and brings it back with the counters
// that it had: each call must succeed all along, and the counters be right
// again once they have expired.
func (t *trials) killRedis(ctx context.Context) string {
	t.takeAway(ctx, t.redis.Kill, t.redis.Start, http.StatusOK, "degraded", 2000)
	t.expectReady(ctx, http.StatusOK, "ready")
	t.load.mu.Lock()
	defer t.load.mu.Unlock()
	if len(t.load.failures) > 0 {
		check(fmt.Errorf("calls failed without Redis: %v", t.load.failures))
	}
	t.healBy = t.filled.Add(coverage.DefaultTTL + 5*time.Second)
	return "readyz=degraded,ready"
}

// takeAway ends a server for a while, during which the product must say so,
// and returns how long after its start so many calls were acknowledged.
func (t *trials) takeAway(ctx context.Context, end func() error, start func(context.Context) error,
	status int, state string, calls int64,
) time.Duration {
	check(end())
	check(backoff.Sleep(ctx, awayTime))
	t.expectReady(ctx, status, state)
	check(start(ctx))
	began := time.Now()
	t.awaitProgress(ctx, calls)
	return time.Since(began)
}

// expectReady checks what /readyz says.
func (t *trials) expectReady(ctx context.Context, status int, state string) {
	var page struct{ Status string }
	if got := t.product.call(ctx, http.MethodGet, "/readyz", 0, nil, &page); got != status || page.Status != state {
		check(fmt.Errorf("readyz says %d %s, not %d %s", got, page.Status, status, state))
	}
}

// awaitProgress returns once so many more calls are acknowledged.
func (t *trials) awaitProgress(ctx context.Context, more int64) {
	target, began := t.load.acked.Load()+more, time.Now()
	for t.load.acked.Load() < target {
		if time.Since(began) > progressWithin {
			check(fmt.Errorf("%d of %d calls were not answered within %s", target-t.load.acked.Load(), more, progressWithin))
		}
		check(backoff.Sleep(ctx, 20*time.Millisecond))
	}
}

// checkHealing waits, without load, until the counters that Redis returns are
// those of SQL, for as long as they may live.
func (t *trials) checkHealing(ctx context.Context) {
	began := time.Now()
	var atFirst []string
	err := catch(func() {
		atFirst = t.wrongItems(ctx, t.product, t.journal.st, model.ItemLesson)
		for wrong := atFirst; len(wrong) > 0; wrong = t.wrongItems(ctx, t.product, t.journal.st, model.ItemLesson) {
			if time.Now().After(t.healBy) {
				check(fmt.Errorf("still wrong: %s", strings.Join(wrong, "; ")))
			}
			check(backoff.Sleep(ctx, 500*time.Millisecond))
		}
	})
	t.check("redis_heals", err,
		fmt.Sprintf("wrong_at_first=%d healed_after_ms=%d", len(atFirst), time.Since(began).Milliseconds()))
}

// allowed is an error where the load met with a failure that no trial allows.
func (l *load) allowed() error {
	for failure, n := range l.failures {
		if failure != cutOff && failure != refused {
			return fmt.Errorf("%d calls: %s", n, failure)
		}
	}
	return nil
}
