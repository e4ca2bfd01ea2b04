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

		id := func(account model.ID) string { return account.String() }
		for name, cond := range map[string]func(model.Actor) store.Cond{
			"ChildOf":     func(a model.Actor) store.Cond { return family.ChildOf("p.id", a.AccountID) },
			"PupilOf":     func(a model.Actor) store.Cond { return family.PupilOf("p.id", a) },
			"NotWithheld": func(a model.Actor) store.Cond { return family.NotWithheld("p.id", id(a.AccountID)) },
		} {
			b.t.Run("the condition "+name+" holds for the other guardian only", func(t *testing.T) {
				for actor, want := range map[*model.Actor]int64{&abuser: 0, &other: 1} {
					var n int64
					require.NoError(t, family.Pupils(db).Where(cond(*actor)).Count(&n).Error)
					require.Equal(t, want, n)
				}
			})
		}
		b.t.Run("only the other is listed with the pupil", func(t *testing.T) {
			members, err := family.Members(db, []model.ID{pupil.ID})
			require.NoError(t, err)
			require.Equal(t, []family.Member{{PupilID: pupil.ID, AccountID: other.AccountID, ClassID: b.class.ID}}, members)
			guardians, err := family.Guardians(db, pupil.ID)
			require.NoError(t, err)
			require.Len(t, guardians, 1)
			taken, err := family.TakenAway(db, []model.ID{pupil.ID}, []model.ID{abuser.AccountID, other.AccountID})
			require.NoError(t, err)
			require.Equal(t, map[family.Pair]bool{{AccountID: abuser.AccountID, PupilID: pupil.ID}: true}, taken)
		})
		b.t.Run("it is neither ended nor claimed again, which would bring it into force", func(t *testing.T) {
			families := family.New(b.st)
			err := b.st.Tx(ctx, func(tx *gorm.DB) error {
				return families.EndGuardianship(tx, pupil.ID, abuser.AccountID, abuser.AccountID, "child")
			})
			require.ErrorIs(t, err, model.NotFound("child"))
			require.NoError(t, b.st.Tx(ctx, func(tx *gorm.DB) error {
				added, err := families.AddGuardian(tx, abuser.AccountID, pupil.ID, model.RelationOther)
				require.False(t, added)
				return err
			}))
			is, err := family.IsGuardian(db, abuser.AccountID, pupil.ID)
			require.NoError(t, err)
			require.False(t, is)
		})
	})
}
