package model

import (
	"math"
	"time"
)

// The rules of watch credit.
const (
	// MaxUnspent is how much unspent wall-clock time a person can gather, or as
	// much as playing the lesson takes, if that is longer: a phone that was
	// offline for so long loses nothing.
	MaxUnspent = 5 * time.Minute
	// CreditTolerance is by how much credit may run ahead of the server's
	// clock, once and not per report: networks delay one report and hurry the next.
	CreditTolerance = 2 * time.Second
	// MaxSegments is how many stretches one report can carry.
	MaxSegments = 60
	// endSlack is how far past the whole-second duration a player's last position
	// may lie, in seconds: the duration is rounded down, and players don't agree
	// on where a file ends. What is past the end counts for nothing.
	endSlack = 3
	// MinRate is the slowest playback rate of a report.
	MinRate = 0.25
)

// RejectReason says why a stretch earned nothing.
type RejectReason string

// The reasons. They are part of the wire.
const (
	// RejectMalformed is a stretch that is negative, inverted, empty or no number.
	RejectMalformed RejectReason = "malformed"
	// RejectBeyondEnd is a stretch that goes past the end of the lesson.
	RejectBeyondEnd RejectReason = "beyond_end"
	// RejectFasterThanTime is more play than the time that has passed for this person.
	RejectFasterThanTime RejectReason = "faster_than_time"
	// RejectRateNotAllowed is play faster than the lesson allows.
	RejectRateNotAllowed RejectReason = "rate_not_allowed"
	// RejectSeqReplayed is a report whose seq is not above the newest one of its watch.
	RejectSeqReplayed RejectReason = "seq_replayed"
	// RejectSuperseded is a report of a watch after a newer watch of the same lesson by the same person.
	RejectSuperseded RejectReason = "superseded"
)

// Rejection is a stretch, or the part of one, that earned nothing, and why.
type Rejection struct {
	Segment
	Reason RejectReason `json:"reason"`
}

// RejectAll refuses every stretch for the same reason.
func RejectAll(segments []Segment, reason RejectReason) []Rejection {
	list := make([]Rejection, len(segments))
	for i, s := range segments {
		list[i] = Rejection{Segment: s, Reason: reason}
	}
	return list
}

// Viewer is the clock of one person who watches: it makes sure that a person
// earns, over all devices and lessons, no more than the time that passes.
type Viewer struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"` // a pupil's or an account's
	CreditedAt time.Time
	// AllowanceMS is the unspent wall-clock time in milliseconds; down to
	// -CreditTolerance where credit ran ahead.
	AllowanceMS int
}

// Tick lets the time up to now flow into the allowance, MaxUnspent at most.
func (v *Viewer) Tick(now time.Time) { v.tick(now, MaxUnspent) }

// tick is Tick with another limit.
func (v *Viewer) tick(now time.Time, limit time.Duration) {
	if elapsed := now.Sub(v.CreditedAt); elapsed > 0 {
		v.AllowanceMS = int(min(time.Duration(v.AllowanceMS)*time.Millisecond+elapsed, limit).Milliseconds())
		v.CreditedAt = now
	}
}

// Restart forgets unspent time: what a person did not spend before opening a
// watch can't have been spent in it. A debt stays.
func (v *Viewer) Restart(now time.Time) {
	v.Tick(now)
	v.AllowanceMS = min(v.AllowanceMS, 0)
}

// cost is the wall-clock time, in milliseconds, that so many media seconds last at rate.
func cost(seconds int, rate float64) int { return int(math.Ceil(float64(seconds) * 1000 / rate)) }

// spend takes the wall-clock time that playing the seconds at rate lasts. Where
// it does not suffice it returns how many of the seconds it does suffice for;
// where those are less than half, none: nobody is that late, and what jumps
// ahead does not say which part was played.
func (v *Viewer) spend(seconds int, rate float64) (played int) {
	available := v.AllowanceMS + int(CreditTolerance.Milliseconds())
	played = seconds
	if cost(played, rate) > available {
		played = int(float64(max(available, 0)) * rate / 1000)
		for played > 0 && cost(played, rate) > available { // by the error of floating point
			played--
		}
		if 2*played < seconds {
			return 0
		}
	}
	v.AllowanceMS -= cost(played, rate)
	return played
}

// Credit adds to the progress what the segments, played at rate, earn the
// viewer at now. Only seconds not seen before count and cost time. Of a stretch
// that is longer than the time which has passed, its beginning counts as far as
// that suffices. It returns what earned nothing, never nil. The caller holds the
// rows of both v and p.
func (p *LessonProgress) Credit(v *Viewer, lesson *Lesson, segments []Segment, rate float64, now time.Time) []Rejection {
	if !(rate >= MinRate && rate <= float64(lesson.MaxRatePercent)/100) {
		return RejectAll(segments, RejectRateNotAllowed)
	}
	v.tick(now, lesson.owed(rate))
	rejected := []Rejection{}
	for _, s := range segments {
		if r := p.creditOne(v, lesson, s, rate); r.Reason != "" {
			rejected = append(rejected, r)
		}
	}
	if p.StartedAt == nil && p.WatchedSeconds > 0 {
		p.StartedAt = &now
	}
	if p.CompletedAt == nil && p.WatchedSeconds*100 >= lesson.PassPercent*lesson.DurationSeconds {
		p.CompletedAt = &now
	}
	p.UpdatedAt = now
	return rejected
}

// owed is the most unspent time that a viewer of the lesson can have: playing
// all of it at rate may have taken so long before the first report came through.
func (l *Lesson) owed(rate float64) time.Duration {
	return max(MaxUnspent, time.Duration(float64(l.DurationSeconds)/min(rate, 1)*float64(time.Second)))
}

// creditOne credits one stretch. The reason of what it returns is empty where nothing was rejected.
func (p *LessonProgress) creditOne(v *Viewer, lesson *Lesson, s Segment, rate float64) Rejection {
	if !(s.From >= 0 && s.To > s.From) { // also false for NaN
		return Rejection{s, RejectMalformed}
	}
	if s.To > float64(lesson.DurationSeconds)+endSlack {
		return Rejection{s, RejectBeyondEnd}
	}
	from, to := s.seconds(lesson.DurationSeconds)
	fresh := p.Bitmap.unmarked(from, to)
	if fresh == 0 {
		return Rejection{}
	}
	played := v.spend(fresh, rate)
	p.WatchedSeconds += played
	if played == fresh {
		p.Bitmap.mark(from, to)
		return Rejection{}
	}
	if played > 0 {
		s.From = float64(p.Bitmap.markFirst(from, played))
	}
	return Rejection{s, RejectFasterThanTime}
}

// Percent is how much of the lesson was watched, 0 to 100, rounded down.
func (p *LessonProgress) Percent(lesson *Lesson) int {
	if lesson.DurationSeconds == 0 {
		return 0
	}
	return min(100, p.WatchedSeconds*100/lesson.DurationSeconds)
}
