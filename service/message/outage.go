package message

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// rest keeps a sender from running against a WeChat that is away: it pauses,
// longer each time, and then asks whether it is back before it risks a letter.
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

// probe asks WeChat, after it was away, whether it answers again: with a letter
// to nobody, which it can only refuse. A letter to a person, whose answer may
// never come, would leave them without.
func (s *Sender) probe(ctx context.Context) bool {
	channel, ids := s.opts.MiniProgram, s.probes.miniProgram
	if channel == nil || len(ids) == 0 {
		channel, ids = s.opts.Official, s.probes.official
	}
	if channel == nil || len(ids) == 0 {
		return true
	}
	answer, reason := channel.Send(ctx, Letter{OpenID: "nobody", TemplateID: ids[0], Data: map[string]string{}})
	s.rest.heed([]letter{{answer: answer, reason: reason}}, s.store.Now())
	return !s.rest.probing()
}
