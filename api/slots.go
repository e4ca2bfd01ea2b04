package api

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/counsel"
)

type listSlotsInput struct {
	From         time.Time `query:"from" doc:"Absent: now"`
	To           time.Time `query:"to" doc:"Exclusive; absent: two weeks after from"`
	CounsellorID idParam   `query:"counsellorId"`
	RoomID       idParam   `query:"roomId"`
	Limit        int       `query:"limit" default:"100" minimum:"1" maximum:"200"`
	Cursor       string    `query:"cursor" maxLength:"64" doc:"nextCursor of the page before"`
}

func (s *Server) listSlots(ctx context.Context, actor model.Actor, in *listSlotsInput) (page[counsel.Slot], error) {
	p, err := s.svc.Counsel.Slots(ctx, actor, counsel.SlotsIn{From: in.From, To: in.To, CounsellorID: in.CounsellorID.ID, RoomID: in.RoomID.ID, Limit: in.Limit, Cursor: in.Cursor})
	return page[counsel.Slot]{Items: p.Items, NextCursor: p.NextCursor}, err
}

func (s *Server) listHotlines(context.Context, model.Actor, *noInput) (list[counsel.Hotline], error) {
	return listOf(counsel.Hotlines(), nil)
}
