package identity

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
)

// number gives the pupil the student number.
func (b *bundle) number(pupil *model.Pupil, number string) {
	b.t.Helper()
	sealed, err := b.vault.Seal(model.StudentNoField, pupil.ID, number)
	require.NoError(b.t, err)
	b.Set(pupil, "student_no", sealed)
}

func TestTheStrictestRuleDecidesElseTheNumbers(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		manager := b.Staff(model.RoleManager, tree.County)
		set := func(u *model.Unit, rule ClaimRule) ClaimRuleView {
			view, err := b.SetClaimRule(ctx, manager, u.ID, rule)
			require.NoError(b.t, err)
			return view
		}
		waits := func() bool {
			view, err := b.ClaimRule(ctx, b.Staff(model.RoleTeacher, tree.Class), tree.Class.ID)
			require.NoError(b.t, err)
			return *view.Waits
		}
		for i := range 3 {
			b.number(b.Pupil(tree.Class), fmt.Sprintf("RD20260%03d", i+1))
			b.number(b.Pupil(tree.OtherClass), fmt.Sprintf("G32062320140%d0300%d", i+1, i*7))
		}
		require.Equal(b.t, ClaimRuleView{Rule: ClaimsAuto, Above: ClaimsAuto}, set(tree.County, ClaimsAuto))
		require.True(b.t, waits(), "the numbers of the class follow each other")
		other, err := b.ClaimRule(ctx, manager, tree.OtherClass.ID)
		require.NoError(b.t, err)
		require.False(b.t, *other.Waits)

		require.Equal(b.t, ClaimRuleView{Rule: ClaimsAtOnce, Above: ClaimsAuto}, set(tree.Town, ClaimsAtOnce))
		require.False(b.t, waits())
		require.Equal(b.t, ClaimRuleView{Rule: ClaimsConfirm, Above: ClaimsAtOnce}, set(tree.School, ClaimsConfirm))
		require.True(b.t, waits())
		on := true
		require.Equal(b.t, ClaimRuleView{Rule: ClaimsAtOnce, Above: ClaimsConfirm, Waits: &on}, set(tree.Class, ClaimsAtOnce))
		require.True(b.t, waits(), "a class is not laxer than its school")
		set(tree.School, ClaimsAuto)
		require.False(b.t, waits())
		set(tree.County, ClaimsConfirm)
		require.True(b.t, waits(), "nor a town than the county")
		set(tree.County, ClaimsAuto)
		set(tree.Class, ClaimsAuto)
		set(tree.Town, ClaimsAuto)
		require.True(b.t, waits(), "the numbers decide again")

		// Numbers that follow each other over the school, and not in the class.
		b.Set(&model.Pupil{}, "departed_at", b.store.Now(), "class_id = ?", tree.Class.ID)
		for i := range 3 {
			b.number(b.Pupil(tree.Class), fmt.Sprintf("RD30%d0042", i))
		}
		require.False(b.t, waits())
		for i := range 3 {
			b.number(b.Pupil(tree.OtherClass), fmt.Sprintf("RD30%d0043", i))
		}
		require.True(b.t, waits())

		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", manager.AccountID)
		_, err = b.SetClaimRule(ctx, manager, tree.School.ID, ClaimsConfirm)
		require.ErrorIs(b.t, err, model.NotFound("unit"), "no manager any more")
	})
}

func TestAUnitOutOfUseGetsNoRule(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		b.Set(tree.Class, "archived_at", b.store.Now(), "id = ?", tree.Class.ID)
		_, err := b.SetClaimRule(ctx, b.Staff(model.RoleManager, tree.County), tree.Class.ID, ClaimsAtOnce)
		require.ErrorIs(b.t, err, errUnitArchived)
		_, err = b.SetClaimRule(ctx, b.Staff(model.RoleManager, b.Tree().County), tree.Class.ID, ClaimsAtOnce)
		require.ErrorIs(b.t, err, model.NotFound("unit"), "nothing is told of it to a stranger")
		require.Equal(b.t, 1, b.Count(&model.Unit{}, "id = ? AND confirm_claims IS NULL", tree.Class.ID))
	})
}

func TestATeacherForgetsTheWrongClaims(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, right := b.enrol(tree.Class, "王芳", "G1")
		spend := func() {
			for i := range family.TriesPerDay {
				_, err := b.bind(b.Account(), Claim{ClassCode: right.ClassCode, Name: fmt.Sprint("无名", i), StudentNo: right.StudentNo})
				require.ErrorIs(b.t, err, errNotMatched)
				_, err = b.bind(b.Account(), Claim{ClassCode: right.ClassCode, Name: right.Name, StudentNo: fmt.Sprint("X", i)})
				require.ErrorIs(b.t, err, errNotMatched)
			}
			_, err := b.BindChild(ctx, b.Account(), right, model.RelationMother)
			require.Equal(b.t, model.KindTooMany, model.KindOf(err))
		}
		for _, staff := range []model.Actor{b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)} {
			spend()
			for name, other := range map[string]model.Actor{
				"a teacher of another class": b.Staff(model.RoleTeacher, tree.OtherClass),
				"a counsellor":               b.Staff(model.RoleCounsellor, tree.School),
				"a stranger":                 b.Account(),
			} {
				require.ErrorIs(b.t, b.ForgetWrongClaims(ctx, other, pupil.ID), model.NotFound("pupil"), name)
			}
			require.NoError(b.t, b.ForgetWrongClaims(ctx, staff, pupil.ID))
			require.NoError(b.t, b.ForgetWrongClaims(ctx, staff, pupil.ID), "again changes nothing")
			parent := b.Account()
			_, err := b.bind(parent, right)
			require.NoError(b.t, err)
			require.NoError(b.t, b.UnbindChild(ctx, parent, pupil.ID))
		}
	})
}
