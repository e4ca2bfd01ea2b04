package counsel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestACounsellorWritesTheirProfile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		card, err := b.svc.Introduce(ctx, b.counsellor, " 陪孩子聊聊\r\n也陪家长 ")
		require.NoError(t, err)
		require.Equal(t, "陪孩子聊聊\n也陪家长", card.Introduction)
		require.Equal(t, "陈老师", card.Name, "the name is for the managers to set")
		guardian, _ := b.family()
		room, err := b.svc.Room(ctx, guardian, b.room.ID)
		require.NoError(t, err)
		require.Equal(t, []CounsellorCard{card}, room.Counsellors)
		mine, err := b.svc.Profile(ctx, b.counsellor)
		require.NoError(t, err)
		require.Equal(t, card, mine)

		renamed, err := b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, "陈老师（组长）", "")
		require.NoError(t, err)
		require.Equal(t, card.Introduction, renamed.Introduction, "a new name leaves it")
		renamed, err = b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, "陈老师", "学校写的")
		require.NoError(t, err)
		require.Equal(t, "学校写的", renamed.Introduction)

		_, err = b.svc.Introduce(ctx, b.counsellor, strings.Repeat("长", 2001))
		require.ErrorIs(t, err, errIntroductionLong)
		_, err = b.svc.Introduce(ctx, b.counsellor, "\u202e倒")
		require.ErrorIs(t, err, errIntroductionText)
		roomless := b.Staff(model.RoleCounsellor, b.tree.School)
		_, err = b.svc.Introduce(ctx, roomless, "我")
		require.ErrorIs(t, err, model.NotFound("counsellor"))
		_, err = b.svc.Profile(ctx, roomless)
		require.ErrorIs(t, err, model.NotFound("counsellor"))
	})
}
