package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/platform/store"
)

// RoomBody is what a manager writes about a room. (Exported, as huma leaves
// the fields of an embedded type out where its name is not.)
type RoomBody struct{ counsel.RoomIn }

type createRoomInput struct {
	Body struct {
		UnitID model.ID `json:"unitId" doc:"A school, station, academy, town or county that the caller manages"`
		RoomBody
	}
}

func (s *Server) createRoom(ctx context.Context, actor model.Actor, in *createRoomInput) (counsel.Room, error) {
	room := in.Body.RoomIn
	room.UnitID = in.Body.UnitID
	return s.svc.Counsel.CreateRoom(ctx, actor, room)
}

type updateRoomInput struct {
	rest.IDInput
	Body struct {
		Version int `json:"version" minimum:"1" doc:"The version that the change was made to"`
		RoomBody
	}
}

func (s *Server) updateRoom(ctx context.Context, actor model.Actor, in *updateRoomInput) (counsel.Room, error) {
	return s.svc.Counsel.UpdateRoom(ctx, actor, in.ID.ID, in.Body.Version, in.Body.RoomIn)
}

type assignCounsellorInput struct {
	rest.IDInput
	AccountID store.IDParam `path:"accountId"`
	Body      struct {
		Name         string `json:"name" minLength:"1" maxLength:"64" doc:"As families see it"`
		Introduction string `json:"introduction,omitempty" maxLength:"2000" doc:"Absent: what the counsellor wrote stays"`
		Version      int    `json:"version,omitempty" minimum:"0" doc:"The version of the profile that the change was made to; absent: the counsellor has none yet"`
	}
}

func (s *Server) assignCounsellor(ctx context.Context, actor model.Actor, in *assignCounsellorInput) (counsel.CounsellorCard, error) {
	return s.svc.Counsel.Assign(ctx, actor, in.ID.ID, in.AccountID.ID, counsel.Profiled{Name: in.Body.Name, Introduction: in.Body.Introduction, Version: in.Body.Version})
}

type introduceInput struct {
	Body struct {
		Version      int    `json:"version" minimum:"1" doc:"The version that the change was made to"`
		Introduction string `json:"introduction" doc:"At most 2,000 characters; empty takes it back"`
	}
}

func (s *Server) introduce(ctx context.Context, actor model.Actor, in *introduceInput) (counsel.CounsellorCard, error) {
	return s.svc.Counsel.Introduce(ctx, actor, in.Body.Version, in.Body.Introduction)
}
