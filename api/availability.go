package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
	"xinyu/service/platform/store"
)

type counsellorQuery struct {
	CounsellorID store.IDParam `query:"counsellorId" doc:"A counsellor of a room that the caller manages; absent: the caller"`
}

func (s *Server) listAvailabilityRules(ctx context.Context, actor model.Actor, in *counsellorQuery) (rest.List[counsel.Rule], error) {
	return rest.ListOf(s.svc.Counsel.Rules(ctx, actor, in.CounsellorID.ID))
}

type createAvailabilityRuleInput struct {
	Body struct {
		CounsellorID  model.ID          `json:"counsellorId,omitempty" doc:"A counsellor of a room that the caller manages; absent: the caller"`
		Mode          model.CounselMode `json:"mode"`
		Weekday       int               `json:"weekday" minimum:"0" maximum:"6" doc:"0 is Sunday"`
		StartMinute   int               `json:"startMinute" minimum:"0" maximum:"1435" doc:"Of the day in Shanghai, on a grid of 5 minutes"`
		EndMinute     int               `json:"endMinute" minimum:"5" maximum:"1440" doc:"Exclusive"`
		SlotMinutes   int               `json:"slotMinutes" minimum:"5" maximum:"240"`
		BufferMinutes int               `json:"bufferMinutes,omitempty" minimum:"0" maximum:"240" doc:"Kept free after each slot"`
		LeadMinutes   int               `json:"leadMinutes,omitempty" minimum:"0" maximum:"20160" doc:"How long before its start a slot can still be booked"`
		HorizonDays   int               `json:"horizonDays,omitempty" default:"14" minimum:"1" maximum:"60" doc:"How many days ahead slots are opened"`
		ValidFrom     model.Date        `json:"validFrom,omitempty" maxLength:"10" doc:"YYYY-MM-DD; absent: today"`
		ValidUntil    model.Date        `json:"validUntil,omitempty" maxLength:"10" doc:"YYYY-MM-DD, inclusive; absent: for good"`
	}
}

func (s *Server) createAvailabilityRule(ctx context.Context, actor model.Actor, in *createAvailabilityRuleInput) (counsel.Rule, error) {
	b := in.Body
	return s.svc.Counsel.AddRule(ctx, actor, model.AvailabilityRule{
		CounsellorID: b.CounsellorID, Mode: b.Mode, Weekday: time.Weekday(b.Weekday), StartMinute: b.StartMinute, EndMinute: b.EndMinute, SlotMinutes: b.SlotMinutes,
		BufferMinutes: b.BufferMinutes, LeadMinutes: b.LeadMinutes, HorizonDays: b.HorizonDays, ValidFrom: b.ValidFrom, ValidUntil: b.ValidUntil,
	})
}

func (s *Server) listAvailabilityExceptions(ctx context.Context, actor model.Actor, in *counsellorQuery) (rest.List[counsel.Exception], error) {
	return rest.ListOf(s.svc.Counsel.Exceptions(ctx, actor, in.CounsellorID.ID))
}

type createAvailabilityExceptionInput struct {
	Body struct {
		CounsellorID model.ID   `json:"counsellorId,omitempty" doc:"A counsellor of a room that the caller manages; absent: the caller"`
		OnDate       model.Date `json:"onDate" maxLength:"10" doc:"YYYY-MM-DD in Shanghai"`
		StartMinute  int        `json:"startMinute,omitempty" default:"0" minimum:"0" maximum:"1435" doc:"Of the day, on a grid of 5 minutes"`
		EndMinute    int        `json:"endMinute,omitempty" default:"1440" minimum:"5" maximum:"1440" doc:"Exclusive"`
		Reason       string     `json:"reason,omitempty" maxLength:"100"`
	}
}

func (s *Server) createAvailabilityException(ctx context.Context, actor model.Actor, in *createAvailabilityExceptionInput) (counsel.ExceptionAdded, error) {
	b := in.Body
	return s.svc.Counsel.AddException(ctx, actor, model.AvailabilityException{
		CounsellorID: b.CounsellorID, OnDate: b.OnDate, StartMinute: b.StartMinute, EndMinute: b.EndMinute, Reason: b.Reason,
	})
}
