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
		EndMinute     int               `json:"endMinute" minimum:"5" maximum:"2880" doc:"Exclusive; 1440 is midnight, beyond it on the next day: 1620 is three in the morning"`
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

// absence is when a counsellor is away: from a minute of the first day to a minute of the last.
type absence struct {
	CounsellorID model.ID   `json:"counsellorId,omitempty" doc:"A counsellor of a room that the caller manages; absent: the caller"`
	OnDate       model.Date `json:"onDate" maxLength:"10" doc:"The first day, YYYY-MM-DD in Shanghai"`
	UntilDate    model.Date `json:"untilDate,omitempty" maxLength:"10" doc:"The last day; absent: the first"`
	StartMinute  int        `json:"startMinute,omitempty" default:"0" minimum:"0" maximum:"1435" doc:"Of the first day, on a grid of 5 minutes"`
	EndMinute    int        `json:"endMinute,omitempty" default:"1440" minimum:"5" maximum:"1440" doc:"Of the last day, exclusive"`
	Reason       string     `json:"reason,omitempty" maxLength:"100"`
}

func (a absence) exception() model.AvailabilityException {
	return model.AvailabilityException{CounsellorID: a.CounsellorID, OnDate: a.OnDate, UntilDate: a.UntilDate, StartMinute: a.StartMinute, EndMinute: a.EndMinute, Reason: a.Reason}
}

type absenceInput struct{ Body absence }

func (s *Server) previewAbsence(ctx context.Context, actor model.Actor, in *absenceInput) (rest.List[counsel.Booking], error) {
	return rest.ListOf(s.svc.Counsel.Absence(ctx, actor, in.Body.exception()))
}

func (s *Server) createAvailabilityException(ctx context.Context, actor model.Actor, in *absenceInput) (counsel.ExceptionAdded, error) {
	return s.svc.Counsel.AddException(ctx, actor, in.Body.exception())
}
