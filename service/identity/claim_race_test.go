package identity

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store/storetest"
)

// Two teachers confirm what two accounts claim, with refusals and a take-back in
// between: one account gets the pupil, and every claim has one outcome.
func TestRacingDecisionsHaveOneOutcome(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		b.confirmIn(tree.School)
		teachers := []model.Actor{b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)}
		for round := range 5 {
			pupil, claim := b.enrol(tree.Class, "王芳", fmt.Sprint("G", round))
			askers := []model.Actor{b.Account(), b.Account()}
			ids := []model.ID{b.ask(askers[0], claim, "").ID, b.ask(askers[1], claim, "").ID}
			errs := storetest.Contend(16, func(i int) error {
				ctx, id := context.Background(), ids[i%2]
				switch i / 2 {
				case 0:
					return b.TakeBackClaim(ctx, askers[i%2], id)
				case 1:
					return b.RefuseClaim(ctx, teachers[0], id)
				}
				return b.ConfirmClaim(ctx, teachers[i/2%2], id)
			})
			codes := storetest.Codes(b.t, errs)
			require.Equal(b.t, 16, codes[""]+codes["claim_not_found"]+codes["pupil_account_taken"])
			var rows []model.BindingClaim
			require.NoError(b.t, b.store.Read(b.t.Context()).Where("pupil_id = ?", pupil.ID).Find(&rows).Error)
			confirmed := 0
			for _, r := range rows {
				require.Nil(b.t, r.Waits)
				require.NotEmpty(b.t, r.Outcome)
				if r.Outcome == model.ClaimConfirmed {
					confirmed++
					own, err := family.OwnPupil(b.store.Read(b.t.Context()), r.AccountID)
					require.NoError(b.t, err)
					require.Equal(b.t, pupil.ID, own.ID)
				}
			}
			require.LessOrEqual(b.t, confirmed, 1)
			require.Equal(b.t, confirmed, b.Count(&model.Pupil{}, "id = ? AND account_id IS NOT NULL", pupil.ID))
		}
	})
}

func TestAnAccountWaitsOnceForAPupil(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		b.confirmIn(tree.School)
		pupil, _ := b.enrol(tree.Class, "王芳", "G1")
		actor := b.Account()
		errs := storetest.Contend(30, func(int) error {
			_, err := b.bindChild(context.Background(), actor, pupil.ID, model.RelationOther)
			return err
		})
		require.Equal(b.t, map[string]int{"": 30}, storetest.Codes(b.t, errs))
		require.Equal(b.t, 1, b.Count(&model.BindingClaim{}))
	})
}

// A claim that races a release is either refused, as the account is still
// taken, or waits: it never slips in.
func TestAClaimDoesNotSlipInBehindARelease(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		for round := range 20 {
			pupil, _ := b.enrol(tree.Class, "王芳", fmt.Sprint("G", round))
			b.PupilAccount(pupil)
			var strangers [3]model.Actor
			for i := range strangers {
				strangers[i] = b.Account()
			}
			errs := storetest.Contend(4, func(i int) error {
				if i == 3 {
					return b.ReleasePupil(context.Background(), teacher, pupil.ID)
				}
				_, err := b.bindPupil(context.Background(), strangers[i], pupil.ID)
				return err
			})
			codes := storetest.Codes(b.t, errs)
			require.Equal(b.t, 4, codes[""]+codes[family.ErrPupilTaken.Code])
			require.Zero(b.t, b.Count(&model.Pupil{}, "id = ? AND account_id IS NOT NULL", pupil.ID))
		}
	})
}
