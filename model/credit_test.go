package model

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var t0 = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

func lessonOf(seconds int) *Lesson {
	return &Lesson{ID: 1, DurationSeconds: seconds, PassPercent: 90, MaxRatePercent: 200}
}

func freshProgress(l *Lesson) (*LessonProgress, *Viewer) {
	return &LessonProgress{Bitmap: NewBitmap(l.DurationSeconds)}, &Viewer{CreditedAt: t0}
}

func TestCreditHonestWatchCompletesOnce(t *testing.T) {
	l := lessonOf(20)
	p, v := freshProgress(l)
	for i := range 4 {
		now := t0.Add(time.Duration(5*(i+1)) * time.Second)
		rejected := p.Credit(v, l, []Segment{{float64(5 * i), float64(5*i + 5)}}, 1, now)
		require.Empty(t, rejected)
		require.Equal(t, 5*(i+1), p.WatchedSeconds)
	}
	require.NotNil(t, p.CompletedAt)
	require.Equal(t, 100, p.Percent(l))
	require.Equal(t, p.Bitmap.Count(), p.WatchedSeconds)
	first := *p.CompletedAt
	p.Credit(v, l, []Segment{{0, 5}}, 1, t0.Add(time.Hour))
	require.Equal(t, first, *p.CompletedAt, "completion happens once")
}

func TestCreditRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name     string
		segments []Segment
		rate     float64
		elapsed  time.Duration
		reason   RejectReason
	}{
		{"the whole lesson at once", []Segment{{0, 100}}, 1, time.Second, RejectFasterThanTime},
		{"the whole lesson at double speed", []Segment{{0, 100}}, 2, 20 * time.Second, RejectFasterThanTime},
		{"negative", []Segment{{-5, 3}}, 1, time.Minute, RejectMalformed},
		{"inverted", []Segment{{9, 3}}, 1, time.Minute, RejectMalformed},
		{"empty", []Segment{{3, 3}}, 1, time.Minute, RejectMalformed},
		{"NaN from", []Segment{{nan, 3}}, 1, time.Minute, RejectMalformed},
		{"NaN to", []Segment{{0, nan}}, 1, time.Minute, RejectMalformed},
		{"infinite", []Segment{{0, inf}}, 1, time.Minute, RejectBeyondEnd},
		{"just beyond what players disagree on", []Segment{{95, 103.1}}, 1, time.Minute, RejectBeyondEnd},
		{"beyond the end", []Segment{{95, 105}}, 1, time.Minute, RejectBeyondEnd},
		{"too fast a rate", []Segment{{0, 5}}, 2.5, time.Minute, RejectRateNotAllowed},
		{"no rate", []Segment{{0, 5}}, 0, time.Minute, RejectRateNotAllowed},
		{"NaN rate", []Segment{{0, 5}}, nan, time.Minute, RejectRateNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lessonOf(100)
			p, v := freshProgress(l)
			rejected := p.Credit(v, l, c.segments, c.rate, t0.Add(c.elapsed))
			require.Len(t, rejected, len(c.segments))
			require.Equal(t, c.reason, rejected[0].Reason)
			require.Zero(t, p.WatchedSeconds)
			require.Zero(t, p.Bitmap.Count())
			require.Nil(t, p.StartedAt)
		})
	}
}

func TestCreditCountsOnePersonsTimeOnce(t *testing.T) {
	l := lessonOf(600)
	p, v := freshProgress(l)
	other := &LessonProgress{Bitmap: NewBitmap(600)}
	now := t0.Add(10 * time.Second)
	require.Empty(t, p.Credit(v, l, []Segment{{0, 10}}, 1, now))
	require.Len(t, other.Credit(v, l, []Segment{{0, 10}}, 1, now), 1, "a second lesson in the same ten seconds")
	require.Zero(t, other.WatchedSeconds)
}

func TestCreditToleranceIsGivenOnce(t *testing.T) {
	l := lessonOf(600)
	p, v := freshProgress(l)
	credited := 0
	for i := range 100 { // a loop of short stretches with no time passing
		p.Credit(v, l, []Segment{{float64(i), float64(i + 1)}}, 1, t0)
		credited = p.WatchedSeconds
	}
	require.LessOrEqual(t, credited, int(CreditTolerance.Seconds()))
}

func TestCreditUnspentTimeIsCappedAndForgotten(t *testing.T) {
	v := &Viewer{CreditedAt: t0}
	v.Tick(t0.Add(24 * time.Hour))
	require.Equal(t, int(MaxUnspent.Milliseconds()), v.AllowanceMS)
	v.Restart(t0.Add(25 * time.Hour))
	require.Zero(t, v.AllowanceMS)
	v.AllowanceMS = -1500
	v.Restart(t0.Add(25 * time.Hour))
	require.Equal(t, -1500, v.AllowanceMS, "opening a watch pays no debt")
	v.Tick(t0)
	require.Equal(t, -1500, v.AllowanceMS, "a clock that steps back earns nothing")
}

func TestCreditRewatchingAddsNothingAndCostsNothing(t *testing.T) {
	l := lessonOf(600)
	p, v := freshProgress(l)
	require.Empty(t, p.Credit(v, l, []Segment{{0, 10}}, 1, t0.Add(10*time.Second)))
	require.Empty(t, p.Credit(v, l, []Segment{{0, 10}}, 1, t0.Add(20*time.Second)))
	require.Equal(t, 10, p.WatchedSeconds)
	require.Equal(t, 10_000, v.AllowanceMS)
}

