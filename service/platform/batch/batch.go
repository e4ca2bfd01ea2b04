// Package batch is group commit: callers hand in one item each, a committer
// takes all that have gathered while the previous commit ran, commits them in
// one transaction, and each caller gets the result of its own item. Idle, an
// item waits for nobody; under load the batches grow and the cost of an item falls.
package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"xinyu/model"
)

// Config shapes a Batcher.
type Config struct {
	// Name labels the metrics and the overload error.
	Name string
	// Committers is how many batches can be in flight; items of one key always
	// go through the same committer, in order. 0 means 2.
	Committers int
	// MaxBatch is the largest batch; 0 means 1000.
	MaxBatch int
	// MaxQueue is how many items can wait at one committer before callers are
	// turned away; 0 means 4 × MaxBatch.
	MaxQueue int
	// Gather is the least time between the beginnings of two batches of one
	// committer, so that a trickle of items does not pay a commit each. An item
	// that finds its committer idle for that long waits for nobody. 0 means none.
	Gather time.Duration
	// Timeout bounds one commit; 0 means 10 s.
	Timeout time.Duration
}

// Commit makes the items durable in one go and returns their results in order.
// An error fails them all.
type Commit[In, Out any] func(ctx context.Context, items []In) ([]Out, error)

// Batcher collects items for Commit. It is safe for concurrent use.
type Batcher[In, Out any] struct {
	cfg    Config
	commit Commit[In, Out]
	queues []chan *call[In, Out]
	sizes  prometheus.Observer

	mu     sync.RWMutex // held for reading while an item is put in a queue
	closed bool
	done   sync.WaitGroup
}

type call[In, Out any] struct {
	in    In
	out   Out
	err   error
	ready chan struct{}
}

var batchSizes = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name: "xinyu_batch_size", Help: "Items committed together.", Buckets: prometheus.ExponentialBuckets(1, 4, 6),
}, []string{"batch"})

// Metrics are the package's collectors.
func Metrics() []prometheus.Collector { return []prometheus.Collector{batchSizes} }

var errOverloaded = model.Unavailable("overloaded", time.Second, nil)
var errShutdown = model.Unavailable("shutting_down", 2*time.Second, nil)

// New starts the committers. Close stops them.
func New[In, Out any](cfg Config, commit Commit[In, Out]) *Batcher[In, Out] {
	cfg.Committers = cmp.Or(cfg.Committers, 2)
	cfg.MaxBatch = cmp.Or(cfg.MaxBatch, 1000)
	cfg.MaxQueue = cmp.Or(cfg.MaxQueue, 4*cfg.MaxBatch)
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	b := &Batcher[In, Out]{cfg: cfg, commit: commit, sizes: batchSizes.WithLabelValues(cfg.Name)}
	for range cfg.Committers {
		queue := make(chan *call[In, Out], cfg.MaxQueue)
		b.queues = append(b.queues, queue)
		b.done.Go(func() { b.run(queue) })
	}
	return b
}

// Do hands in one item and waits for its result. Items of one key are
// committed in the order in which they came. A full queue turns the caller
// away with KindUnavailable at once. When ctx ends first the item may still
// be committed.
func (b *Batcher[In, Out]) Do(ctx context.Context, key model.ID, in In) (Out, error) {
	c := &call[In, Out]{in: in, ready: make(chan struct{})}
	if err := b.enqueue(key, c); err != nil {
		return c.out, err
	}
	select {
	case <-c.ready:
		return c.out, c.err
	case <-ctx.Done():
		var zero Out
		return zero, ctx.Err()
	}
}

func (b *Batcher[In, Out]) enqueue(key model.ID, c *call[In, Out]) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return errShutdown
	}
	select {
	case b.queues[shard(key, len(b.queues))] <- c:
		return nil
	default:
		return errOverloaded
	}
}

// shard spreads keys over n queues; the multiplier mixes the low bits of ids
// that were given in one burst.
func shard(key model.ID, n int) uint64 { return uint64(key) * 0x9E3779B97F4A7C15 >> 33 % uint64(n) }

func (b *Batcher[In, Out]) run(queue chan *call[In, Out]) {
	batch := make([]*call[In, Out], 0, b.cfg.MaxBatch)
	var began time.Time
	for first := range queue {
		if b.cfg.Gather > 0 {
			time.Sleep(b.cfg.Gather - time.Since(began))
			began = time.Now()
		}
		batch = append(batch[:0], first)
	gather:
		for len(batch) < b.cfg.MaxBatch {
			select {
			case c, open := <-queue:
				if !open {
					break gather
				}
				batch = append(batch, c)
			default:
				break gather
			}
		}
		b.finish(batch)
		clear(batch)
	}
}

// finish commits the batch and gives each caller its result. When it is refused for a reason that is not the
// database's own state, one item may be to blame: each is then committed alone,
// so that it fails nobody else.
func (b *Batcher[In, Out]) finish(batch []*call[In, Out]) {
	err := b.commitAll(batch)
	if err != nil && len(batch) > 1 && model.KindOf(err) != model.KindUnavailable && !errors.Is(err, context.DeadlineExceeded) {
		for i := range batch {
			batch[i].err = b.commitAll(batch[i : i+1])
		}
	} else {
		for _, c := range batch {
			c.err = err
		}
	}
	for _, c := range batch {
		close(c.ready)
	}
}

func (b *Batcher[In, Out]) commitAll(batch []*call[In, Out]) (err error) {
	b.sizes.Observe(float64(len(batch)))
	items := make([]In, len(batch))
	for i, c := range batch {
		items[i] = c.in
	}
	ctx, cancel := context.WithTimeout(context.Background(), b.cfg.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil { // a panic here would take every caller's process down
			slog.Error("batch commit panicked", "batch", b.cfg.Name, "stack", string(debug.Stack()))
			err = fmt.Errorf("batch %s: commit panicked", b.cfg.Name)
		}
	}()
	outs, err := b.commit(ctx, items)
	if err != nil {
		return err
	}
	for i, c := range batch {
		c.out = outs[i]
	}
	return nil
}

// Close turns new items away, commits what is queued and returns when every caller has its result.
func (b *Batcher[In, Out]) Close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		for _, q := range b.queues {
			close(q)
		}
	}
	b.mu.Unlock()
	b.done.Wait()
}
