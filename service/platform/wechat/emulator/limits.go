package emulator

import "time"

// zone is in which WeChat's day begins, when daily quotas are new.
var zone = time.FixedZone("UTC+8", 8*60*60)

// limits are how often WeChat's documents allow a call in a minute or, where
// perDay is set, in a day of WeChat's. A call's own documents name them.
var limits = map[string]struct {
	most   int
	perDay bool
}{
	codePath:      {most: 5000},
	linkPath:      {most: 500_000, perDay: true},
	textCheckPath: {most: 4000},
	mediaPath:     {most: 2000},
}

// What is counted by the day beside the calls of paths.
const (
	forcedTokens = "forced tokens"
	messages     = "messages"
)

var errDailyQuota = refusal{45009, "reach max api daily quota limit"}

// count is how many calls of one kind there were in the running period.
type count struct {
	period string
	calls  int
}

// SetLimit replaces how often a path may be called in its period.
func (b *base) SetLimit(path string, most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limits[path] = most
}

// SetMessageQuota sets how many messages may be sent a day.
func (b *base) SetMessageQuota(perDay int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messageQuota = perDay
}

// within counts one more call of the path. b.mu is held, here and below.
func (b *base) within(path string, now time.Time) *refusal {
	limit := limits[path]
	if most, ok := b.limits[path]; ok {
		limit.most = most
	}
	switch {
	case limit.perDay && !b.today(now, path, limit.most):
		return &errDailyQuota
	case !limit.perDay && !b.another(path, now.UTC().Format("2006-01-02 15:04"), limit.most):
		return &refusal{45009, "reach max api minute quota limit"}
	}
	return nil
}

// today counts one more of the kind and tells whether the day allows it.
func (b *base) today(now time.Time, kind string, most int) bool {
	return b.another(kind, now.In(zone).Format(time.DateOnly), most)
}

func (b *base) another(kind, period string, most int) bool {
	c := b.counts[kind]
	if c.period != period {
		c = count{period: period}
	}
	if c.calls >= most {
		return false // what is refused does not count
	}
	c.calls++
	b.counts[kind] = c
	return true
}
