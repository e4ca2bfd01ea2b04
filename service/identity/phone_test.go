package identity

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestAnAdultSetsAndDropsATelephoneNumber(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		parent, other := b.Guardian(b.Pupil(b.Tree().Class)), b.Account()
		// set stores the number that WeChat returns for the parent.
		set := func(number string, fault error) (PhoneTail, error) {
			b.phoneNumbers = func(context.Context, string) (string, error) { return number, fault }
			return b.SetPhone(ctx, parent, "code")
		}
		tail := func(t *testing.T) string {
			t.Helper()
			me, err := b.Me(ctx, parent)
			require.NoError(t, err)
			return me.PhoneTail
		}

		b.t.Run("only its end is shown", func(t *testing.T) {
			require.Empty(t, tail(t))
			got, err := set("+86 13800001234", nil)
			require.NoError(t, err)
			require.Equal(t, PhoneTail{Tail: "1234"}, got)
			require.Equal(t, "1234", tail(t))
		})
		b.t.Run("a new one replaces it", func(t *testing.T) {
			_, err := set("13800005678", nil)
			require.NoError(t, err)
			numbers, err := b.phones.Of(ctx, parent.AccountID, other.AccountID)
			require.NoError(t, err)
			require.Equal(t, map[model.ID]string{parent.AccountID: "13800005678"}, numbers)
		})
		b.t.Run("it is stored encrypted, beside its hash", func(t *testing.T) {
			var row model.AccountPhone
			require.NoError(t, b.store.Read(ctx).Take(&row).Error)
			require.NotContains(t, string(row.Number), "5678")
			require.Equal(t, b.vault.LookupHash("account_phones.number", "13800005678"), row.NumberHash)
		})
		b.t.Run("a failure takes nothing away", func(t *testing.T) {
			_, err := set("", errors.New("invalid code"))
			require.ErrorIs(t, err, errPhoneCode)
			fault := model.Unavailable("wechat_unavailable", time.Second, nil)
			_, err = set("", fault)
			require.ErrorIs(t, err, fault)
			require.Equal(t, "5678", tail(t))
			_, err = set("不是号码", nil)
			require.ErrorIs(t, err, errPhoneCode)
		})
		b.t.Run("each question costs money, so that they are few", func(t *testing.T) {
			_, err := set("13800001234", nil)
			require.Equal(t, model.KindTooMany, model.KindOf(err))
		})
		b.t.Run("it is taken back, twice if asked twice", func(t *testing.T) {
			for range 2 {
				require.NoError(t, b.DropPhone(ctx, parent))
			}
			require.Empty(t, tail(t))
		})
	})
}

func TestAPupilsAccountHoldsNoNumber(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		b.phoneNumbers = func(context.Context, string) (string, error) { return "13800001234", nil }
		class := b.Tree().Class
		_, err := b.SetPhone(ctx, b.PupilAccount(b.Pupil(class)), "code")
		require.ErrorIs(b.t, err, errPhonePupil)

		account := b.Account()
		_, err = b.SetPhone(ctx, account, "code")
		require.NoError(b.t, err)
		_, err = b.bindPupil(ctx, account, b.Pupil(class).ID)
		require.NoError(b.t, err)
		numbers, err := b.phones.Of(ctx, account.AccountID)
		require.NoError(b.t, err)
		require.Empty(b.t, numbers, "what was left before is gone")
		_, err = b.SetPhone(ctx, account, "code") // by a token that does not know it yet
		require.ErrorIs(b.t, err, errPhonePupil)
	})
}
