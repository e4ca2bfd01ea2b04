package emulator

import "time"

// quota counts calls of one kind in the running period.
type quota struct {
	period string
	count  int
}

// today counts one more of the kind and tells whether the day allows it.
// e.mu is held.
func (e *Emulator) today(now time.Time, kind string, most int) bool {
	return e.count(kind, now.In(zone).Format(time.DateOnly), most)
}

func (e *Emulator) count(kind, period string, most int) bool {
	q := e.quotas[kind]
	if q.period != period {
		q = quota{period: period}
	}
	q.count++
	if q.count > most {
		return false // what is refused does not count
	}
	e.quotas[kind] = q
	return true
}
