package limit

import (
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// localKeys bounds the memory of the counting without Redis: about 20 MB.
// The keys used longest ago are forgotten first.
const localKeys = 100_000

// local counts as redis_rate does (GCRA: one time per key, when the last
// permit taken will have come back), for one process. x/time/rate would do
// but for giving a permit back.
type local struct {
	mu   sync.Mutex
	tats *lru.Cache[string, time.Time]
}

func newLocal() *local {
	tats, err := lru.New[string, time.Time](localKeys)
	if err != nil {
		panic(fmt.Errorf("limit: %w", err)) // only for a size below 1
	}
	return &local{tats: tats}
}

func (l *local) take(key string, rate Rate) (retryAfter time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	tat, known := l.tats.Get(key)
	if !known || tat.Before(now) {
		tat = now
	}
	tat = tat.Add(rate.interval())
	if wait := tat.Sub(now) - rate.Period; wait > 0 {
		return wait, false
	}
	l.tats.Add(key, tat)
	return 0, true
}

func (l *local) giveBack(key string, rate Rate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if tat, known := l.tats.Get(key); known {
		l.tats.Add(key, tat.Add(-rate.interval()))
	}
}
