package identity

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// written returns what the log holds, and empties it.
func (b *bundle) written() []model.AuditEntry {
	b.t.Helper()
	var rows []model.AuditEntry
	require.NoError(b.t, b.store.Read(b.t.Context()).Order("id").Find(&rows).Error)
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM audit_entries").Error }))
	return rows
}

func brief(rows []model.AuditEntry) []string {
	return store.Each(rows, func(e model.AuditEntry) string {
		return string(e.ActorRole) + " " + string(e.Action) + " " + string(e.Subject)
	})
}

func TestWhatStaffDoWithAFamilysAccountsIsLogged(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		teacher, manager := b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)
		b.confirmIn(tree.Class)
		require.Equal(b.t, []string{"manager write roster"}, brief(b.written()))
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		father, stranger := b.Account(), b.Account()
		first, second := b.ask(father, claim, model.RelationFather), b.ask(stranger, claim, model.RelationFather)
		require.Empty(b.t, b.written(), "a claim is the family's own")
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, first.ID))
		require.NoError(b.t, b.RefuseClaim(ctx, manager, second.ID))
		_, err := b.Guardians(ctx, teacher, pupil.ID)
		require.NoError(b.t, err)
		own := b.PupilAccount(pupil)
		require.NoError(b.t, b.ForgetWrongClaims(ctx, teacher, pupil.ID))
		require.NoError(b.t, b.ReleasePupil(ctx, teacher, pupil.ID))
		require.NoError(b.t, b.EndGuardianship(ctx, manager, pupil.ID, father.AccountID))
		rows := b.written()
		require.Equal(b.t, []string{"teacher write account", "manager write account", "teacher read account", "teacher write account", "teacher write account", "manager write account"}, brief(rows))
		for _, e := range rows {
			require.Equal(b.t, []any{pupil.ID, tree.Class.ID, false}, []any{e.PupilID, e.UnitID, e.Withheld})
		}
		b.Set(pupil, "account_id", own.AccountID)
		b.become14(pupil)
		require.NoError(b.t, b.UnbindPupil(ctx, own))
		require.Empty(b.t, b.written())
	})
}

func TestRolesLocksAndLoginsOfStaffAreLogged(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		manager, teacher := b.Staff(model.RoleManager, tree.School), b.Account()
		in := func() LoginIn {
			return LoginIn{Code: b.wechat.IssueCode("o" + teacher.AccountID.String()), From: netip.MustParseAddr("203.0.113.7"), Operation: "postLogin"}
		}
		_, err := b.Login(ctx, in())
		require.NoError(b.t, err)
		require.Empty(b.t, b.written(), "a family's")

		grant, err := b.grant(manager, tree.Class, teacher, model.RoleTeacher)
		require.NoError(b.t, err)
		session, err := b.Login(ctx, in())
		require.NoError(b.t, err)
		require.NoError(b.t, b.LockAccount(ctx, manager, teacher.AccountID, "离职"))
		for range 3 {
			_, err = b.Login(ctx, in())
			require.ErrorIs(b.t, err, errAccountDisabled)
		}
		require.NoError(b.t, b.UnlockAccount(ctx, manager, teacher.AccountID))
		require.NoError(b.t, b.Revoke(ctx, manager, grant.ID))
		rows := b.written()
		require.Equal(b.t, []string{"manager grant account", "teacher login account", "manager write account", "teacher login_refused account", "manager write account",
			"manager grant account"}, brief(rows), "of a locked account one in an hour")
		for _, e := range rows {
			require.Equal(b.t, []any{teacher.AccountID, tree.Class.ID}, []any{e.SubjectID, e.UnitID})
		}
		require.Equal(b.t, []any{teacher.AccountID, "203.0.113.7", "postLogin", session.tokenID}, []any{rows[1].ActorID, rows[1].Address, rows[1].Operation, rows[1].TokenID})
		require.NotZero(b.t, session.tokenID)

		_, err = b.Login(ctx, in())
		require.NoError(b.t, err)
		require.Empty(b.t, b.written(), "they are no staff any more")
		invite, err := b.InviteCode(ctx, teacher)
		require.NoError(b.t, err)
		_, err = Appoint(ctx, b.store, b.cache, b.log, tree.County.Name, invite.Code, "王老师")
		require.NoError(b.t, err)
		rows = b.written()
		require.Equal(b.t, []string{"manager grant account"}, brief(rows))
		require.Zero(b.t, rows[0].ActorID)
	})
}

func TestWhoHasJustLostTheRoleDecidesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		former := b.Staff(model.RoleManager, tree.School)
		pupil := b.Pupil(tree.Class)
		father := b.Guardian(pupil)
		b.PupilAccount(pupil)
		b.Staff(model.RoleTeacher, tree.Class)
		var grant model.Grant
		require.NoError(b.t, b.store.Read(ctx).Take(&grant, "role = ?", model.RoleTeacher).Error)
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", former.AccountID)
		for _, err := range []error{
			b.EndGuardianship(ctx, former, pupil.ID, father.AccountID), b.ReleasePupil(ctx, former, pupil.ID), b.ForgetWrongClaims(ctx, former, pupil.ID), b.Revoke(ctx, former, grant.ID),
		} {
			require.Equal(b.t, model.KindNotFound, model.KindOf(err))
		}
		require.Empty(b.t, b.written())
	})
}