func TestCreditTouchingStretchesLeaveNoHole(t *testing.T) {
	l := lessonOf(60)
	p, v := freshProgress(l)
	joints := []float64{0, 4.98, 9.5, 14.4, 19.51, 24.5001, 30}
	for i := range len(joints) - 1 {
		require.Empty(t, p.Credit(v, l, []Segment{{joints[i], joints[i+1]}}, 1, t0.Add(time.Duration(joints[i+1]*float64(time.Second)))))
	}
	require.Equal(t, []Segment{{0, 30}}, p.Bitmap.Segments())
}

// Of a stretch that is too long its beginning counts, as far as time has passed.
func TestCreditCountsTheHonestPart(t *testing.T) {
	for _, c := range []struct {
		name    string
		segment Segment
		rate    float64
		elapsed time.Duration
		watched int
		rest    Segment
	}{
		{"eight seconds and the tolerance of twelve", Segment{0, 12}, 1, 8 * time.Second, 10, Segment{10, 12}},
		{"at double speed", Segment{0, 100}, 2, 40 * time.Second, 84, Segment{84, 100}},
		{"from the middle of a second", Segment{10.4, 30}, 1, 13 * time.Second, 15, Segment{25, 30}},
		{"a player that plays twice as fast as it says", Segment{0, 60}, 1, 30 * time.Second, 32, Segment{32, 60}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lessonOf(100)
			p, v := freshProgress(l)
			require.Equal(t, []Rejection{{c.rest, RejectFasterThanTime}}, p.Credit(v, l, []Segment{c.segment}, c.rate, t0.Add(c.elapsed)))
			require.Equal(t, c.watched, p.WatchedSeconds)
			require.Equal(t, c.watched, p.Bitmap.Count())
			require.Len(t, p.Bitmap.Segments(), 1)
			require.GreaterOrEqual(t, v.AllowanceMS, -int(CreditTolerance.Milliseconds()))
		})
	}
	t.Run("around what was seen before", func(t *testing.T) {
		l := lessonOf(100)
		p, v := freshProgress(l)
		require.Empty(t, p.Credit(v, l, []Segment{{5, 10}}, 1, t0.Add(5*time.Second)))
		rejected := p.Credit(v, l, []Segment{{0, 20}}, 1, t0.Add(13*time.Second))
		require.Equal(t, []Rejection{{Segment{15, 20}, RejectFasterThanTime}}, rejected, "eight seconds, the tolerance, and five that are seen already")
		require.Equal(t, 15, p.WatchedSeconds)
	})
}

// Six minutes without network lose nothing, nor does a whole long lesson.
func TestCreditOwesTheTimeOfALateReport(t *testing.T) {
	for _, c := range []struct {
		name           string
		lesson, played int
		rate           float64
		elapsed        time.Duration
	}{
		{"six of twelve minutes", 720, 360, 1, 6 * time.Minute},
		{"the whole lesson", 720, 720, 1, 12 * time.Minute},
		{"the whole lesson at double speed", 720, 720, 2, 6 * time.Minute},
		{"the whole lesson slowly", 720, 720, 0.5, 24 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := lessonOf(c.lesson)
			p, v := freshProgress(l)
			require.Empty(t, p.Credit(v, l, []Segment{{0, float64(c.played)}}, c.rate, t0.Add(c.elapsed)))
			require.Equal(t, c.played, p.WatchedSeconds)
		})
	}
	t.Run("no more than the lesson's length", func(t *testing.T) {
		l, other := lessonOf(720), &LessonProgress{Bitmap: NewBitmap(7200)}
		p, v := freshProgress(l)
		require.Empty(t, p.Credit(v, l, nil, 1, t0.Add(24*time.Hour)))
		require.NotEmpty(t, other.Credit(v, lessonOf(7200), []Segment{{0, 1400}}, 1, t0.Add(24*time.Hour)))
		require.Equal(t, 722, other.WatchedSeconds)
	})
}

// What lies past the end, where players disagree on it, is no reason to refuse the rest.
func TestCreditTheLastSecondIsNeverBeyondTheEnd(t *testing.T) {
	l := lessonOf(60)
	p, v := freshProgress(l)
	require.Empty(t, p.Credit(v, l, []Segment{{45, 62.5}, {61, 62.9}}, 1, t0.Add(time.Minute)))
	require.Equal(t, []Segment{{45, 60}}, p.Bitmap.Segments())
	require.Equal(t, 15, p.WatchedSeconds)
}

func FuzzCredit(f *testing.F) {
	f.Add(0.0, 5.0, 3.0, 9.0, 1.0, int64(5000))
	f.Add(-1.0, math.MaxFloat64, math.NaN(), math.Inf(-1), 2.0, int64(1<<40))
	f.Fuzz(func(t *testing.T, a, b, c, d, rate float64, ms int64) {
		l := lessonOf(61)
		p, v := freshProgress(l)
		elapsed := time.Duration(ms%3_600_000) * time.Millisecond
		p.Credit(v, l, []Segment{{a, b}, {c, d}}, rate, t0.Add(elapsed))
		if p.WatchedSeconds != p.Bitmap.Count() || p.WatchedSeconds > 61 {
			t.Fatalf("count %d, bits %d", p.WatchedSeconds, p.Bitmap.Count())
		}
		if limit := 2 * (max(elapsed, 0) + CreditTolerance).Seconds(); float64(p.WatchedSeconds) > limit {
			t.Fatalf("credited %d s in %v", p.WatchedSeconds, elapsed)
		}
	})
}
