package message

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// backoff keeps a sender from running against a WeChat that does not answer: it
// pauses, longer each time.
type backoff struct {
	mu     sync.Mutex
	failed int // pauses in a row
	until  time.Time
}

// paused reports whether a pause is on.
func (b *backoff) paused(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return now.Before(b.until)
}

// failing reports whether the last group failed.
func (b *backoff) failing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed > 0
}

// note learns from the results of a group: a pause begins when WeChat answered none.
func (b *backoff) note(results []Result, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range results {
		if r == Delivered || r == NotPermitted || r == Rejected {
			b.failed, b.until = 0, time.Time{}
			return
		}
	}
	if !now.Before(b.until) { // several groups that failed together are one failure
		b.failed++
		b.until = now.Add(pause(firstPause, maxPause, b.failed))
	}
}

// pause doubles with each failure from first to most; a random half of it
// keeps senders apart.
func pause(first, most time.Duration, failures int) time.Duration {
	d := min(first<<min(max(failures-1, 0), 20), most)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads tries out; nothing secret
}
