package emulator

import "time"

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

// SetLimit replaces how often a path may be called in its period.
func (e *Emulator) SetLimit(path string, most int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.limits[path] = most
}

// within counts one more call of the path. e.mu is held.
func (e *Emulator) within(path string, now time.Time) *refusal {
	limit := limits[path]
	if most, ok := e.limits[path]; ok {
		limit.most = most
	}
	if limit.perDay {
		if !e.today(now, path, limit.most) {
			return &refusal{45009, "reach max api daily quota limit"}
		}
		return nil
	}
	if !e.count(path, now.UTC().Format("2006-01-02 15:04"), limit.most) {
		return &refusal{45009, "reach max api minute quota limit"}
	}
	return nil
}
