package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/support/calls"
)

type listCallsInput struct {
	Done   bool   `query:"done" doc:"Those that were made; absent: those to make, the most urgent first"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Cursor string `query:"cursor" maxLength:"64" doc:"nextCursor of the page before"`
}

func (s *Server) listCalls(ctx context.Context, actor model.Actor, in *listCallsInput) (page[calls.Call], error) {
	p, err := s.svc.Calls.Calls(ctx, actor, calls.CallsIn{Done: in.Done, Limit: in.Limit, Cursor: in.Cursor})
	return page[calls.Call]{Items: p.Items, NextCursor: p.NextCursor}, err
}

type callDoneInput struct {
	IDInput
	Body struct {
		Outcome model.CallOutcome `json:"outcome" enum:"reached,no_answer,not_needed"`
	}
}

func (s *Server) callDone(ctx context.Context, actor model.Actor, in *callDoneInput) (calls.Call, error) {
	return s.svc.Calls.CallDone(ctx, actor, in.ID.ID, in.Body.Outcome)
}
