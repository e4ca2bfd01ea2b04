package job

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var start = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

const every = time.Hour

func each(t *testing.T, test func(t *testing.T, st *store.Store, clock *storetest.Clock)) {
	t.Helper()
	storetest.EachAt(t, start, test)
}

// run starts a runner with one job; the returned stop ends it and waits.
func run(t *testing.T, st *store.Store, opts Options, fn Func) (stop func()) {
	t.Helper()
	opts.Poll = 5 * time.Millisecond
	r := New(st, opts)
	r.Add("work", every, fn)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	return stop
}

// row is the job's row, zero while there is none.
func row(t *testing.T, st *store.Store) model.Job {
	t.Helper()
	var rows []model.Job
	if err := st.Read(context.Background()).Where("name = ?", "work").Find(&rows).Error; err != nil || len(rows) == 0 {
		return model.Job{}
	}
	return rows[0]
}

func eventually(t *testing.T, what func() bool) {
	t.Helper()
	require.Eventually(t, what, 20*time.Second, 2*time.Millisecond)
}

func TestThreeRunnersDoEachDueRunOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		var runs, running, together atomic.Int64
		work := func(context.Context) error {
			if running.Add(1) > 1 {
				together.Add(1)
			}
			time.Sleep(3 * time.Millisecond)
			running.Add(-1)
			runs.Add(1)
			return nil
		}
		for range 3 {
			run(t, st, Options{}, work)
		}
		for n := range int64(10) {
			eventually(t, func() bool { return runs.Load() == n+1 && row(t, st).Holder == "" })
			time.Sleep(20 * time.Millisecond) // every runner has looked again
			require.Equal(t, n+1, runs.Load())
			require.Equal(t, start.Add(time.Duration(n+1)*every), row(t, st).DueAt.UTC())
			clock.Advance(every)
		}
		require.Zero(t, together.Load())
	})
}

func TestAFailureAndAPanicAreNotedAndTheJobGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		var runs atomic.Int64
		run(t, st, Options{}, func(context.Context) error {
			switch runs.Add(1) {
			case 1:
				return errors.New(strings.Repeat("€", 600))
			case 2:
				panic("a name that must not be stored")
			}
			return nil
		})
		ended := func(n int) func() bool {
			return func() bool { return row(t, st).DueAt.Equal(start.Add(time.Duration(n) * every)) }
		}
		eventually(t, ended(1))
		require.Equal(t, strings.Repeat("€", 500), row(t, st).LastError)
		clock.Advance(every)
		eventually(t, ended(2))
		require.Equal(t, "panic: string", row(t, st).LastError)
		clock.Advance(every)
		eventually(t, ended(3))
		require.Empty(t, row(t, st).LastError)
		require.Equal(t, start.Add(2*every), row(t, st).LastRunAt.UTC())
	})
}

func TestRunsMissedWhileNothingRanAreNotMadeUpFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		var runs atomic.Int64
		work := func(context.Context) error { runs.Add(1); return nil }
		stop := run(t, st, Options{}, work)
		eventually(t, func() bool { return runs.Load() == 1 && row(t, st).Holder == "" })
		stop()
		clock.Advance(10 * every)
		run(t, st, Options{}, work)
		eventually(t, func() bool { return runs.Load() == 2 && row(t, st).Holder == "" })
		require.Equal(t, start.Add(11*every), row(t, st).DueAt.UTC())
	})
}

func TestAStopEndsTheRunAndLeavesItDue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, _ *storetest.Clock) {
		begun := make(chan struct{})
		stop := run(t, st, Options{}, func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		})
		<-begun
		stop()
		j := row(t, st)
		require.Equal(t, start, j.DueAt.UTC())
		require.Empty(t, j.Holder)
		require.Nil(t, j.LeaseUntil)
		var taken atomic.Bool
		run(t, st, Options{}, func(context.Context) error { taken.Store(true); return nil })
		eventually(t, taken.Load)
	})
}

func TestTheClaimOfADeadReplicaIsTakenOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		dead := New(st, Options{Lease: time.Minute})
		j, err := dead.row(t.Context(), job{name: "work", every: every})
		require.NoError(t, err)
		won, err := dead.claim(t.Context(), j)
		require.NoError(t, err)
		require.True(t, won)
		again, err := New(st, Options{Lease: time.Minute}).claim(t.Context(), j)
		require.NoError(t, err)
		require.False(t, again)
		var runs atomic.Int64
		run(t, st, Options{}, func(context.Context) error { runs.Add(1); return nil })
		time.Sleep(30 * time.Millisecond)
		require.Zero(t, runs.Load(), "the lease still holds")
		clock.Advance(time.Minute)
		eventually(t, func() bool { return runs.Load() == 1 })
	})
}

func TestALeaseIsRenewedWhileTheJobRunsAndItsLossStopsTheJob(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) { // on the real clock
		const lease = 300 * time.Millisecond
		stopped := make(chan struct{})
		var once sync.Once
		run(t, st, Options{Lease: lease}, func(ctx context.Context) error {
			<-ctx.Done()
			once.Do(func() { close(stopped) })
			return nil
		})
		eventually(t, func() bool { return row(t, st).LeaseUntil != nil })
		first := *row(t, st).LeaseUntil
		eventually(t, func() bool {
			until := row(t, st).LeaseUntil
			return until != nil && until.After(first.Add(lease))
		})
		select {
		case <-stopped:
			require.Fail(t, "the job was stopped although its lease was renewed")
		default:
		}
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			return tx.Model(&model.Job{}).Where("name = ?", "work").Update("holder", "another").Error
		}))
		<-stopped
		time.Sleep(10 * time.Millisecond)
		require.Equal(t, "another", row(t, st).Holder, "the loser leaves the row alone")
	})
}
