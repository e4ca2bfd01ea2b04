package counsel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func TestACounsellorWritesTheirProfile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		card, err := b.svc.Introduce(ctx, b.counsellor, 1, " 陪孩子聊聊\r\n也陪家长 ")
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

		renamed, err := b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, Profiled{Name: "陈老师（组长）", Version: card.Version})
		require.NoError(t, err)
		require.Equal(t, card.Introduction, renamed.Introduction, "a new name leaves it")
		renamed, err = b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, Profiled{Name: "陈老师", Introduction: "学校写的", Version: renamed.Version})
		require.NoError(t, err)
		require.Equal(t, "学校写的", renamed.Introduction)
		require.Equal(t, card.Version+2, renamed.Version)

		_, err = b.svc.Introduce(ctx, b.counsellor, 1, strings.Repeat("长", 2001))
		require.ErrorIs(t, err, errIntroductionLong)
		_, err = b.svc.Introduce(ctx, b.counsellor, 1, "\u202e倒")
		require.ErrorIs(t, err, errIntroductionText)
		roomless := b.Staff(model.RoleCounsellor, b.tree.School)
		_, err = b.svc.Introduce(ctx, roomless, 1, "我")
		require.ErrorIs(t, err, model.NotFound("counsellor"))
		_, err = b.svc.Profile(ctx, roomless)
		require.ErrorIs(t, err, model.NotFound("counsellor"))
	})
}

// The second of two editors hears what it is now, and changes nothing.
func TestAStaleEditOfARoomOrProfileIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		errs := storetest.Contend(8, func(i int) error {
			_, err := b.replica(i).UpdateRoom(ctx, b.manager, b.room.ID, 1, RoomIn{Name: "心语室", Place: strings.Repeat("楼", i+1)})
			return err
		})
		require.Equal(t, map[string]int{"": 1, "version_conflict": 7}, storetest.Codes(t, errs))
		room, err := b.svc.Room(ctx, b.manager, b.room.ID)
		require.NoError(t, err)
		require.Equal(t, 2, room.Version)
		for i, err := range errs {
			if err == nil {
				require.Equal(t, strings.Repeat("楼", i+1), room.Place)
			} else {
				require.Equal(t, room.Room, storetest.Refused(t, err, "version_conflict").Details)
			}
		}

		card, err := b.svc.Introduce(ctx, b.counsellor, 1, "我写的")
		require.NoError(t, err)
		for _, seen := range []int{0, 1, 3} {
			_, err = b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, Profiled{Name: "陈老师", Introduction: "学校写的", Version: seen})
			require.Equal(t, card, storetest.Refused(t, err, "version_conflict").Details)
		}
		_, err = b.svc.Introduce(ctx, b.counsellor, 1, "又写的")
		require.Equal(t, card, storetest.Refused(t, err, "version_conflict").Details)
		mine, err := b.svc.Profile(ctx, b.counsellor)
		require.NoError(t, err)
		require.Equal(t, card, mine)

		colleague := b.Staff(model.RoleCounsellor, b.tree.School)
		errs = storetest.Contend(8, func(i int) error {
			_, err := b.replica(i).Assign(ctx, b.manager, b.room.ID, colleague.AccountID, Profiled{Name: "李老师"})
			return err
		})
		require.Equal(t, map[string]int{"": 1, "version_conflict": 7}, storetest.Codes(t, errs))
	})
}
