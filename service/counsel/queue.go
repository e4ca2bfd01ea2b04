package counsel

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xinyu/model"
)

// queue lets those who want one slot at the same moment come to the database
// one after the other, and tells the later ones that it is gone. It spares
// the losers of a race their transactions and decides nothing: other replicas
// know nothing of it, and the conditional UPDATE stays the judge.
type queue struct {
	lanes [256]chan struct{} // by slot; two slots that share one only wait for each other
	taken *lru.Cache[model.ID, time.Time]
}

// takenKept bounds the memory of slots taken; races are about the newest.
const takenKept = 10_000

func newQueue() *queue {
	taken, err := lru.New[model.ID, time.Time](takenKept)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	q := &queue{taken: taken}
	for i := range q.lanes {
		q.lanes[i] = make(chan struct{}, 1)
	}
	return q
}

// enter waits for the caller's turn at the slot; done must be called.
func (q *queue) enter(ctx context.Context, slot model.ID) (done func(), err error) {
	lane := q.lanes[uint64(slot)%uint64(len(q.lanes))]
	select {
	case lane <- struct{}{}:
		return func() { <-lane }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// gone reports whether the slot was taken after read: what the caller read
// then is no longer so.
func (q *queue) gone(slot model.ID, read time.Time) bool {
	at, ok := q.taken.Get(slot)
	return ok && at.After(read)
}

// took notes that the slot is taken from now on.
func (q *queue) took(slot model.ID) { q.taken.Add(slot, time.Now()) }
