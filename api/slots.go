package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/platform/store"
)

type listSlotsInput struct {
	From         time.Time    `query:"from" doc:"Absent: now"`
	To           time.Time    `query:"to" doc:"Exclusive; absent: two weeks after from"`
	CounsellorID rest.IDParam `query:"counsellorId"`
	RoomID       rest.IDParam `query:"roomId"`
	store.PageRequest
}

func (s *Server) listSlots(ctx context.Context, actor model.Actor, in *listSlotsInput) (store.Page[counsel.Slot], error) {
	return s.svc.Counsel.Slots(ctx, actor, counsel.SlotsIn{From: in.From, To: in.To, CounsellorID: in.CounsellorID.ID, RoomID: in.RoomID.ID, PageRequest: in.PageRequest})
}

func (s *Server) listHotlines(context.Context, model.Actor, *rest.NoInput) (rest.List[counsel.Hotline], error) {
	return rest.ListOf(counsel.Hotlines(), nil)
}
