package lecture

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store/storetest"
)

func TestRollCallCountsEachOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		unbound := b.Pupil(b.tree.OtherClass) // has no phone and no guardian here
		b.clock.Advance(time.Minute)
		stale := b.token(s)
		b.clock.Advance(time.Minute)
		require.True(t, b.checkIn(b.guardian, stale)[0].Late)
		roll := func(actor model.Actor, in RollCall) (RollCallCounts, error) {
			return b.svc.RollCall(t.Context(), actor, s.ID, in)
		}
		both := []model.ID{unbound.ID, b.pupil.ID, unbound.ID}
		counts, err := roll(b.teacher, RollCall{PupilIDs: both})
		require.NoError(t, err)
		require.Equal(t, RollCallCounts{CheckedIn: 2}, counts, "a late claim is settled by the roll call")
		counts, err = roll(b.manager, RollCall{PupilIDs: both, Mode: model.CheckInRollCall, Side: model.SidePupil})
		require.NoError(t, err)
		require.Equal(t, RollCallCounts{Already: 2}, counts)
		require.Equal(t, coverage.Figure{Roster: 2, Started: 2, Covered: 2}, b.figure(l, model.SidePupil, b.tree.County))
		require.Zero(t, b.figure(l, model.SideGuardian, b.tree.County).Covered, "the pupils were there, not their guardians")
		_, err = roll(b.teacher, RollCall{PupilIDs: both[:1], Side: model.SideGuardian})
		require.NoError(t, err)
		require.Equal(t, 1, b.figure(l, model.SideGuardian, b.tree.County).Covered)
	})
}

func TestRollCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		elsewhere := b.Pupil(b.Unit(model.UnitClass, b.Unit(model.UnitSchool, b.tree.Town)))
		roll := func(actor model.Actor, in RollCall) error {
			_, err := b.svc.RollCall(t.Context(), actor, s.ID, in)
			return err
		}
		one := RollCall{PupilIDs: []model.ID{b.pupil.ID}}
		err := roll(b.teacher, RollCall{PupilIDs: []model.ID{b.pupil.ID, elsewhere.ID}})
		require.Equal(t, "pupilIds[1]", storetest.Refused(t, err, "pupil_not_in_session").Field)
		storetest.Refused(t, roll(b.teacher, RollCall{PupilIDs: []model.ID{1}}), "pupil_not_in_session")
		storetest.Refused(t, roll(b.teacher, RollCall{}), "pupils_count_invalid")
		storetest.Refused(t, roll(b.teacher, RollCall{PupilIDs: make([]model.ID, 501)}), "pupils_count_invalid")
		storetest.Refused(t, roll(b.teacher, RollCall{PupilIDs: one.PupilIDs, Mode: model.CheckInHomeVisit}), "mode_does_not_fit")
		storetest.Refused(t, roll(b.teacher, RollCall{PupilIDs: one.PupilIDs, Side: model.SideGuardian}), "side_not_in_lecture")
		storetest.Refused(t, roll(b.guardian, one), "host_only")
		storetest.Refused(t, roll(b.Staff(model.RoleTeacher, b.tree.School), one), "host_only")
		storetest.Refused(t, roll(b.Staff(model.RoleTeacher, b.Tree().School), one), "session_not_found")
		b.clock.Set(s.StartsAt.Add(-16 * time.Minute))
		storetest.Refused(t, roll(b.teacher, one), "session_not_open")
		b.clock.Set(s.EndsAt.Add(8 * 24 * time.Hour))
		storetest.Refused(t, roll(b.teacher, one), "session_not_open")
		require.Zero(t, b.Count(&model.CheckIn{}))
		b.clock.Set(s.EndsAt.Add(6 * 24 * time.Hour)) // from the paper list
		require.NoError(t, roll(b.teacher, one))
	})
}

func TestHomeVisitCoversAsOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SideGuardian)
		plan := b.plan(b.tree.Class)
		plan.Mode, plan.EndsAt = model.SessionHomeVisit, start.Add(14*24*time.Hour)
		s, err := b.svc.Schedule(t.Context(), b.teacher, l.ID, plan)
		require.NoError(t, err)
		_, err = b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}, Mode: model.CheckInHomeVisit})
		require.NoError(t, err)
		require.Equal(t, model.CoverHomeVisit, b.fact(l, model.SideGuardian, b.pupil).How)
		var c model.CheckIn
		require.NoError(t, b.st.Read(t.Context()).Take(&c).Error)
		require.Equal(t, model.CheckInHomeVisit, c.Mode)
	})
}

// The host rolls the call, confirms late claims and the families scan, all at once.
func TestRollCallScanAndConfirmationRace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		const families = 60
		pupils, guardians := make([]model.ID, families), make([]model.Actor, families)
		for i := range families {
			p := b.Pupil([]*model.Unit{b.tree.Class, b.tree.OtherClass}[i%2])
			pupils[i], guardians[i] = p.ID, b.Guardian(p)
		}
		stale := b.token(s)
		b.clock.Advance(time.Minute)
		for _, g := range guardians[:families/2] {
			require.True(t, b.checkIn(g, stale)[0].Late)
		}
		claims := b.late(s)
		live := b.token(s)
		var wg sync.WaitGroup
		for i, g := range guardians {
			for _, token := range []string{live, stale} {
				wg.Go(func() {
					_, err := b.svc.CheckIn(t.Context(), g, CheckIn{Token: token})
					require.NoError(t, err)
				})
			}
			if i%10 == 0 {
				wg.Go(func() {
					_, err := b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: pupils})
					require.NoError(t, err)
				})
				wg.Go(func() {
					ids := make([]model.ID, len(claims))
					for k, c := range claims {
						ids[len(claims)-1-k] = c.ID // against the order of the locks
					}
					_, err := b.svc.ConfirmLate(t.Context(), b.manager, s.ID, ids)
					require.NoError(t, err)
				})
			}
		}
		wg.Wait()
		require.Equal(t, families, b.Count(&model.CheckIn{}))
		require.Equal(t, families, b.Count(&model.CoverageFact{}))
		b.mustTally(l, model.SidePupil, families+1, families) // b.pupil is absent
	})
}
