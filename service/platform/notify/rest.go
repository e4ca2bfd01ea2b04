package notify

import (
	"math/rand/v2"
	"sync"
	"time"
)

// rest keeps a sender from running against a WeChat that is away: it pauses,
// longer each time, and then tries with a single letter.
type rest struct {
	mu     sync.Mutex
	failed int // pauses in a row
	until  time.Time
}

const (
	firstRest = time.Second
	maxRest   = 30 * time.Second
)

// over reports whether no pause is on.
func (r *rest) over(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !now.Before(r.until)
}

// probing reports whether the last that was tried failed.
func (r *rest) probing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed > 0
}

// heed learns from the answers to a group: a pause begins when WeChat answered none.
func (r *rest) heed(letters []letter, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range letters {
		if l.answer == Delivered || l.answer == NoLeave || l.answer == Unfit {
			r.failed, r.until = 0, time.Time{}
			return
		}
	}
	if !now.Before(r.until) { // several groups that failed together are one failure
		r.failed++
		r.until = now.Add(pause(firstRest, maxRest, r.failed))
	}
}

// pause doubles with each failure from first to most; a random half of it
// keeps senders apart.
func pause(first, most time.Duration, failures int) time.Duration {
	d := min(first<<min(max(failures-1, 0), 20), most)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads tries out; nothing secret
}
