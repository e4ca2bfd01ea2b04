package lecture

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestTheRosterShowsHereLateAndMissing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil, model.SideGuardian))
		tardy, absent, other := b.Pupil(b.tree.Class), b.Pupil(b.tree.Class), b.Pupil(b.tree.OtherClass)
		gone := b.Pupil(b.tree.Class)
		b.Set(gone, "departed_at", start)
		token := b.token(s)
		b.checkIn(b.guardian, token)
		b.clock.Advance(time.Minute)
		b.checkIn(b.Guardian(tardy), token)
		own := []RosterLine{rosterLine(b.pupil, b.tree.Class, Here), rosterLine(tardy, b.tree.Class, Late), rosterLine(absent, b.tree.Class, Missing)}
		all := append(own[:3:3], rosterLine(other, b.tree.OtherClass, Missing))

		for _, side := range []model.Side{"", model.SidePupil, model.SideGuardian} {
			t.Run("host and manager see the school's, side "+string(side), func(t *testing.T) {
				for _, actor := range []model.Actor{b.teacher, b.manager} {
					lines, counts := b.roster(t, actor, s, side)
					require.Equal(t, all, lines)
					require.Equal(t, RosterCounts{Total: 4, CheckedIn: 1, Late: 1, Missing: 2}, counts)
				}
			})
			t.Run("a class's teacher sees the class, side "+string(side), func(t *testing.T) {
				lines, counts := b.roster(t, b.Staff(model.RoleTeacher, b.tree.Class), s, side)
				require.Equal(t, own, lines)
				require.Equal(t, 3, counts.Total)
			})
		}
		t.Run("a family sees no names", func(t *testing.T) {
			lines, _ := b.roster(t, b.guardian, s, "")
			require.Empty(t, lines)
		})
		t.Run("for another school the session is not there", func(t *testing.T) {
			_, err := b.svc.Roster(t.Context(), b.Staff(model.RoleTeacher, b.Tree().School), s.ID, "", store.PageRequest{})
			storetest.Refused(t, err, "session_not_found")
		})
		t.Run("a cursor of no page is refused", func(t *testing.T) {
			_, err := b.svc.Roster(t.Context(), b.teacher, s.ID, "", store.PageRequest{Cursor: "x"})
			storetest.Refused(t, err, "cursor_invalid")
		})
		t.Run("who was refused as late is missing", func(t *testing.T) {
			_, err := b.svc.RefuseLate(t.Context(), b.teacher, s.ID, []model.ID{b.late(s)[0].ID})
			require.NoError(t, err)
			_, counts := b.roster(t, b.teacher, s, model.SidePupil)
			require.Equal(t, RosterCounts{Total: 4, CheckedIn: 1, Missing: 3}, counts)
		})
	})
}

// roster reads the session's roster page by page.
func (b *bundle) roster(t *testing.T, actor model.Actor, s Session, side model.Side) (lines []RosterLine, counts RosterCounts) {
	t.Helper()
	cursor := ""
	for {
		r, err := b.svc.Roster(t.Context(), actor, s.ID, side, store.PageRequest{Limit: 2, Cursor: cursor})
		require.NoError(t, err)
		lines = append(lines, r.Items...)
		if cursor = r.NextCursor; cursor == "" {
			return lines, r.Counts
		}
	}
}

func rosterLine(p *model.Pupil, class *model.Unit, status Presence) RosterLine {
	l := RosterLine{PupilID: p.ID, Name: p.Name, ClassID: class.ID, ClassName: class.Name, Status: status}
	if status != Missing {
		at := start
		l.At = &at
	}
	return l
}

