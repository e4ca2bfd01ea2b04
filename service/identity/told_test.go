package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
)

// told are the accounts to whom a message of the kind is to be sent.
func (b *bundle) told(kind string) []model.ID {
	b.t.Helper()
	var ids []model.ID
	require.NoError(b.t, b.store.Read(b.t.Context()).Model(&model.OutboxMessage{}).Where("kind = ? AND status = ?", kind, model.OutboxPending).
		Order("recipient_id").Pluck("recipient_id", &ids).Error)
	return ids
}

func TestABindingIsToldToTheOtherGuardians(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		b.Guardian(b.Pupil(tree.Class)) // of another child: learns nothing
		mother, stranger, own := b.Account(), b.Account(), b.Account()
		_, err := b.bind(mother, claim)
		require.NoError(b.t, err)
		require.Empty(b.t, b.told(message.KindBinding), "there was nobody to tell")
		_, err = b.BindChild(ctx, stranger, claim, model.RelationOther)
		require.NoError(b.t, err)
		require.Equal(b.t, []model.ID{mother.AccountID}, b.told(message.KindBinding))
		var row model.OutboxMessage
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "kind = ?", message.KindBinding).Error)
		require.Equal(b.t, []any{pupil.ID, tree.Class.ID, "null"}, []any{row.PupilID, row.UnitID, row.Payload})

		me, err := b.Me(ctx, mother)
		require.NoError(b.t, err)
		require.Len(b.t, me.Children[0].OtherGuardians, 1)
		require.Equal(b.t, model.RelationOther, me.Children[0].OtherGuardians[0].Relation)
		require.WithinDuration(b.t, b.store.Now(), me.Children[0].OtherGuardians[0].BoundAt, 60e9)
		require.False(b.t, me.Children[0].OwnAccount)

		b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
		for range 2 {
			_, err = b.BindPupil(ctx, own, claim)
			require.NoError(b.t, err)
		}
		require.Equal(b.t, []model.ID{mother.AccountID, stranger.AccountID}, b.told(message.KindBinding))
		b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
		_, err = b.BindPupil(ctx, own, claim) // again tells nothing
		require.NoError(b.t, err)
		_, err = b.bind(mother, claim)
		require.NoError(b.t, err)
		require.Empty(b.t, b.told(message.KindBinding))
		require.Equal(b.t, 2, b.Count(&model.OutboxMessage{}), "one for each guardian, however often somebody is bound")
		me, err = b.Me(ctx, mother)
		require.NoError(b.t, err)
		require.True(b.t, me.Children[0].OwnAccount)
	})
}

// A guardian who may be the abuser is told nothing and is shown to nobody.
func TestAWithheldGuardianIsNotToldOfBindings(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, claim := b.enrol(tree.Class, "王芳", "G1")
		withheld := b.Guardian(pupil)
		b.Set(&model.Guardianship{}, "withheld_at", b.store.Now(), "account_id = ?", withheld.AccountID)
		mother := b.Account()
		asked := b.ask(mother, claim, model.RelationMother) // it waits: a withheld guardian may come by another account
		require.NoError(b.t, b.ConfirmClaim(ctx, b.Staff(model.RoleTeacher, tree.Class), asked.ID))
		me, err := b.Me(ctx, mother)
		require.NoError(b.t, err)
		require.Empty(b.t, me.Children[0].OtherGuardians)
		require.Empty(b.t, b.told(message.KindBinding))
	})
}

func TestTheHolderIsToldOfTheRelease(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil := b.Pupil(tree.Class)
		own := b.PupilAccount(pupil)
		require.NoError(b.t, b.ReleasePupil(ctx, b.Staff(model.RoleTeacher, tree.Class), pupil.ID))
		require.Equal(b.t, []model.ID{own.AccountID}, b.told(message.KindReleased))
		var row model.OutboxMessage
		require.NoError(b.t, b.store.Read(ctx).Take(&row, "kind = ?", message.KindReleased).Error)
		require.Zero(b.t, row.PupilID, "it is about no pupil to whom the account belongs")

		second := b.Pupil(tree.Class)
		account := b.PupilAccount(second)
		b.become14(second)
		require.NoError(b.t, b.UnbindPupil(ctx, account))
		require.Equal(b.t, []model.ID{own.AccountID}, b.told(message.KindReleased), "who leaves knows it")
	})
}

// What is not committed is not told: the message is written with the binding.
func TestARefusedBindingTellsNobody(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		pupil, claim := b.enrol(b.Tree().Class, "王芳", "G1")
		b.Guardian(pupil)
		b.Guardian(pupil)
		_, err := b.bind(b.Account(), claim)
		require.Equal(b.t, model.KindConflict, model.KindOf(err))
		b.PupilAccount(pupil)
		_, err = b.BindPupil(b.t.Context(), b.Account(), claim)
		require.Equal(b.t, model.KindConflict, model.KindOf(err))
		require.Empty(b.t, b.told(message.KindBinding))
	})
}

// Whoever teaches or manages the class hears once a day that claims are used
// up, also those to a name that is nobody's: that tells the guesser nothing.
func TestTheHostsAreToldWhenTheTriesAreSpent(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		_, right := b.enrol(tree.Class, "王芳", "G1")
		teacher, manager := b.Staff(model.RoleTeacher, tree.Class), b.Staff(model.RoleManager, tree.School)
		b.Staff(model.RoleTeacher, tree.OtherClass)
		b.Staff(model.RoleCounsellor, tree.School)
		past := b.Staff(model.RoleTeacher, tree.Class)
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", past.AccountID)
		spend := func(name string, upTo int) {
			for range upTo {
				_, err := b.bind(b.Account(), Claim{ClassCode: right.ClassCode, Name: name, StudentNo: "X" + b.store.NewID().String()})
				require.ErrorIs(b.t, err, errNotMatched)
			}
		}
		spend("王芳", family.TriesPerDay-1)
		_, err := b.bind(b.Account(), right) // a right one is no guess
		require.NoError(b.t, err)
		require.Empty(b.t, b.told(message.KindGuesses))
		spend("王芳", 1)
		require.Equal(b.t, []model.ID{teacher.AccountID, manager.AccountID}, b.told(message.KindGuesses))
		b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "1 = 1")
		spend("无名", family.TriesPerDay)
		require.Empty(b.t, b.told(message.KindGuesses), "once a day")
	})
}
