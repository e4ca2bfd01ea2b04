package counsel

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
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
