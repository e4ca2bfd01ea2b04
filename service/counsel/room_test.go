package counsel

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

func TestRoomsComeWithTheirOwnCounsellors(t *testing.T) {
	each(t, func(t *testing.T, sc *scene) {
		second, err := sc.svc.CreateRoom(t.Context(), sc.manager, RoomIn{UnitID: sc.tree.School.ID, Name: "知心屋"})
		require.NoError(t, err)
		page, err := sc.svc.Rooms(t.Context(), sc.counsellor, store.PageRequest{})
		require.NoError(t, err)
		ids := map[model.ID][]model.ID{}
		for _, r := range page.Items {
			ids[r.ID] = []model.ID{}
			for _, c := range r.Counsellors {
				require.Equal(t, r.ID, c.RoomID)
				ids[r.ID] = append(ids[r.ID], c.ID)
			}
		}
		require.Equal(t, map[model.ID][]model.ID{sc.room.ID: {sc.counsellor.AccountID}, second.ID: {}}, ids)
	})
}
