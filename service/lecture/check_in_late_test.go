package lecture

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// late lists the claims that wait for the host.
func (b *bundle) late(s Session) []LateCheckIn {
	b.t.Helper()
	page, err := b.svc.LateCheckIns(b.t.Context(), b.teacher, s.ID, store.PageRequest{})
	require.NoError(b.t, err)
	return page.Items
}

func TestLateCheckInCountsOnceConfirmed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		b.clock.Set(start.Add(7 * time.Second))
		token := b.token(s)
		b.clock.Set(start.Add(3 * time.Hour)) // the phone finds a network again
		want := CheckedIn{PupilID: b.pupil.ID, Side: model.SidePupil, Status: "checkedIn", At: start, Late: true}
		require.Equal(t, []CheckedIn{want}, b.checkIn(b.guardian, token))
		list := b.late(s)
		require.Len(t, list, 1)
		ids := []model.ID{list[0].ID}

		t.Run("until then it covers nothing, also when repeated", func(t *testing.T) {
			want.Status = "already"
			require.Equal(t, []CheckedIn{want}, b.checkIn(b.guardian, token))
			require.Nil(t, b.fact(l, model.SidePupil, b.pupil))
			require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SidePupil, b.tree.County))
		})
		t.Run("the host sees whose it is, of when, and when it came", func(t *testing.T) {
			require.Equal(t, b.pupil.Name, list[0].Name)
			require.Equal(t, start, list[0].At)
			require.Equal(t, start.Add(3*time.Hour), list[0].ReceivedAt)
		})
		t.Run("nobody else confirms it, and nothing unknown is confirmed", func(t *testing.T) {
			_, err := b.svc.ConfirmLate(t.Context(), b.Staff(model.RoleTeacher, b.tree.School), s.ID, ids)
			storetest.Refused(t, err, "host_only")
			_, err = b.svc.ConfirmLate(t.Context(), b.Staff(model.RoleTeacher, b.Tree().School), s.ID, ids)
			storetest.Refused(t, err, "session_not_found")
			_, err = b.svc.ConfirmLate(t.Context(), b.teacher, s.ID, []model.ID{ids[0], 5})
			require.Equal(t, "checkInIds[1]", storetest.Refused(t, err, "check_in_unknown").Field)
			require.Nil(t, b.fact(l, model.SidePupil, b.pupil))
		})

		out, err := b.svc.ConfirmLate(t.Context(), b.teacher, s.ID, ids)
		require.NoError(t, err)
		require.Equal(t, Decided{Decided: 1}, out)
		t.Run("confirmed, it covers from the time when the code was shown", func(t *testing.T) {
			fact := b.fact(l, model.SidePupil, b.pupil)
			require.Equal(t, start, *fact.CoveredAt)
			require.Equal(t, ids[0], fact.CauseID)
			require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, b.tree.County))
		})
		t.Run("it is decided once", func(t *testing.T) {
			out, err := b.svc.ConfirmLate(t.Context(), b.teacher, s.ID, ids)
			require.NoError(t, err)
			require.Equal(t, Decided{Already: 1}, out)
			out, err = b.svc.RefuseLate(t.Context(), b.teacher, s.ID, ids)
			require.NoError(t, err)
			require.Equal(t, Decided{Already: 1}, out)
			require.Empty(t, b.late(s))
			require.False(t, b.checkIn(b.guardian, token)[0].Late)
		})
	})
}

func TestRefusedLateCheckInDoesNotComeBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		token := b.token(s)
		b.clock.Advance(10 * time.Minute)
		b.checkIn(b.guardian, token)
		ids := []model.ID{b.late(s)[0].ID}
		out, err := b.svc.RefuseLate(t.Context(), b.manager, s.ID, ids)
		require.NoError(t, err)
		require.Equal(t, Decided{Decided: 1}, out)
		require.Equal(t, "already", b.checkIn(b.guardian, token)[0].Status)
		require.Empty(t, b.late(s))
		require.Nil(t, b.fact(l, model.SidePupil, b.pupil))
		out, err = b.svc.ConfirmLate(t.Context(), b.manager, s.ID, ids)
		require.NoError(t, err)
		require.Equal(t, Decided{Decided: 1}, out, "a slip of the host's can be mended")
		require.NotNil(t, b.fact(l, model.SidePupil, b.pupil))
	})
}

func TestLiveCheckInReplacesALateOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		token := b.token(s)
		b.clock.Advance(10 * time.Minute)
		require.True(t, b.checkIn(b.guardian, token)[0].Late)
		b.clock.Advance(time.Minute)
		now := b.clock.Now()
		require.Equal(t, []CheckedIn{{PupilID: b.pupil.ID, Side: model.SidePupil, Status: "checkedIn", At: now}}, b.checkIn(b.guardian, b.token(s)))
		require.Equal(t, now, *b.fact(l, model.SidePupil, b.pupil).CoveredAt)
		require.Empty(t, b.late(s))
		require.Equal(t, 1, b.Count(&model.CheckIn{}))
		b.clock.Advance(time.Minute)
		require.Equal(t, []CheckedIn{{PupilID: b.pupil.ID, Side: model.SidePupil, Status: "already", At: now}}, b.checkIn(b.guardian, token))
	})
}

// Late and live of one pupil in one batch: the order within it decides nothing.
func TestLateAndLiveInOneBatch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		b.clock.Advance(10 * time.Minute)
		now := b.clock.Now()
		base := attempt{session: s.ID, account: b.guardian.AccountID, mode: model.CheckInScan, receivedAt: now}
		late, live := base, base
		late.step, late.late, live.step = stepAt(start), true, stepAt(now)
		replies, err := b.svc.commitCheckIns(t.Context(), []attempt{late, live, late, live})
		require.NoError(t, err)
		var got []string
		for _, r := range replies {
			require.NoError(t, r.err)
			got = append(got, r.items[0].Status)
		}
		require.Equal(t, []string{"checkedIn", "checkedIn", "already", "already"}, got)
		require.Equal(t, 1, b.Count(&model.CheckIn{}))
		require.Equal(t, now, *b.fact(l, model.SidePupil, b.pupil).CoveredAt)
	})
}

func TestTokenIsTakenForADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		token := b.token(b.session(b.lecture(model.SidePupil)))
		b.clock.Set(start.Add(24*time.Hour + time.Millisecond))
		b.refusedCheckIn(b.guardian, CheckIn{Token: token}, "code_expired")
		b.clock.Set(start.Add(24 * time.Hour))
		require.True(t, b.checkIn(b.guardian, token)[0].Late)
	})
}

func TestLateTokenOfACancelledOrMovedSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		early, after := b.token(s), b.svc.codes.token(s.ID, stepAt(start.Add(30*time.Minute)))
		b.clock.Set(start.Add(20 * time.Minute))
		_, err := b.svc.End(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		b.clock.Set(start.Add(2 * time.Hour))
		b.refusedCheckIn(b.guardian, CheckIn{Token: after}, "session_not_open") // it had ended before
		require.True(t, b.checkIn(b.guardian, early)[0].Late)
	})
}
