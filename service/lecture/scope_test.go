package lecture

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// A host who has lost the post, and holds one elsewhere, has lost the session too.
func TestAFormerHostReachesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		elsewhere := b.Tree()
		ctx, version := t.Context(), s.Version
		plan := b.plan(b.tree.School)
		for name, roles := range map[string][]model.RoleAt{
			"moved to another county":       {{Role: model.RoleTeacher, UnitID: elsewhere.School.ID}, {Role: model.RoleManager, UnitID: elsewhere.County.ID}},
			"dismissed":                     nil,
			"a volunteer, no longer a host": {{Role: model.RoleVolunteer, UnitID: elsewhere.School.ID}},
		} {
			former := model.Actor{AccountID: b.teacher.AccountID, Roles: roles}
			for call, try := range map[string]func() error{
				"read": func() error { _, err := b.svc.Session(ctx, former, s.ID); return err },
				"code": func() error { _, err := b.svc.Code(ctx, former, s.ID, ""); return err },
				"roster": func() error {
					_, err := b.svc.Roster(ctx, former, s.ID, model.SidePupil, store.PageRequest{})
					return err
				},
				"missing": func() error { _, err := b.svc.Missing(ctx, former, s.ID, store.PageRequest{}); return err },
				"late":    func() error { _, err := b.svc.LateCheckIns(ctx, former, s.ID, store.PageRequest{}); return err },
				"roll call": func() error {
					_, err := b.svc.RollCall(ctx, former, s.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
					return err
				},
				"change":  func() error { _, err := b.svc.Change(ctx, former, s.ID, version, plan); return err },
				"remind":  func() error { _, err := b.svc.Remind(ctx, former, s.ID); return err },
				"make-up": func() error { _, err := b.svc.MakeUp(ctx, former, s.ID, plan); return err },
				"scene":   func() error { _, err := b.svc.Scene(ctx, former, s.ID); return err },
				"end":     func() error { _, err := b.svc.End(ctx, former, s.ID); return err },
				"cancel":  func() error { _, err := b.svc.Cancel(ctx, former, s.ID); return err },
			} {
				require.Equal(t, "session_not_found", storetest.Refused(t, try(), "session_not_found").Code, "%s: %s", name, call)
			}
			page, err := b.svc.Sessions(ctx, former, SessionFilter{})
			require.NoError(t, err)
			require.Empty(t, page.Items, name)
		}
		now, err := b.svc.Session(ctx, b.teacher, s.ID)
		require.NoError(t, err)
		require.Equal(t, s, now, "nothing has changed")
		require.Zero(t, b.Count(&model.CheckIn{}))
	})
}

// Who hands a session over is told how it stands, though it is theirs no longer.
func TestAHandedOverSessionIsShownOnceMore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		host, lecture := b.Staff(model.RoleTeacher, b.tree.Class), b.lecture(model.SidePupil)
		plan := b.plan(b.tree.OtherClass)
		plan.HostID = host.AccountID
		_, err := b.svc.Schedule(t.Context(), b.manager, lecture.ID, plan)
		storetest.Refused(t, err, "host_not_eligible")

		plan = b.plan(b.tree.School)
		plan.HostID = host.AccountID
		s, err := b.svc.Schedule(t.Context(), b.manager, lecture.ID, plan)
		require.NoError(t, err)
		plan.HostID, plan.TargetUnitIDs = b.teacher.AccountID, nil
		s, err = b.svc.Change(t.Context(), host, s.ID, s.Version, plan)
		require.NoError(t, err)
		require.Equal(t, b.teacher.AccountID, s.HostID)
		_, err = b.svc.Code(t.Context(), host, s.ID, "")
		storetest.Refused(t, err, "host_only")
	})
}
