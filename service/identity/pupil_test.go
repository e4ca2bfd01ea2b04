package identity

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestAPupilBindsAnAccountOfItsOwn(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		actor := b.Account()
		token := b.login(actor)
		b.actor(token)
		for range 2 {
			v, err := b.BindPupil(b.t.Context(), actor, claim)
			require.NoError(b.t, err)
			require.Equal(b.t, PupilView{ID: pupil.ID, Name: "王芳", ClassID: tree.Class.ID, ClassName: tree.Class.Name, SchoolName: tree.School.Name,
				NeedsConsent: []model.Purpose{model.PurposeLearning, model.PurposeCounselling}}, v.Bound)
		}
		now := b.actor(token)
		require.Equal(b.t, pupil.ID, now.PupilID)
		require.True(b.t, now.Has(b.store.Now(), model.RolePupil))

		b.Guardian(pupil) // with all consents
		me, err := b.Me(b.t.Context(), now)
		require.NoError(b.t, err)
		require.Empty(b.t, me.Pupil.NeedsConsent)
		require.Empty(b.t, me.Children)

		require.ErrorIs(b.t, b.UnbindPupil(b.t.Context(), now), errReleaseBySchool)
		require.Equal(b.t, pupil.ID, b.actor(token).PupilID)
		b.become14(pupil)
		require.NoError(b.t, b.UnbindPupil(b.t.Context(), now))
		require.Zero(b.t, b.actor(token).PupilID)
		require.ErrorIs(b.t, b.UnbindPupil(b.t.Context(), now), model.NotFound("pupil"))
	})
}

// become14 makes today the pupil's fourteenth birthday.
func (b *bundle) become14(pupil *model.Pupil) {
	b.t.Helper()
	b.Set(pupil, "birth_date", model.DateOf(b.store.Now().In(model.Shanghai).AddDate(-14, 0, 0)))
}

func TestAnAccountIsAGuardiansOrAPupilsNotBoth(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, class := b.t.Context(), b.Tree().Class
		_, one := b.enrol(class, "王芳", "G1")
		_, two := b.enrol(class, "李明", "G2")
		guardian, pupil := b.Account(), b.Account()
		_, err := b.bind(guardian, one)
		require.NoError(b.t, err)
		_, err = b.BindPupil(ctx, guardian, two)
		require.ErrorIs(b.t, err, errAccountIsFamily)
		_, err = b.BindPupil(ctx, pupil, one)
		require.NoError(b.t, err)
		_, err = b.bind(pupil, two)
		require.ErrorIs(b.t, err, errAccountIsPupil)
		_, err = b.BindPupil(ctx, pupil, two)
		require.ErrorIs(b.t, err, errAccountIsPupil)
		_, err = b.BindPupil(ctx, b.Account(), one)
		require.ErrorIs(b.t, err, family.ErrPupilTaken)
	})
}

func TestAStaffAccountDoesNotBecomeAPupils(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, class := b.t.Context(), b.Tree().Class
		_, claim := b.enrol(class, "王芳", "G1")
		teacher := b.Staff(model.RoleTeacher, class)
		_, err := b.BindPupil(ctx, teacher, claim)
		require.ErrorIs(b.t, err, errAccountHasRoles)
		_, err = b.bind(teacher, claim)
		require.NoError(b.t, err, "a teacher can be a parent")
		soon := b.store.Now().Add(time.Hour)
		_, err = b.BindPupil(ctx, b.Account(model.RoleAt{Role: model.RoleVolunteer, UnitID: class.ID, EndsAt: &soon}), claim)
		require.ErrorIs(b.t, err, errAccountHasRoles)
		over := b.store.Now().Add(-time.Second)
		_, err = b.BindPupil(ctx, b.Account(model.RoleAt{Role: model.RoleVolunteer, UnitID: class.ID, EndsAt: &over}), claim)
		require.NoError(b.t, err)
	})
}

// One account taps both at once, again and again: it is never both.
func TestRacingBindingsNeverMakeAnAccountBoth(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		class := b.Tree().Class
		one, _ := b.enrol(class, "王芳", "G1")
		two, _ := b.enrol(class, "李明", "G2")
		for range 20 {
			actor := b.Account()
			errs := storetest.Contend(4, func(i int) (err error) {
				if i%2 == 0 {
					_, err = b.bindChild(context.Background(), actor, one.ID, model.RelationOther)
				} else {
					_, err = b.bindPupil(context.Background(), actor, two.ID)
				}
				return err
			})
			codes := storetest.Codes(b.t, errs)
			require.Equal(b.t, 2, codes[""], "one of the two, by both of its taps")
			require.Equal(b.t, 2, codes[errAccountIsFamily.Code]+codes[errAccountIsPupil.Code])
			children, err := b.pupils(b.store.Read(b.t.Context()), actor.AccountID, store.Where("g.account_id = ?", actor.AccountID))
			require.NoError(b.t, err)
			own, err := b.pupils(b.store.Read(b.t.Context()), actor.AccountID, store.Where("p.account_id = ?", actor.AccountID))
			require.NoError(b.t, err)
			require.Equal(b.t, 1, len(children)+len(own))
			for _, c := range children {
				require.NoError(b.t, b.UnbindChild(b.t.Context(), actor, c.ID))
			}
			if len(own) > 0 {
				b.Set(two, "account_id", nil) // a release would have further claims wait
			}
		}
	})
}

func TestOfFiftyRacingAccountsOneBecomesThePupils(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		pupil, _ := b.enrol(b.Tree().Class, "王芳", "G1")
		var actors [50]model.Actor
		for i := range actors {
			actors[i] = b.Account()
		}
		for range 2 { // the one who has won may tap again
			errs := storetest.Contend(len(actors), func(i int) error {
				_, err := b.bindPupil(context.Background(), actors[i], pupil.ID)
				return err
			})
			require.Equal(b.t, map[string]int{"": 1, family.ErrPupilTaken.Code: 49}, storetest.Codes(b.t, errs))
		}
	})
}
