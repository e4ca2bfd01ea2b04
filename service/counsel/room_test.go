package counsel

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestRoomsComeWithTheirOwnCounsellors(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		second, err := b.svc.CreateRoom(t.Context(), b.manager, RoomIn{UnitID: b.tree.School.ID, Name: "知心屋"})
		require.NoError(t, err)
		page, err := b.svc.Rooms(t.Context(), b.counsellor, store.PageRequest{})
		require.NoError(t, err)
		ids := map[model.ID][]model.ID{}
		for _, r := range page.Items {
			ids[r.ID] = []model.ID{}
			for _, c := range r.Counsellors {
				require.Equal(t, r.ID, c.RoomID)
				ids[r.ID] = append(ids[r.ID], c.ID)
			}
		}
		require.Equal(t, map[model.ID][]model.ID{b.room.ID: {b.counsellor.AccountID}, second.ID: {}}, ids)
	})
}

func TestTheTextsOfARoomCanBeSeen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		in := RoomIn{UnitID: b.tree.School.ID, Name: " 知心屋 ", Introduction: "\u3164\u2800", Place: "三楼\u200b"}
		room, err := b.svc.CreateRoom(ctx, b.manager, in)
		require.NoError(t, err)
		require.Equal(t, []string{"知心屋", "", "三楼"}, []string{room.Name, room.Introduction, room.Place})
		for _, name := range []string{"\u3164", "两\n行", "\u202e倒"} {
			in.Name = name
			_, err = b.svc.CreateRoom(ctx, b.manager, in)
			require.ErrorIs(t, err, errRoomName)
			_, err = b.svc.UpdateRoom(ctx, b.manager, room.ID, room.Version, in)
			require.ErrorIs(t, err, errRoomName)
			_, err = b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, Profiled{Name: name})
			require.ErrorIs(t, err, errRoomName)
		}
		in.Name, in.OpenHours = "屋", "\u202e倒"
		_, err = b.svc.UpdateRoom(ctx, b.manager, room.ID, room.Version, in)
		storetest.Refused(t, err, "text_malformed")
		_, err = b.svc.Assign(ctx, b.manager, b.room.ID, b.counsellor.AccountID, Profiled{Name: "陈老师", Introduction: "\u202e倒"})
		require.ErrorIs(t, err, errIntroductionText)
	})
}
