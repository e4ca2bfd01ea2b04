package lecture

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestRosterTellsHereLateAndMissing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil, model.SideGuardian))
		tardy, absent, other := b.Pupil(b.tree.Class), b.Pupil(b.tree.Class), b.Pupil(b.tree.OtherClass)
		gone := b.Pupil(b.tree.Class)
		require.NoError(t, b.st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Model(gone).Update("departed_at", start).Error }))
		token := b.token(s)
		b.checkIn(b.guardian, token)
		b.clock.Advance(time.Minute)
		b.checkIn(b.Guardian(tardy), token)
		roster := func(actor model.Actor, side model.Side) ([]RosterLine, RosterCounts) {
			var lines []RosterLine
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
		line := func(p *model.Pupil, class *model.Unit, status Presence) RosterLine {
			l := RosterLine{PupilID: p.ID, Name: p.Name, ClassID: class.ID, ClassName: class.Name, Status: status}
			if status != Missing {
				at := start
				l.At = &at
			}
			return l
		}
		own := []RosterLine{line(b.pupil, b.tree.Class, Here), line(tardy, b.tree.Class, Late), line(absent, b.tree.Class, Missing)}
		all := append(own[:3:3], line(other, b.tree.OtherClass, Missing))
		for _, side := range []model.Side{"", model.SidePupil, model.SideGuardian} {
			for _, actor := range []model.Actor{b.teacher, b.manager} {
				lines, counts := roster(actor, side)
				require.Equal(t, all, lines)
				require.Equal(t, RosterCounts{Total: 4, CheckedIn: 1, Late: 1, Missing: 2}, counts)
			}
			lines, counts := roster(b.Staff(model.RoleTeacher, b.tree.Class), side)
			require.Equal(t, own, lines, "a class's teacher sees the class")
			require.Equal(t, 3, counts.Total)
		}
		lines, _ := roster(b.guardian, "")
		require.Empty(t, lines, "a family sees no names")
		_, err := b.svc.Roster(t.Context(), b.Staff(model.RoleTeacher, b.Tree().School), s.ID, "", store.PageRequest{})
		storetest.Refused(t, err, "session_not_found")
		_, err = b.svc.Roster(t.Context(), b.teacher, s.ID, "", store.PageRequest{Cursor: "x"})
		storetest.Refused(t, err, "cursor_invalid")
		_, err = b.svc.RefuseLate(t.Context(), b.teacher, s.ID, []model.ID{b.late(s)[0].ID})
		require.NoError(t, err)
		_, counts := roster(b.teacher, model.SidePupil)
		require.Equal(t, RosterCounts{Total: 4, CheckedIn: 1, Missing: 3}, counts)
	})
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
		again := func(actor model.Actor, from Session) (Session, error) {
			return b.svc.MakeUp(t.Context(), actor, from.ID, b.plan())
		}
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

		_, err = again(b.Staff(model.RoleTeacher, b.tree.School), s)
		storetest.Refused(t, err, "host_only")
		b.clock.Advance(2 * time.Hour)
		made, err := again(b.teacher, s)
		require.NoError(t, err)
		require.Equal(t, &s.ID, made.MakeUpOf)
		require.Equal(t, s.Targets, made.Targets)
		require.Equal(t, 2, b.count(&model.SessionInvitee{}))

		_, err = b.svc.Session(t.Context(), b.guardian, made.ID)
		storetest.Refused(t, err, "session_not_found") // covered: not invited
		seen, err := b.svc.Session(t.Context(), absentFamily, made.ID)
		require.NoError(t, err)
		require.Len(t, seen.Children, 2)
		token := b.token(made)
		b.refusedCheckIn(b.guardian, CheckIn{Token: token}, "session_not_for_you")
		b.refusedCheckIn(outsiders, CheckIn{Token: token}, "session_not_for_you")
		_, err = b.svc.RollCall(t.Context(), b.teacher, made.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
		storetest.Refused(t, err, "pupil_not_in_session")

		for _, item := range b.checkIn(absentFamily, token) {
			require.Equal(t, "checkedIn", item.Status)
		}
		require.Equal(t, model.CoverMakeUp, b.fact(l, model.SidePupil, absent).How)
		before := b.fact(l, model.SidePupil, half)
		b.checkIn(halfPupil, token)
		require.Equal(t, before, b.fact(l, model.SidePupil, half), "covered before: that stays")
		require.Equal(t, model.CoverMakeUp, b.fact(l, model.SideGuardian, half).How)
		r, err := b.svc.Roster(t.Context(), b.teacher, made.ID, "", store.PageRequest{})
		require.NoError(t, err)
		require.Equal(t, RosterCounts{Total: 2, CheckedIn: 2}, r.Counts)

		_, err = again(b.teacher, s)
		storetest.Refused(t, err, "nobody_missing")
		_, err = b.svc.Change(t.Context(), b.teacher, made.ID, made.Version, b.plan(b.tree.School))
		storetest.Refused(t, err, "make_up_targets_fixed")
		require.Equal(t, 2, b.count(&model.LectureSession{}), "nothing of the refused ones is left")
		b.mustTally(l, model.SidePupil, 4, 3)
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
		code, err := b.svc.Code(t.Context(), b.manager, second.ID)
		require.NoError(t, err)
		require.Equal(t, "checkedIn", b.checkIn(b.guardian, code.Token)[0].Status)
	})
}
