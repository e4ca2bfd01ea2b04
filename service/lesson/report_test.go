package lesson

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
)

func TestHonestWatchRaisesEveryLevelByOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.Lesson(b.tree.County, 20, model.SidePupil)
		levels := []*model.Unit{b.tree.Class, b.tree.School, b.tree.Town, b.tree.County}
		for _, unit := range levels { // also fills Redis, so that increments are seen
			require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SidePupil, unit))
		}
		c := b.watchAll(b.guardian, l, b.pupil.ID)
		require.Equal(t, Credited{WatchedSeconds: 20, Percent: 100, Completed: true, Rejected: []model.Rejection{}, NextReportSeconds: 5}, c)
		b.watchAll(b.guardian, l, b.pupil.ID) // again: nothing more
		for _, unit := range levels {
			require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, unit), unit.Kind)
		}
		require.Equal(t, coverage.Figure{Roster: 0}, b.figure(l, model.SidePupil, b.tree.OtherClass))
		drifted, err := b.engine.CheckDrift(t.Context())
		require.NoError(t, err)
		require.Zero(t, drifted, "Redis holds what SQL holds")
	})
}

func TestWatchBesideAChildCountsForBothSides(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		sibling := b.Pupil(b.tree.OtherClass)
		b.Bind(b.guardian, sibling)
		l := b.Lesson(b.tree.County, 10, model.SidePupil, model.SideGuardian)
		b.watchAll(b.guardian, l, b.pupil.ID)
		require.Equal(t, coverage.Figure{Roster: 2, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, b.tree.County), "the sibling did not watch")
		require.Equal(t, coverage.Figure{Roster: 2, Started: 2, Covered: 2}, b.figure(l, model.SideGuardian, b.tree.County), "one guardian of each pupil did")
	})
}

func TestSecondGuardianAddsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		father := b.Guardian(b.pupil)
		l := b.Lesson(b.tree.County, 10, model.SideGuardian)
		var wg sync.WaitGroup
		for _, g := range []model.Actor{b.guardian, father} {
			wg.Go(func() {
				w, err := b.svc.OpenWatch(t.Context(), g, l.ID, 0)
				if err != nil {
					t.Error(err)
					return
				}
				b.clock.Advance(10 * time.Second)
				if _, err := b.svc.Report(t.Context(), g, w.ID, Report{Seq: 1, Rate: 1, Segments: []model.Segment{{From: 0, To: 10}}}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, model.SideGuardian, b.tree.Class))
	})
}

