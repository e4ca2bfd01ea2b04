package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/support/calls"
)

type listCallsInput struct {
	Done bool `query:"done" doc:"Those that were made; absent: those to make, the most urgent first"`
	store.PageRequest
}

func (s *Server) listCalls(ctx context.Context, actor model.Actor, in *listCallsInput) (store.Page[calls.Call], error) {
	return s.svc.Calls.Calls(ctx, actor, calls.CallsIn{Done: in.Done, PageRequest: in.PageRequest})
}

type callDoneInput struct {
	rest.IDInput
	Body struct {
		Outcome model.CallOutcome `json:"outcome"`
	}
}

func (s *Server) callDone(ctx context.Context, actor model.Actor, in *callDoneInput) (calls.Call, error) {
	return s.svc.Calls.CallDone(ctx, actor, in.ID.ID, in.Body.Outcome)
}
