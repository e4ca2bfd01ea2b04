package family_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

func TestAWithheldGuardianshipIsNowhereInForce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, db := b.t.Context(), b.st.Read(b.t.Context())
		pupil := b.Pupil(b.class)
		abuser, other := b.Guardian(pupil), b.Guardian(pupil)
		b.Set(&model.Guardianship{}, "withheld_at", b.st.Now(), "account_id = ?", abuser.AccountID)
		count := func(cond store.Cond) (n int64) {
			require.NoError(b.t, family.Pupils(db).Where(cond).Count(&n).Error)
			return n
		}
		id := func(account model.ID) string { return account.String() }
		for name, got := range map[string]struct{ abuser, other int64 }{
			"ChildOf":      {count(family.ChildOf("p.id", abuser.AccountID)), count(family.ChildOf("p.id", other.AccountID))},
			"PupilOf":      {count(family.PupilOf("p.id", abuser)), count(family.PupilOf("p.id", other))},
			"NotWithheld":  {count(family.NotWithheld("p.id", id(abuser.AccountID))), count(family.NotWithheld("p.id", id(other.AccountID)))},
			"NotTakenAway": {count(family.NotTakenAway("p.id", id(abuser.AccountID))), count(family.NotTakenAway("p.id", id(other.AccountID)))},
		} {
			require.Zero(b.t, got.abuser, name)
			require.EqualValues(b.t, 1, got.other, name)
		}
		members, err := family.Members(db, []model.ID{pupil.ID})
		require.NoError(b.t, err)
		require.Equal(b.t, []family.Member{{PupilID: pupil.ID, AccountID: other.AccountID, ClassID: b.class.ID}}, members)
		guardians, err := family.Guardians(db, pupil.ID)
		require.NoError(b.t, err)
		require.Len(b.t, guardians, 1)
		taken, err := family.TakenAway(db, []model.ID{pupil.ID}, []model.ID{abuser.AccountID, other.AccountID})
		require.NoError(b.t, err)
		require.Equal(b.t, map[family.Pair]bool{{AccountID: abuser.AccountID, PupilID: pupil.ID}: true}, taken)

		families := family.New(b.st)
		err = b.st.Tx(ctx, func(tx *gorm.DB) error {
			return families.EndGuardianship(tx, pupil.ID, abuser.AccountID, abuser.AccountID, "child")
		})
		require.ErrorIs(b.t, err, model.NotFound("child"), "ended and claimed again, it would be in force")
		require.NoError(b.t, b.st.Tx(ctx, func(tx *gorm.DB) error {
			added, err := families.AddGuardian(tx, abuser.AccountID, pupil.ID, model.RelationOther)
			require.False(b.t, added)
			return err
		}))
		is, err := family.IsGuardian(db, abuser.AccountID, pupil.ID)
		require.NoError(b.t, err)
		require.False(b.t, is)
	})
}
