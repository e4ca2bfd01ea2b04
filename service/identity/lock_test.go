package identity

import (
	"testing"

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
			require.NoError(b.t, b.LockAccount(ctx, manager, teacher.AccountID))
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
			require.ErrorIs(b.t, b.LockAccount(ctx, manager, account), model.NotFound("account"), name)
			require.ErrorIs(b.t, b.UnlockAccount(ctx, manager, account), model.NotFound("account"), name)
		}
		require.ErrorIs(b.t, b.LockAccount(ctx, manager, manager.AccountID), errLockSelf)
		require.Zero(b.t, b.Count(&model.Account{}, "disabled_at IS NOT NULL"))

		teacher := b.Staff(model.RoleTeacher, tree.Class)
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", manager.AccountID)
		require.ErrorIs(b.t, b.LockAccount(ctx, manager, teacher.AccountID), model.NotFound("account"), "no manager any more")
	})
}
