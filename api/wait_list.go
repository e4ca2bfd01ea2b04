package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
)

type waitInput struct {
	rest.RequestKey
	Body struct{ counsel.WaitIn }
}

func (s *Server) joinWaitList(ctx context.Context, actor model.Actor, in *waitInput) (counsel.WaitEntry, error) {
	wait := in.Body.WaitIn
	wait.RequestKey = in.Key
	return s.svc.Counsel.Wait(ctx, actor, wait)
}

// acceptInput is as bookInput: the safety question comes first.
type acceptInput struct {
	ID   rest.LenientID `path:"id"`
	Body struct {
		Concern rest.LenientText `json:"concern,omitempty" doc:"At most 2,000 characters; read by the counsellor only"`
		Safety  safety           `json:"safety"`
	}
}

func (s *Server) acceptOffer(ctx context.Context, actor model.Actor, in *acceptInput) (counsel.Booking, error) {
	return s.svc.Counsel.Accept(ctx, actor, in.ID.ID, counsel.AcceptIn{Concern: string(in.Body.Concern), SelfHarm: selfHarm(ctx, in.Body.Safety)})
}
