package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/support/calls"
)

type callDoneInput struct {
	rest.IDInput
	Body struct {
		Outcome model.CallOutcome `json:"outcome"`
	}
}

func (s *Server) callDone(ctx context.Context, actor model.Actor, in *callDoneInput) (calls.Call, error) {
	return s.svc.Calls.CallDone(ctx, actor, in.ID.ID, in.Body.Outcome)
}