// What earns nothing, each with its reason.
func TestReportsThatEarnNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		fresh := func() (*model.Lesson, OpenedWatch) {
			l := b.Lesson(b.tree.County, 100, model.SidePupil)
			return l, b.open(b.guardian, l, b.pupil.ID)
		}
		refused := func(t *testing.T, c Credited, watched int, reason model.RejectReason) {
			t.Helper()
			require.NotEmpty(t, c.Rejected)
			for _, r := range c.Rejected {
				require.Equal(t, reason, r.Reason)
			}
			require.Equal(t, watched, c.WatchedSeconds)
		}
		t.Run("the whole lesson at once, a day of idling before it", func(t *testing.T) {
			b.clock.Advance(24 * time.Hour)
			_, w := fresh()
			refused(t, b.report(b.guardian, w.ID, 1, model.Segment{From: 0, To: 100}), 0, model.RejectFasterThanTime)
		})
		t.Run("a loop of the same report", func(t *testing.T) {
			_, w := fresh()
			b.clock.Advance(10 * time.Second)
			require.Equal(t, 10, b.report(b.guardian, w.ID, 1, model.Segment{From: 0, To: 10}).WatchedSeconds)
			for range 20 {
				refused(t, b.report(b.guardian, w.ID, 1, model.Segment{From: 0, To: 10}), 10, model.RejectSeqReplayed)
			}
			for seq := int64(2); seq < 20; seq++ {
				require.Equal(t, 10, b.report(b.guardian, w.ID, seq, model.Segment{From: 0, To: 10}).WatchedSeconds)
			}
		})
		t.Run("a loop that walks on without time passing gets the tolerance once", func(t *testing.T) {
			_, w := fresh()
			var last Credited
			for seq := int64(1); seq < 60; seq++ {
				last = b.report(b.guardian, w.ID, seq, model.Segment{From: float64(seq), To: float64(seq + 1)})
			}
			require.LessOrEqual(t, last.WatchedSeconds, int(model.CreditTolerance.Seconds()))
			refused(t, last, last.WatchedSeconds, model.RejectFasterThanTime)
			b.clock.Advance(10 * time.Second) // pays for the tolerance
		})
		t.Run("seq reordered", func(t *testing.T) {
			_, w := fresh()
			b.clock.Advance(20 * time.Second)
			b.report(b.guardian, w.ID, 5, model.Segment{From: 0, To: 5})
			refused(t, b.report(b.guardian, w.ID, 4, model.Segment{From: 5, To: 10}), 5, model.RejectSeqReplayed)
		})
		t.Run("two devices at once: the older watch is superseded", func(t *testing.T) {
			l, first := fresh()
			second := b.open(b.guardian, l, b.pupil.ID)
			b.clock.Advance(10 * time.Second)
			require.Equal(t, 10, b.report(b.guardian, second.ID, 1, model.Segment{From: 0, To: 10}).WatchedSeconds)
			refused(t, b.report(b.guardian, first.ID, 1, model.Segment{From: 10, To: 20}), 10, model.RejectSuperseded)
		})
		t.Run("two lessons at once", func(t *testing.T) {
			_, one := fresh()
			_, two := fresh()
			b.clock.Advance(10 * time.Second)
			require.Equal(t, 10, b.report(b.guardian, one.ID, 1, model.Segment{From: 0, To: 10}).WatchedSeconds)
			refused(t, b.report(b.guardian, two.ID, 1, model.Segment{From: 0, To: 10}), 0, model.RejectFasterThanTime)
		})
		_, w := fresh()
		b.clock.Advance(time.Minute)
		inf := math.Inf(1)
		for i, c := range []struct {
			name     string
			segments []model.Segment
			reason   model.RejectReason
		}{
			{"negative", []model.Segment{{From: -1, To: 3}, {From: -inf, To: 3}, {From: -1e308, To: -3}}, model.RejectMalformed},
			{"inverted", []model.Segment{{From: 9, To: 3}, {From: 4, To: 4}}, model.RejectMalformed},
			{"NaN", []model.Segment{{From: math.NaN(), To: 3}, {From: 0, To: math.NaN()}}, model.RejectMalformed},
			{"beyond the end", []model.Segment{{From: 90, To: 120}, {From: 0, To: inf}, {From: 1e308, To: inf}}, model.RejectBeyondEnd},
		} {
			t.Run(c.name, func(t *testing.T) {
				refused(t, b.report(b.guardian, w.ID, int64(i+1), c.segments...), 0, c.reason)
			})
		}
		t.Run("faster than the lesson allows, backwards, at no rate", func(t *testing.T) {
			for i, rate := range []float64{2.01, 0, -1, math.NaN(), inf, -inf, 1e-300} {
				c, err := b.svc.Report(t.Context(), b.guardian, w.ID, Report{Seq: int64(10 + i), Rate: rate, Segments: []model.Segment{{From: 0, To: 5}}})
				require.NoError(t, err)
				refused(t, c, 0, model.RejectRateNotAllowed)
			}
		})
		t.Run("a position that is none", func(t *testing.T) {
			for _, position := range []float64{-1, math.NaN(), inf, 1e300} {
				_, err := b.svc.Report(t.Context(), b.guardian, w.ID, Report{Seq: 30, Rate: 1, Position: position})
				require.ErrorIs(t, err, model.Invalid("position", "position_out_of_range", ""))
			}
		})
		t.Run("10,000 segments", func(t *testing.T) {
			_, err := b.svc.Report(t.Context(), b.guardian, w.ID, Report{Seq: 40, Rate: 1, Segments: make([]model.Segment, 10_000)})
			require.ErrorIs(t, err, model.Invalid("segments", "too_many_segments", ""))
		})
		t.Run("another person's watch", func(t *testing.T) {
			stranger := b.Guardian(b.Pupil(b.tree.Class))
			_, err := b.svc.Report(t.Context(), stranger, w.ID, Report{Seq: 50, Rate: 1, Segments: []model.Segment{{From: 0, To: 5}}})
			require.ErrorIs(t, err, model.NotFound("watch"))
			_, err = b.svc.Report(t.Context(), b.guardian, 12345, Report{Seq: 50, Rate: 1})
			require.ErrorIs(t, err, model.NotFound("watch"))
		})
		t.Run("nothing of it was stored", func(t *testing.T) {
			require.Equal(t, 5, b.report(b.guardian, w.ID, 60, model.Segment{From: 0, To: 5}).WatchedSeconds)
		})
	})
}

