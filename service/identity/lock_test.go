package identity

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestAManagerLocksAndUnlocksStaffOfTheirUnits(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		manager, teacher := b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleTeacher, tree.Class)
		tokens := []string{b.login(teacher), b.login(teacher)}
		roles := b.actor(tokens[0]).Roles
		b.actor(tokens[1])
		for range 2 { // a repeat changes nothing
			require.NoError(b.t, b.LockAccount(ctx, manager, teacher.AccountID, "离职"))
			b.refused(tokens[0])
			b.refused(tokens[1])
			_, err := b.Login(ctx, LoginIn{Code: b.wechat.IssueCode("o" + teacher.AccountID.String())})
			require.ErrorIs(b.t, err, errAccountDisabled)
		}
		require.NoError(b.t, b.UnlockAccount(ctx, manager, teacher.AccountID))
		b.refused(tokens[0])
		require.Equal(b.t, roles, b.actor(b.login(teacher)).Roles, "the roles have stayed")
	})
}

func TestTheReasonOfALockIsForThoseWhoCouldUndoIt(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		town, school, teacher, duty := b.Staff(model.RoleManager, tree.Town), b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleTeacher, tree.School), b.Staff(model.RoleDuty, tree.School)
		b.Set(&model.Account{}, "name", "李校长", "id = ?", school.AccountID)
		for _, empty := range []string{"", " ", "\u200b", "两\n行"} {
			require.ErrorIs(b.t, b.LockAccount(ctx, school, teacher.AccountID, empty), errLockReason)
		}
		require.NoError(b.t, b.LockAccount(ctx, school, teacher.AccountID, " 手机丢了，怕被人用 "))
		require.NoError(b.t, b.LockAccount(ctx, town, teacher.AccountID, "另一个原因"))
		require.NoError(b.t, b.LockAccount(ctx, town, duty.AccountID, "换人值班"))
		var row model.Account
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "id = ?", teacher.AccountID).Error)
		require.NotContains(b.t, string(row.LockReason), "手机")

		locks := func(reader model.Actor) map[model.ID]*LockView {
			grants, err := b.Grants(ctx, reader, tree.School.ID)
			require.NoError(b.t, err)
			locked := map[model.ID]*LockView{}
			for _, g := range grants {
				if locked[g.AccountID] = g.Locked; g.Locked != nil {
					require.WithinDuration(b.t, b.store.Now(), g.Locked.Since, time.Minute)
					g.Locked.Since = time.Time{}
				}
			}
			return locked
		}
		seen := locks(school)
		require.Nil(b.t, seen[school.AccountID])
		require.Equal(b.t, &LockView{By: "李校长", Reason: "手机丢了，怕被人用"}, seen[teacher.AccountID], "the first reason stays")
		require.Equal(b.t, &LockView{}, seen[duty.AccountID], "that one is locked is seen, and no more by whom it is not theirs to unlock")
		require.Equal(b.t, "换人值班", locks(town)[duty.AccountID].Reason)

		require.NoError(b.t, b.UnlockAccount(ctx, town, teacher.AccountID))
		require.Nil(b.t, locks(school)[teacher.AccountID])
		row = model.Account{}
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "id = ?", teacher.AccountID).Error)
		require.Equal(b.t, []any{[]byte(nil), model.ID(0)}, []any{row.LockReason, row.LockedBy})
	})
}

// Who gives a role that comes from above does not give it for longer than their own
// right there lasts, though they may manage the unit itself for longer.
func TestARoleFromAboveEndsWithTheRightAbove(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		ends := b.store.Now().Add(48 * time.Hour)
		manager := b.Account(model.RoleAt{Role: model.RoleManager, UnitID: tree.School.ID}, model.RoleAt{Role: model.RoleManager, UnitID: tree.Town.ID, EndsAt: &ends})
		give := func(role model.Role) *time.Time {
			invite, err := b.InviteCode(ctx, b.Account())
			require.NoError(b.t, err)
			grant, err := b.Grant(ctx, manager, tree.School.ID, GrantIn{InviteCode: invite.Code, Role: role, Name: "王老师"})
			require.NoError(b.t, err)
			return grant.EndsAt
		}
		require.Nil(b.t, give(model.RoleTeacher))
		for _, role := range model.FromAbove {
			require.True(b.t, ends.Equal(*give(role)), role)
		}
	})
}

func TestNobodyLocksWhomTheyDoNotManage(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, other, ctx := b.Tree(), b.Tree(), b.t.Context()
		manager := b.Staff(model.RoleManager, tree.School)
		both := b.Account(model.RoleAt{Role: model.RoleTeacher, UnitID: tree.Class.ID}, model.RoleAt{Role: model.RoleTeacher, UnitID: other.Class.ID})
		for name, account := range map[string]model.ID{
			"a role above":                b.Staff(model.RoleManager, tree.Town).AccountID,
			"a role in another county":    b.Staff(model.RoleTeacher, other.Class).AccountID,
			"one role here and one there": both.AccountID,
			"a guardian":                  b.Guardian(b.Pupil(tree.Class)).AccountID,
			"a stranger":                  b.Account().AccountID,
			"nobody":                      b.store.NewID(),
		} {
			require.ErrorIs(b.t, b.LockAccount(ctx, manager, account, "离职"), model.NotFound("account"), name)
			require.ErrorIs(b.t, b.UnlockAccount(ctx, manager, account), model.NotFound("account"), name)
		}
		require.ErrorIs(b.t, b.LockAccount(ctx, manager, manager.AccountID, "离职"), errLockSelf)
		require.Zero(b.t, b.Count(&model.Account{}, "disabled_at IS NOT NULL"))

		teacher := b.Staff(model.RoleTeacher, tree.Class)
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", manager.AccountID)
		require.ErrorIs(b.t, b.LockAccount(ctx, manager, teacher.AccountID, "离职"), model.NotFound("account"), "no manager any more")
	})
}
