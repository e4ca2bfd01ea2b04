package counsel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestACounsellorIntroducesThemselves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		ctx := t.Context()
		card, err := sc.svc.Introduce(ctx, sc.counsellor, " 陪孩子聊聊\r\n也陪家长 ")
		require.NoError(t, err)
		require.Equal(t, "陪孩子聊聊\n也陪家长", card.Introduction)
		require.Equal(t, "陈老师", card.Name, "the name is for the managers to set")
		guardian, _ := sc.family()
		room, err := sc.svc.Room(ctx, guardian, sc.room.ID)
		require.NoError(t, err)
		require.Equal(t, []CounsellorCard{card}, room.Counsellors)
		mine, err := sc.svc.Profile(ctx, sc.counsellor)
		require.NoError(t, err)
		require.Equal(t, card, mine)

		renamed, err := sc.svc.Assign(ctx, sc.manager, sc.room.ID, sc.counsellor.AccountID, "陈老师（组长）", "")
		require.NoError(t, err)
		require.Equal(t, card.Introduction, renamed.Introduction, "a new name leaves it")
		renamed, err = sc.svc.Assign(ctx, sc.manager, sc.room.ID, sc.counsellor.AccountID, "陈老师", "学校写的")
		require.NoError(t, err)
		require.Equal(t, "学校写的", renamed.Introduction)

		_, err = sc.svc.Introduce(ctx, sc.counsellor, strings.Repeat("长", 2001))
		require.ErrorIs(t, err, errIntroductionLong)
		_, err = sc.svc.Introduce(ctx, sc.counsellor, "\u202e倒")
		require.ErrorIs(t, err, errIntroductionText)
		roomless := sc.Staff(model.RoleCounsellor, sc.tree.School)
		_, err = sc.svc.Introduce(ctx, roomless, "我")
		require.ErrorIs(t, err, model.NotFound("counsellor"))
		_, err = sc.svc.Profile(ctx, roomless)
		require.ErrorIs(t, err, model.NotFound("counsellor"))
	})
}
