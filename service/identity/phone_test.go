package identity

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestAnAdultLeavesANumberAndTakesItBack(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		parent, other := b.Guardian(b.Pupil(b.Tree().Class)), b.Account()
		answer, fault := "+86 13800001234", error(nil)
		b.phoneNumbers = func(context.Context, string) (string, error) { return answer, fault }
		tail := func() string {
			me, err := b.Me(ctx, parent)
			require.NoError(b.t, err)
			return me.PhoneTail
		}
		require.Empty(b.t, tail())
		got, err := b.SetPhone(ctx, parent, "code")
		require.NoError(b.t, err)
		require.Equal(b.t, PhoneTail{Tail: "1234"}, got)
		require.Equal(b.t, "1234", tail())
		answer = "13800005678"
		_, err = b.SetPhone(ctx, parent, "code")
		require.NoError(b.t, err)
		numbers, err := b.phones.Of(ctx, parent.AccountID, other.AccountID)
		require.NoError(b.t, err)
		require.Equal(b.t, map[model.ID]string{parent.AccountID: "13800005678"}, numbers)

		var row model.AccountPhone
		require.NoError(b.t, b.store.Read(ctx).Take(&row).Error)
		require.NotContains(b.t, string(row.Number), "5678")
		require.Equal(b.t, b.vault.LookupHash("account_phones.number", "13800005678"), row.NumberHash)

		answer, fault = "", errors.New("invalid code")
		_, err = b.SetPhone(ctx, parent, "code")
		require.ErrorIs(b.t, err, errPhoneCode)
		fault = model.Unavailable("wechat_unavailable", time.Second, nil)
		_, err = b.SetPhone(ctx, parent, "code")
		require.ErrorIs(b.t, err, fault)
		require.Equal(b.t, "5678", tail(), "a failure takes nothing away")
		answer, fault = "不是号码", nil
		_, err = b.SetPhone(ctx, parent, "code")
		require.ErrorIs(b.t, err, errPhoneCode)
		_, err = b.SetPhone(ctx, parent, "code")
		require.Equal(b.t, model.KindTooMany, model.KindOf(err), "each question costs money")

		for range 2 {
			require.NoError(b.t, b.DropPhone(ctx, parent))
		}
		require.Empty(b.t, tail())
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
