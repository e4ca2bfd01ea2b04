package batch_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"xinyu/model"
	"xinyu/service/platform/batch"
	"xinyu/service/platform/logwatch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(logwatch.Watch(m)) }

// double returns each number doubled, and counts the commits.
func double(commits *atomic.Int64) batch.Commit[int, int] {
	return func(_ context.Context, items []int) ([]int, error) {
		commits.Add(1)
		out := make([]int, len(items))
		for i, n := range items {
			out[i] = 2 * n
		}
		return out, nil
	}
}

func TestEachCallerGetsItsOwnResult(t *testing.T) {
	t.Parallel()
	var commits atomic.Int64
	b := batch.New(batch.Config{Name: "own"}, double(&commits))
	defer b.Close()
	var wg sync.WaitGroup
	for n := range 2000 {
		wg.Go(func() {
			got, err := b.Do(t.Context(), model.ID(n+1), n)
			if err != nil || got != 2*n {
				t.Errorf("%d: got %d, %v", n, got, err)
			}
		})
	}
	wg.Wait()
}

// A trickle shares commits; the first after a pause waits for nobody.
func TestGatherLetsATrickleShareCommits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		b := batch.New(batch.Config{Name: "gather", Committers: 1, Gather: 10 * time.Millisecond}, func(_ context.Context, items []int) ([]int, error) {
			sizes = append(sizes, len(items))
			return items, nil
		})
		defer b.Close()
		began := time.Now()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 900 * time.Microsecond)
				_, err := b.Do(t.Context(), 1, i)
				if err != nil {
					t.Error(err)
				}
				if i == 0 && time.Since(began) != 0 {
					t.Errorf("the first waited %v", time.Since(began))
				}
			})
		}
		wg.Wait()
		require.Len(t, sizes, 3, "at 0, 10 and 20 ms")
	})
}

// While one commit runs, what comes in waits together and is committed at once.
func TestBatchesGrowWhileACommitRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var sizes []int
		b := batch.New(batch.Config{Name: "grow", Committers: 1}, func(_ context.Context, items []int) ([]int, error) {
			sizes = append(sizes, len(items))
			if len(sizes) == 1 {
				<-release
			}
			return items, nil
		})
		defer b.Close()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := b.Do(t.Context(), 1, 0); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all are in the queue or in the commit that is held up
		close(release)
		wg.Wait()
		require.Len(t, sizes, 2)
	})
}

func TestItemsOfOneKeyKeepTheirOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []int
	b := batch.New(batch.Config{Name: "order", Committers: 4, MaxBatch: 3}, func(_ context.Context, items []int) ([]int, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, items...)
		return items, nil
	})
	defer b.Close()
	for n := range 100 {
		_, err := b.Do(t.Context(), 42, n)
		require.NoError(t, err)
	}
	for i, n := range got {
		require.Equal(t, i, n)
	}
}

func TestAFullQueueTurnsCallersAwayAtOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var running atomic.Bool
	b := batch.New(batch.Config{Name: "full", Committers: 1, MaxBatch: 1, MaxQueue: 2}, func(_ context.Context, items []int) ([]int, error) {
		running.Store(true)
		<-release
		return items, nil
	})
	defer b.Close()
	defer close(release)
	answers := make(chan error, 20)
	for range 20 {
		go func() {
			_, err := b.Do(t.Context(), 1, 0)
			answers <- err
		}()
	}
	for range 17 { // one runs, two wait
		select {
		case err := <-answers:
			var e *model.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, model.KindUnavailable, e.Kind)
			require.Equal(t, "overloaded", e.Code)
			require.Positive(t, e.RetryAfter)
		case <-time.After(5 * time.Second):
			t.Fatal("a caller waits although the queue is full")
		}
	}
}

// One bad item must not fail the others of its batch.
func TestOneBadItemFailsAlone(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad item")
	start := make(chan struct{})
	first := true
	b := batch.New(batch.Config{Name: "bad", Committers: 1}, func(_ context.Context, items []int) ([]int, error) {
		if first {
			first = false
			<-start
		}
		for _, n := range items {
			if n == 13 {
				return nil, bad
			}
			if n == 14 {
				panic("no answer for this one")
			}
		}
		return items, nil
	})
	defer b.Close()
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			got, err := b.Do(t.Context(), 1, n)
			switch n {
			case 13:
				if !errors.Is(err, bad) {
					t.Errorf("bad item: %v", err)
				}
			case 14:
				if err == nil {
					t.Error("a panic must fail its item")
				}
			default:
				if err != nil || got != n {
					t.Errorf("%d: %d, %v", n, got, err)
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(start)
	wg.Wait()
}

// The database being away fails a batch whole and at once, without trying each item.
func TestUnavailableFailsTheBatchOnce(t *testing.T) {
	t.Parallel()
	var commits atomic.Int64
	hold := make(chan struct{})
	b := batch.New(batch.Config{Name: "away", Committers: 1}, func(context.Context, []int) ([]int, error) {
		if commits.Add(1) == 1 {
			<-hold
		}
		return nil, model.Unavailable("database_unavailable", time.Second, nil)
	})
	defer b.Close()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := b.Do(t.Context(), 1, 0); model.KindOf(err) != model.KindUnavailable {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(hold)
	wg.Wait()
	require.LessOrEqual(t, commits.Load(), int64(4))
}

func TestCloseFinishesWhatIsQueuedAndRefusesMore(t *testing.T) {
	t.Parallel()
	var commits atomic.Int64
	b := batch.New(batch.Config{Name: "close", Committers: 2, MaxBatch: 4}, double(&commits))
	var wg sync.WaitGroup
	var served, refused atomic.Int64
	for n := range 500 {
		wg.Go(func() {
			got, err := b.Do(t.Context(), model.ID(n), n)
			switch {
			case err == nil && got == 2*n:
				served.Add(1)
			case model.KindOf(err) == model.KindUnavailable:
				refused.Add(1)
			default:
				t.Errorf("%d: %v", got, err)
			}
		})
	}
	b.Close()
	wg.Wait()
	require.EqualValues(t, 500, served.Load()+refused.Load())
	_, err := b.Do(t.Context(), 1, 1)
	require.Equal(t, model.KindUnavailable, model.KindOf(err))
	b.Close() // twice is fine
}

func TestACallerThatGivesUpDoesNotWait(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	b := batch.New(batch.Config{Name: "giveup", Committers: 1}, func(_ context.Context, items []int) ([]int, error) {
		<-release
		return items, nil
	})
	defer b.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := b.Do(ctx, 1, 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