func TestReportAfterConsentWithdrawnOrChildUnbound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		withdraw := func(account model.ID) {
			b.Set(&model.Consent{}, "withdrawn_at", b.st.Now(), "account_id = ? AND purpose = ?", account, model.PurposeLearning)
		}
		for _, c := range []struct {
			name    string
			begin   func() (model.Actor, model.ID, []model.Side)
			end     func(model.Actor)
			refusal error
		}{
			{"a guardian beside a child withdraws", func() (model.Actor, model.ID, []model.Side) {
				p := b.Pupil(b.tree.Class)
				return b.Guardian(p), p.ID, []model.Side{model.SidePupil}
			}, func(a model.Actor) { withdraw(a.AccountID) }, family.ErrConsentNeeded},
			{"a guardian alone withdraws", func() (model.Actor, model.ID, []model.Side) {
				return b.Guardian(b.Pupil(b.tree.Class)), 0, []model.Side{model.SideGuardian}
			}, func(a model.Actor) { withdraw(a.AccountID) }, family.ErrConsentNeeded},
			{"a child is unbound", func() (model.Actor, model.ID, []model.Side) {
				p := b.Pupil(b.tree.Class)
				return b.Guardian(p), p.ID, []model.Side{model.SidePupil}
			}, func(a model.Actor) {
				require.NoError(t, b.st.Tx(t.Context(), func(tx *gorm.DB) error {
					return tx.Where("account_id = ?", a.AccountID).Delete(&model.Guardianship{}).Error
				}))
			}, model.NotFound("child")},
			{"the guardian of a young pupil withdraws", func() (model.Actor, model.ID, []model.Side) {
				p := b.Pupil(b.tree.Class)
				b.Guardian(p)
				return b.PupilAccount(p), 0, []model.Side{model.SidePupil}
			}, func(a model.Actor) {
				var g model.Guardianship
				require.NoError(t, b.st.Read(t.Context()).Take(&g, "pupil_id = ?", a.PupilID).Error)
				withdraw(g.AccountID)
			}, family.ErrGuardianConsentNeeded},
		} {
			t.Run(c.name, func(t *testing.T) {
				actor, pupil, sides := c.begin()
				l := b.Lesson(b.tree.County, 20, sides...)
				w := b.open(actor, l, pupil)
				b.clock.Advance(20 * time.Second)
				require.Equal(t, 10, b.report(actor, w.ID, 1, model.Segment{From: 0, To: 10}).WatchedSeconds)
				c.end(actor)
				_, err := b.svc.Report(t.Context(), actor, w.ID, Report{Seq: 2, Rate: 1, Segments: []model.Segment{{From: 10, To: 20}}})
				require.ErrorIs(t, err, c.refusal)
				_, err = b.svc.OpenWatch(t.Context(), actor, l.ID, pupil)
				require.Error(t, err)
				var p model.LessonProgress
				require.NoError(t, b.st.Read(t.Context()).Take(&p, "lesson_id = ?", l.ID).Error)
				require.Equal(t, 10, p.WatchedSeconds)
			})
		}
	})
}

func TestResumeOnAnotherDevice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.Lesson(b.tree.County, 60, model.SidePupil)
		w := b.open(b.guardian, l, b.pupil.ID)
		b.clock.Advance(12 * time.Second)
		_, err := b.svc.Report(t.Context(), b.guardian, w.ID, Report{Seq: 1, Rate: 1, Position: 32, Segments: []model.Segment{{From: 0, To: 4}, {From: 24, To: 32}}})
		require.NoError(t, err)
		again := b.open(b.guardian, l, b.pupil.ID)
		require.Equal(t, 32, again.ResumeAt)
		require.Equal(t, [][2]float64{{0, 4}, {24, 32}}, again.Segments)
	})
}