func TestMakeUpIsForThoseWhoMissed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		half, absent, outside := b.Pupil(b.tree.Class), b.Pupil(b.tree.OtherClass), b.Pupil(b.Unit(model.UnitClass, b.Unit(model.UnitSchool, b.tree.Town)))
		halfPupil, absentFamily, outsiders := b.Guardian(half), b.Guardian(absent), b.Guardian(outside)
		s := b.session(l)
		b.checkIn(b.guardian, b.token(s))
		b.checkIn(b.PupilAccount(half), b.token(s)) // the guardian of whom was not there

		t.Run("the missing are listed with the sides they owe", func(t *testing.T) {
			missing, err := b.svc.Missing(t.Context(), b.teacher, s.ID, store.PageRequest{})
			require.NoError(t, err)
			require.Equal(t, []MissingPupil{
				{PupilID: half.ID, Name: half.Name, ClassID: b.tree.Class.ID, ClassName: b.tree.Class.Name, Sides: []model.Side{model.SideGuardian}},
				{PupilID: absent.ID, Name: absent.Name, ClassID: b.tree.OtherClass.ID, ClassName: b.tree.OtherClass.Name, Sides: []model.Side{model.SidePupil, model.SideGuardian}},
			}, missing.Items)
			page, err := b.svc.Missing(t.Context(), b.teacher, s.ID, store.PageRequest{Limit: 1})
			require.NoError(t, err)
			page, err = b.svc.Missing(t.Context(), b.teacher, s.ID, store.PageRequest{Limit: 1, Cursor: page.NextCursor})
			require.NoError(t, err)
			require.Equal(t, missing.Items[1:], page.Items)
			require.Empty(t, page.NextCursor)
		})
		t.Run("only the host or a manager may hold one", func(t *testing.T) {
			_, err := b.svc.MakeUp(t.Context(), b.Staff(model.RoleTeacher, b.tree.School), s.ID, b.plan())
			storetest.Refused(t, err, "host_only")
		})

		b.clock.Advance(2 * time.Hour)
		made, err := b.svc.MakeUp(t.Context(), b.teacher, s.ID, b.plan())
		require.NoError(t, err)
		require.Equal(t, &s.ID, made.MakeUpOf)
		require.Equal(t, s.Targets, made.Targets)
		require.Equal(t, 2, b.Count(&model.SessionInvitee{}))
		token := b.token(made)

		t.Run("only the invited see it", func(t *testing.T) {
			_, err := b.svc.Session(t.Context(), b.guardian, made.ID) // covered
			storetest.Refused(t, err, "session_not_found")
			seen, err := b.svc.Session(t.Context(), absentFamily, made.ID)
			require.NoError(t, err)
			require.Len(t, seen.Children, 2)
		})
		t.Run("others are not checked in, nor by roll call", func(t *testing.T) {
			b.refusedCheckIn(b.guardian, CheckIn{Token: token}, "session_not_for_you")
			b.refusedCheckIn(outsiders, CheckIn{Token: token}, "session_not_for_you")
			_, err := b.svc.RollCall(t.Context(), b.teacher, made.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
			storetest.Refused(t, err, "pupil_not_in_session")
		})
		t.Run("it covers what was missed and leaves what was covered", func(t *testing.T) {
			for _, item := range b.checkIn(absentFamily, token) {
				require.Equal(t, "checkedIn", item.Status)
			}
			require.Equal(t, model.CoverMakeUp, b.fact(l, model.SidePupil, absent).How)
			before := b.fact(l, model.SidePupil, half)
			b.checkIn(halfPupil, token)
			require.Equal(t, before, b.fact(l, model.SidePupil, half))
			require.Equal(t, model.CoverMakeUp, b.fact(l, model.SideGuardian, half).How)
			r, err := b.svc.Roster(t.Context(), b.teacher, made.ID, "", store.PageRequest{})
			require.NoError(t, err)
			require.Equal(t, RosterCounts{Total: 2, CheckedIn: 2}, r.Counts)
			b.mustTally(l, model.SidePupil, 4, 3)
		})
		t.Run("none is held where nobody is missing, and its targets stay", func(t *testing.T) {
			_, err := b.svc.MakeUp(t.Context(), b.teacher, s.ID, b.plan())
			storetest.Refused(t, err, "nobody_missing")
			_, err = b.svc.Change(t.Context(), b.teacher, made.ID, made.Version, b.plan(b.tree.School))
			storetest.Refused(t, err, "make_up_targets_fixed")
			require.Equal(t, 2, b.Count(&model.LectureSession{}), "nothing of the refused ones is left")
		})
	})
}

func TestMakeUpFollowsItsSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		plan := b.plan(b.tree.Class)
		plan.StartsAt, plan.EndsAt = start.Add(time.Hour), start.Add(2*time.Hour)
		s, err := b.svc.Schedule(t.Context(), b.teacher, b.lecture(model.SidePupil).ID, plan)
		require.NoError(t, err)
		_, err = b.svc.MakeUp(t.Context(), b.teacher, s.ID, b.plan())
		storetest.Refused(t, err, "session_not_started")
		_, err = b.svc.Cancel(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		first, err := b.svc.MakeUp(t.Context(), b.teacher, s.ID, b.plan())
		require.NoError(t, err, "of a session that was called off")
		second, err := b.svc.MakeUp(t.Context(), b.manager, first.ID, b.plan())
		require.NoError(t, err, "of a make-up, for those who missed it too")
		require.Equal(t, b.manager.AccountID, second.HostID)
		code, err := b.svc.Code(t.Context(), b.manager, second.ID, "/api/v1")
		require.NoError(t, err)
		require.Equal(t, "checkedIn", b.checkIn(b.guardian, code.Token)[0].Status)
	})
}
