package lecture

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store/storetest"
)

func TestCheckInCoversAtEveryLevelOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		levels := []*model.Unit{b.tree.Class, b.tree.School, b.tree.Town, b.tree.County}
		for _, u := range levels {
			require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SidePupil, u))
		}
		first := b.clock.Now()
		want := []CheckedIn{
			{PupilID: b.pupil.ID, Side: model.SidePupil, Status: "checkedIn", At: first},
			{PupilID: b.pupil.ID, Side: model.SideGuardian, Status: "checkedIn", At: first},
		}
		require.Equal(t, want, b.checkIn(b.guardian, b.token(s)))

		b.clock.Advance(time.Minute)
		want[0].Status, want[1].Status = "already", "already"
		require.Equal(t, want, b.checkIn(b.guardian, b.token(s), b.pupil.ID, b.pupil.ID), "a repeat, with the first time")
		father := b.Guardian(b.pupil)
		require.Equal(t, want, b.checkIn(father, b.token(s)), "the other guardian adds nothing")

		for _, u := range levels {
			for _, side := range []model.Side{model.SidePupil, model.SideGuardian} {
				require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, side, u), u.Kind)
			}
		}
		require.Equal(t, 2, b.Count(&model.CheckIn{}))
		require.Equal(t, model.CoverSession, b.fact(l, model.SidePupil, b.pupil).How)
		drifted, err := b.engine.CheckDrift(t.Context())
		require.NoError(t, err)
		require.Zero(t, drifted)
	})
}

func TestSidesFollowTheLecture(t *testing.T) {
	t.Parallel()
	for _, side := range []model.Side{model.SidePupil, model.SideGuardian} {
		t.Run(string(side), func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, b *bundle) {
				s := b.session(b.lecture(side))
				items := b.checkIn(b.guardian, b.token(s))
				require.Len(t, items, 1)
				require.Equal(t, side, items[0].Side)
			})
		})
	}
}

func TestDefaultIsAllChildrenWhomTheSessionIsFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		sibling, departed, elsewhere := b.Pupil(b.tree.OtherClass), b.Pupil(b.tree.Class), b.Pupil(b.Unit(model.UnitClass, b.Unit(model.UnitSchool, b.tree.Town)))
		family := b.Guardian(b.pupil, sibling, departed, elsewhere)
		b.Set(departed, "departed_at", start)
		token := b.token(b.session(l))
		b.refusedCheckIn(family, CheckIn{Token: token, PupilIDs: []model.ID{sibling.ID, elsewhere.ID}}, "pupil_not_in_session")
		b.refusedCheckIn(family, CheckIn{Token: token, PupilIDs: []model.ID{departed.ID}}, "pupil_not_in_session")
		require.Zero(t, b.Count(&model.CheckIn{}), "a call is done whole or not at all")
		items := b.checkIn(family, token)
		require.Len(t, items, 2)
		require.Equal(t, []model.ID{b.pupil.ID, sibling.ID}, []model.ID{items[0].PupilID, items[1].PupilID})
		b.refusedCheckIn(b.Guardian(elsewhere), CheckIn{Token: token}, "session_not_for_you")
	})
}

func TestAnotherFamilysPupilIsNotFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		stranger := b.Pupil(b.tree.Class)
		token := b.token(b.session(b.lecture(model.SidePupil)))
		b.refusedCheckIn(b.guardian, CheckIn{Token: token, PupilIDs: []model.ID{b.pupil.ID, stranger.ID}}, "pupil_not_found")
		self := b.PupilAccount(b.pupil)
		b.Consent(self)
		b.refusedCheckIn(self, CheckIn{Token: token, PupilIDs: []model.ID{stranger.ID}}, "pupil_not_found")
		require.Zero(t, b.Count(&model.CheckIn{}))
	})
}

func TestPupilsOwnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		items := b.checkIn(b.PupilAccount(b.pupil), b.token(s))
		require.Len(t, items, 1, "a pupil does not answer for the guardian")
		require.Equal(t, model.SidePupil, items[0].Side)
		parents := b.Lecture(b.tree.County, 5, model.SideGuardian)
		b.refusedCheckIn(b.PupilAccount(b.pupil), CheckIn{Token: b.token(b.session(parents))}, "lecture_not_for_pupils")
	})
}

func TestConsentIsNeeded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		token := b.token(b.session(b.lecture(model.SidePupil)))
		withdraw := func(actor model.Actor) {
			b.Set(&model.Consent{}, "withdrawn_at", start, "account_id = ?", actor.AccountID)
		}
		silent := b.Account(model.RoleAt{Role: model.RoleGuardian, UnitID: b.tree.Class.ID})
		b.Bind(silent, b.pupil)
		b.refusedCheckIn(silent, CheckIn{Token: token}, "consent_needed")
		withdraw(b.guardian)
		b.refusedCheckIn(b.guardian, CheckIn{Token: token}, "consent_needed")

		young := b.PupilAccount(b.pupil)
		b.Consent(young)
		b.refusedCheckIn(young, CheckIn{Token: token}, "guardian_consent_needed")

		old := b.Pupil(b.tree.Class)
		b.Set(old, "birth_date", model.DateOf(start.AddDate(-14, 0, 0)))
		teenager := b.PupilAccount(old)
		b.refusedCheckIn(teenager, CheckIn{Token: token}, "consent_needed")
		b.Consent(teenager)
		b.checkIn(teenager, token)
		require.Equal(t, 1, b.Count(&model.CheckIn{}))
	})
}

func TestCodesAtTheBordersOfSteps(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		token := b.token(s)
		code, err := b.svc.Code(t.Context(), b.teacher, s.ID, "/api/v1")
		require.NoError(t, err)
		b.clock.Set(start.Add(30*time.Second - time.Millisecond)) // the last moment of the step after
		items, err := b.svc.CheckIn(t.Context(), b.guardian, CheckIn{Digits: code.Digits, SessionID: s.ID})
		require.NoError(t, err)
		require.False(t, items.Items[0].Late)
		require.False(t, b.checkIn(b.guardian, token)[0].Late)

		b.clock.Set(start.Add(30 * time.Second))
		b.refusedCheckIn(b.guardian, CheckIn{Digits: code.Digits, SessionID: s.ID}, "code_invalid")
		other := b.Guardian(b.Pupil(b.tree.Class))
		require.True(t, b.checkIn(other, token)[0].Late)

		b.clock.Set(start.Add(-15 * time.Second)) // a clock that is behind the one which made the code
		require.False(t, b.checkIn(b.guardian, token)[0].Late)
		b.clock.Set(start.Add(-15*time.Second - time.Millisecond))
		b.refusedCheckIn(b.guardian, CheckIn{Token: token}, "code_invalid")
	})
}

func TestCodeOfTheLastMomentIsGoodForAStepMore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		b.clock.Set(s.EndsAt.Add(-time.Millisecond))
		token := b.token(s)
		b.clock.Set(s.EndsAt.Add(14 * time.Second))
		items := b.checkIn(b.guardian, token)
		require.Equal(t, "checkedIn", items[0].Status)
		require.False(t, items[0].Late)
	})
}