func TestManyViewersAtOnceAreEachCreditedExactly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		const viewers = 60
		lessons := []*model.Lesson{b.Lesson(b.tree.County, 20, model.SidePupil, model.SideGuardian), b.Lesson(b.tree.Town, 20, model.SidePupil)}
		type viewer struct {
			actor model.Actor
			pupil *model.Pupil
			watch OpenedWatch
		}
		list := make([]viewer, viewers)
		for i := range list {
			p := b.Pupil([]*model.Unit{b.tree.Class, b.tree.OtherClass}[i%2])
			list[i] = viewer{actor: b.Guardian(p), pupil: p}
			list[i].watch = b.open(list[i].actor, lessons[i%2], p.ID)
		}
		for seq := int64(1); seq <= 4; seq++ {
			b.clock.Advance(5 * time.Second)
			var wg sync.WaitGroup
			for _, v := range list {
				for range 2 { // each report twice, at the same time
					wg.Go(func() {
						from := float64(5 * (seq - 1))
						if _, err := b.svc.Report(t.Context(), v.actor, v.watch.ID, Report{Seq: seq, Rate: 1, Segments: []model.Segment{{From: from, To: from + 5}}}); err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
		}
		require.Equal(t, coverage.Figure{Roster: viewers + 1, Started: viewers / 2, Covered: viewers / 2}, b.figure(lessons[0], model.SidePupil, b.tree.County))
		require.Equal(t, coverage.Figure{Roster: viewers + 1, Started: viewers / 2, Covered: viewers / 2}, b.figure(lessons[0], model.SideGuardian, b.tree.County))
		require.Equal(t, coverage.Figure{Roster: viewers + 1, Started: viewers / 2, Covered: viewers / 2}, b.figure(lessons[1], model.SidePupil, b.tree.County))
		var complete int64
		require.NoError(t, b.st.Read(t.Context()).Model(&model.LessonProgress{}).Where("completed_at IS NOT NULL AND watched_seconds = 20").Count(&complete).Error)
		require.EqualValues(t, viewers+viewers/2, complete)
	})
}

// Six minutes of honest play without network count in full when the report
// comes, for the child and for the guardian beside it; a claim of more than the
// time that passed counts as far as the time goes, and says what does not.
func TestALateReportCountsInFullAndATooLongOneInPart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.Lesson(b.tree.County, 720, model.SidePupil, model.SideGuardian)
		w := b.open(b.guardian, l, b.pupil.ID)
		b.clock.Advance(6 * time.Minute)
		c := b.report(b.guardian, w.ID, 1, model.Segment{From: 0, To: 360})
		require.Empty(t, c.Rejected)
		require.Equal(t, 360, c.WatchedSeconds)

		b.clock.Advance(8 * time.Second)
		c = b.report(b.guardian, w.ID, 2, model.Segment{From: 360, To: 372})
		require.Equal(t, []model.Rejection{{Segment: model.Segment{From: 370, To: 372}, Reason: model.RejectFasterThanTime}}, c.Rejected)
		require.Equal(t, 370, c.WatchedSeconds)

		b.clock.Advance(2 * time.Second) // pays for the tolerance
		b.clock.Advance(5*time.Minute + 48*time.Second)
		c = b.report(b.guardian, w.ID, 3, model.Segment{From: 372, To: 722.4}) // a player that goes on past the end
		require.Empty(t, c.Rejected)
		require.Equal(t, 718, c.WatchedSeconds)
		require.True(t, c.Completed)
		for _, side := range []model.Side{model.SidePupil, model.SideGuardian} {
			require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, side, b.tree.County))
		}
		var rows []model.LessonProgress
		require.NoError(t, b.st.Read(t.Context()).Find(&rows, "lesson_id = ?", l.ID).Error)
		require.Len(t, rows, 2)
		for _, r := range rows {
			require.Equal(t, 718, r.WatchedSeconds)
			require.Equal(t, 718, r.Bitmap.Count())
		}
	})
}
