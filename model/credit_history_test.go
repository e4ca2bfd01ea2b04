package model

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainCredit is the rules of watch credit written a second time, second by
// second and in whole numbers, to compare the program with.
type plainCredit struct {
	allowance int // milliseconds
	at        int // milliseconds since t0
	seen      map[[2]int]bool
}

// report returns the seconds that the stretches earn and those that the
// stretches refused hold beyond what had been seen.
func (c *plainCredit) report(lesson, duration, ratePercent, now int, stretches []Segment) (earned, refused int) {
	if ratePercent < 25 || ratePercent > 200 {
		return 0, 0
	}
	if now > c.at {
		c.allowance, c.at = min(c.allowance+now-c.at, max(300_000, duration*100_000/min(ratePercent, 100))), now
	}
	for _, s := range stretches {
		if s.From < 0 || s.To <= s.From || s.To > float64(duration)+3 {
			continue
		}
		var fresh []int
		for k := range duration {
			if middle := float64(k) + 0.5; middle >= s.From && middle < s.To && !c.seen[[2]int{lesson, k}] {
				fresh = append(fresh, k)
			}
		}
		n := 0
		for n < len(fresh) && wallTime(n+1, ratePercent) <= c.allowance+2000 {
			n++
		}
		if n < len(fresh) && 2*n < len(fresh) {
			n = 0
		}
		for _, k := range fresh[:n] {
			c.seen[[2]int{lesson, k}] = true
		}
		c.allowance -= wallTime(n, ratePercent)
		earned, refused = earned+n, refused+len(fresh)-n
	}
	return earned, refused
}

// wallTime is how many milliseconds so many media seconds last, rounded up.
func wallTime(seconds, ratePercent int) int { return (seconds*100_000 + ratePercent - 1) / ratePercent }

// exactRates are rates that binary fractions hold exactly, and some that no lesson allows.
var exactRates = []int{25, 50, 75, 100, 100, 100, 125, 150, 175, 200, 12, 225}

// One person opens lessons and reports at random, honestly and not, early, late
// and again: the program credits what the plain rules do, and never more
// seconds than the wall time, since the last lesson was opened and in all,
// times the rate.
func TestNoHistoryEarnsMoreThanItsTime(t *testing.T) {
	t.Parallel()
	durations := []int{20, 61, 400, 900}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		v := &Viewer{CreditedAt: t0}
		plain := plainCredit{seen: map[[2]int]bool{}}
		lessons := make([]*Lesson, len(durations))
		progress := make([]*LessonProgress, len(durations))
		for i, d := range durations {
			lessons[i], progress[i] = lessonOf(d), &LessonProgress{Bitmap: NewBitmap(d)}
		}
		now, opened := 0, 0           // milliseconds
		spent, spentSinceOpen := 0, 0 // milliseconds of wall time that what was credited lasts
		for range 60 {
			now += []int{0, r.IntN(1000), r.IntN(20_000), r.IntN(20_000), r.IntN(1_200_000)}[r.IntN(5)]
			at := t0.Add(time.Duration(now) * time.Millisecond)
			if r.IntN(12) == 0 {
				v.Restart(at)
				plain.report(0, 0, 100, now, nil)
				plain.allowance = min(plain.allowance, 0)
				opened, spentSinceOpen = now, 0
				continue
			}
			i, rate := r.IntN(len(durations)), exactRates[r.IntN(len(exactRates))]
			stretches := make([]Segment, r.IntN(4))
			for k := range stretches {
				from := float64(r.IntN(durations[i]*4)) / 4
				stretches[k] = Segment{from, from + float64(r.IntN([]int{8, 60, 4 * durations[i]}[r.IntN(3)]))/4}
			}
			before := progress[i].WatchedSeconds
			rejected := progress[i].Credit(v, lessons[i], stretches, float64(rate)/100, at)
			earned, refused := plain.report(i, durations[i], rate, now, stretches)
			require.Equal(t, earned, progress[i].WatchedSeconds-before, "seed %d", seed)
			require.Equal(t, progress[i].WatchedSeconds, progress[i].Bitmap.Count(), "seed %d", seed)
			for k := range durations[i] {
				require.Equal(t, plain.seen[[2]int{i, k}], progress[i].Bitmap.Has(k), "seed %d second %d", seed, k)
			}
			require.Equal(t, refused > 0, holds(rejected, RejectFasterThanTime), "seed %d", seed)
			spent += wallTime(earned, rate)
			spentSinceOpen += wallTime(earned, rate)
			require.LessOrEqual(t, spent, now+2000+60, "seed %d: more than the time that has passed", seed)
			require.LessOrEqual(t, spentSinceOpen, now-opened+2000+60, "seed %d: more than since a lesson was opened", seed)
		}
	}
}

func holds(rejected []Rejection, reason RejectReason) bool {
	for _, r := range rejected {
		if r.Reason == reason {
			return true
		}
	}
	return false
}

// An honest player loses nothing, however late its reports come: it plays,
// pauses, changes speed, and reports when the network lets it.
func TestAnHonestHistoryEarnsAllOfIt(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 2))
		l := lessonOf(60 + r.IntN(1200))
		p, v := freshProgress(l)
		type part struct {
			Segment
			rate float64
		}
		var unsent []part
		now, position := 0.0, 0.0 // seconds
		send := func() {
			for _, u := range unsent {
				require.Empty(t, p.Credit(v, l, []Segment{u.Segment}, u.rate, t0.Add(time.Duration(now*1000)*time.Millisecond)), "seed %d", seed)
			}
			unsent = nil
		}
		online := r.IntN(2) == 0
		for position < float64(l.DurationSeconds) {
			rate := []float64{1, 1, 1.25, 1.5, 2}[r.IntN(5)]
			played := min(float64(1+r.IntN(200))/4*rate, float64(l.DurationSeconds)-position)
			unsent = append(unsent, part{Segment{position, position + played}, rate})
			position += played
			now += played/rate + float64(r.IntN(3)) // and a short pause
			if r.IntN(15) == 0 {
				online = !online
			}
			if online {
				send()
			}
		}
		send()
		require.Equal(t, l.DurationSeconds, p.WatchedSeconds, "seed %d", seed)
	}
}
