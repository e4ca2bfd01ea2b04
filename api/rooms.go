package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
)

// RoomBody is what a manager writes about a room. (Exported, as huma leaves
// the fields of an embedded type out where its name is not.)
type RoomBody struct {
	Name            string `json:"name" minLength:"1" maxLength:"100"`
	Place           string `json:"place,omitempty" maxLength:"200"`
	Introduction    string `json:"introduction,omitempty" maxLength:"2000"`
	OpenHours       string `json:"openHours,omitempty" maxLength:"200" doc:"In words"`
	MaxOpenBookings int    `json:"maxOpenBookings,omitempty" minimum:"1" maximum:"20" doc:"How many talks to come one account can book for one person; absent: 2, or as it is"`
	Closed          bool   `json:"closed,omitempty" doc:"Opens no slots any more"`
}

func (b RoomBody) in(unitID model.ID) counsel.RoomIn {
	return counsel.RoomIn{UnitID: unitID, Name: b.Name, Place: b.Place, Introduction: b.Introduction, OpenHours: b.OpenHours, MaxOpenBookings: b.MaxOpenBookings, Closed: b.Closed}
}

type createRoomInput struct {
	Body struct {
		UnitID model.ID `json:"unitId" doc:"A school, station, academy, town or county that the caller manages"`
		RoomBody
	}
}

func (s *Server) createRoom(ctx context.Context, actor model.Actor, in *createRoomInput) (counsel.Room, error) {
	return s.svc.Counsel.CreateRoom(ctx, actor, in.Body.in(in.Body.UnitID))
}

type updateRoomInput struct {
	rest.IDInput
	Body RoomBody
}

func (s *Server) updateRoom(ctx context.Context, actor model.Actor, in *updateRoomInput) (counsel.Room, error) {
	return s.svc.Counsel.UpdateRoom(ctx, actor, in.ID.ID, in.Body.in(0))
}

type assignCounsellorInput struct {
	rest.IDInput
	AccountID rest.IDParam `path:"accountId"`
	Body      struct {
		Name         string `json:"name" minLength:"1" maxLength:"64" doc:"As families see it"`
		Introduction string `json:"introduction,omitempty" maxLength:"2000" doc:"Absent: what the counsellor wrote stays"`
	}
}

func (s *Server) assignCounsellor(ctx context.Context, actor model.Actor, in *assignCounsellorInput) (counsel.CounsellorCard, error) {
	return s.svc.Counsel.Assign(ctx, actor, in.ID.ID, in.AccountID.ID, in.Body.Name, in.Body.Introduction)
}

type introduceInput struct {
	Body struct {
		Introduction string `json:"introduction" doc:"At most 2,000 characters; empty takes it back"`
	}
}

func (s *Server) introduce(ctx context.Context, actor model.Actor, in *introduceInput) (counsel.CounsellorCard, error) {
	return s.svc.Counsel.Introduce(ctx, actor, in.Body.Introduction)
}
