package model

import (
	"math"
	"time"
)

// The rules of watch credit.
const (
	// MaxUnspent is how much unspent wall-clock time a person can gather: a
	// phone that was offline for so long loses nothing.
	MaxUnspent = 5 * time.Minute
	// CreditTolerance is by how much credit may run ahead of the server's
	// clock, once and not per report: networks delay one report and hurry the next.
	CreditTolerance = 2 * time.Second
	// MaxSegments is how many stretches one report can carry.
	MaxSegments = 60
	// endSlack is how far past the whole-second duration a player's last position may lie, in seconds.
	endSlack = 1.5
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

// Rejection is a stretch that earned nothing, and why.
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

// Tick lets the time up to now flow into the allowance.
func (v *Viewer) Tick(now time.Time) {
	if elapsed := now.Sub(v.CreditedAt); elapsed > 0 {
		v.AllowanceMS = int(min(time.Duration(v.AllowanceMS)*time.Millisecond+elapsed, MaxUnspent).Milliseconds())
		v.CreditedAt = now
	}
}

// Restart forgets unspent time: what a person did not spend before opening a
// watch can't have been spent in it. A debt stays.
func (v *Viewer) Restart(now time.Time) {
	v.Tick(now)
	v.AllowanceMS = min(v.AllowanceMS, 0)
}

// spend takes the wall-clock time that so many media seconds last at rate, if
// there is enough.
func (v *Viewer) spend(seconds int, rate float64) bool {
	cost := int(math.Ceil(float64(seconds) * 1000 / rate))
	if cost > v.AllowanceMS+int(CreditTolerance.Milliseconds()) {
		return false
	}
	v.AllowanceMS -= cost
	return true
}

// Credit adds to the progress what the segments, played at rate, earn the
// viewer at now. Only seconds not seen before count and cost time. Each
// stretch is credited whole or not at all. It returns the stretches that
// earned nothing, never nil. The caller holds the rows of both v and p.
func (p *LessonProgress) Credit(v *Viewer, lesson *Lesson, segments []Segment, rate float64, now time.Time) []Rejection {
	v.Tick(now)
	if !(rate >= MinRate && rate <= float64(lesson.MaxRatePercent)/100) {
		return RejectAll(segments, RejectRateNotAllowed)
	}
	rejected := []Rejection{}
	for _, s := range segments {
		if reason := p.creditOne(v, lesson, s, rate); reason != "" {
			rejected = append(rejected, Rejection{Segment: s, Reason: reason})
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

func (p *LessonProgress) creditOne(v *Viewer, lesson *Lesson, s Segment, rate float64) RejectReason {
	if !(s.From >= 0 && s.To > s.From) { // also false for NaN
		return RejectMalformed
	}
	if s.To > float64(lesson.DurationSeconds)+endSlack {
		return RejectBeyondEnd
	}
	from, to := s.seconds(lesson.DurationSeconds)
	fresh := p.Bitmap.unmarked(from, to)
	if fresh == 0 {
		return ""
	}
	if !v.spend(fresh, rate) {
		return RejectFasterThanTime
	}
	p.Bitmap.mark(from, to)
	p.WatchedSeconds += fresh
	return ""
}

// Percent is how much of the lesson was watched, 0 to 100, rounded down.
func (p *LessonProgress) Percent(lesson *Lesson) int {
	if lesson.DurationSeconds == 0 {
		return 0
	}
	return min(100, p.WatchedSeconds*100/lesson.DurationSeconds)
}