// Two replicas whose clocks are two seconds apart: whichever shows the code, and
// whichever checks it, every scan passes and no digits cost a try.
func TestReplicasWhoseClocksDiffer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		for _, skew := range []time.Duration{2 * time.Second, -2 * time.Second} {
			typist := b.Guardian(b.Pupil(b.tree.Class))
			for second := range 2 * stepSeconds {
				now := start.Add(time.Minute + time.Duration(second)*time.Second)
				b.clock.Set(now.Add(skew))
				code, err := b.svc.Code(t.Context(), b.teacher, s.ID, "/api/v1")
				require.NoError(t, err)
				b.clock.Set(now)
				_, err = b.svc.CodePicture(s.ID, code.Token)
				require.NoError(t, err, "%s: second %d", skew, second)
				pupil := b.Pupil(b.tree.Class)
				items := b.checkIn(b.Guardian(pupil), code.Token)
				require.Equal(t, []CheckedIn{{PupilID: pupil.ID, Side: model.SidePupil, Status: "checkedIn", At: now}}, items, "%s: second %d", skew, second)
				_, err = b.svc.CheckIn(t.Context(), typist, CheckIn{Digits: code.Digits, SessionID: s.ID})
				require.NoError(t, err, "%s: second %d", skew, second)
			}
		}
		ahead := b.svc.codes.token(s.ID, stepAt(b.clock.Now())+2)
		b.refusedCheckIn(b.guardian, CheckIn{Token: ahead}, "code_invalid")
		b.refusedCheckIn(b.guardian, CheckIn{Digits: b.svc.codes.digits(s.ID, stepAt(b.clock.Now())+2), SessionID: s.ID}, "code_invalid")
	})
}

func TestCodeFromOutsideTheOpenTimeIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		for _, at := range []time.Time{s.StartsAt.Add(-15*time.Minute - 15*time.Second), s.EndsAt, s.EndsAt.Add(time.Hour)} {
			b.clock.Set(at)
			b.refusedCheckIn(b.guardian, CheckIn{Token: b.svc.codes.token(s.ID, stepAt(at))}, "session_not_open")
		}
		b.clock.Set(start)
		b.refusedCheckIn(b.guardian, CheckIn{Token: b.svc.codes.token(s.ID+1, stepAt(start))}, "code_invalid") // no such session
		b.refusedCheckIn(b.guardian, CheckIn{Token: "x"}, "code_invalid")
		b.refusedCheckIn(b.guardian, CheckIn{}, "code_invalid")
		require.Zero(t, b.Count(&model.CheckIn{}))
	})
}

func TestCancellationStopsCheckInsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		token := b.token(s)
		b.checkIn(b.guardian, token)
		_, err := b.svc.Cancel(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		second := b.Guardian(b.Pupil(b.tree.Class))
		b.refusedCheckIn(second, CheckIn{Token: token}, "session_cancelled")
		_, err = b.svc.Code(t.Context(), b.teacher, s.ID, "/api/v1")
		storetest.Refused(t, err, "session_cancelled")
		_, err = b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
		storetest.Refused(t, err, "session_cancelled")
		require.NotNil(t, b.fact(l, model.SidePupil, b.pupil), "what was attended stays")
		require.Equal(t, 1, b.Count(&model.CheckIn{}))
	})
}

func TestDigitsAreGuessedFiveTimesAnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		code, err := b.svc.Code(t.Context(), b.teacher, s.ID, "/api/v1")
		require.NoError(t, err)
		right := CheckIn{Digits: code.Digits, SessionID: s.ID}
		wrong := right
		wrong.Digits = "000000"
		if code.Digits == wrong.Digits {
			wrong.Digits = "000001"
		}
		for range 20 { // what is right costs nothing
			_, err := b.svc.CheckIn(t.Context(), b.guardian, right)
			require.NoError(t, err)
		}
		for range 5 {
			b.refusedCheckIn(b.guardian, wrong, "code_invalid")
		}
		_, err = b.svc.CheckIn(t.Context(), b.guardian, right)
		require.Positive(t, storetest.Refused(t, err, "too_many_guesses").RetryAfter)
		_, err = b.svc.CheckIn(t.Context(), b.Guardian(b.Pupil(b.tree.Class)), right)
		require.NoError(t, err, "others are not held up")
		require.Equal(t, "already", b.checkIn(b.guardian, b.token(s))[0].Status, "the QR code is no guess")
	})
}
