package cache

import (
	"sync/atomic"
	"time"
)

// backoffPeriod is how long a Redis that failed is not asked.
const backoffPeriod = time.Second

// Backoff keeps callers from a Redis that failed a moment ago, so that one that
// hangs delays a call now and then and not each. The zero Backoff lets all
// through. It is safe for concurrent use.
type Backoff struct{ until atomic.Int64 } // Unix nanoseconds

// Active reports whether Redis is not to be asked now.
func (b *Backoff) Active() bool { return time.Now().UnixNano() < b.until.Load() }

// Failed begins a backoff: Redis has just failed.
func (b *Backoff) Failed() { b.until.Store(time.Now().Add(backoffPeriod).UnixNano()) }
