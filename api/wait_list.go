package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
)

type waitInput struct {
	rest.RequestKey
	Body struct {
		CounsellorID model.ID   `json:"counsellorId,omitempty" doc:"This or roomId"`
		RoomID       model.ID   `json:"roomId,omitempty" doc:"Any counsellor of the room"`
		From         *time.Time `json:"from,omitempty" doc:"The talk lies within from and to; absent: now"`
		To           time.Time  `json:"to" doc:"At most 60 days ahead"`
		PupilID      model.ID   `json:"pupilId,omitempty" doc:"The caller's child or, for staff, a pupil of their units; absent: the caller"`
	}
}

func (s *Server) joinWaitList(ctx context.Context, actor model.Actor, in *waitInput) (counsel.WaitEntry, error) {
	b := in.Body
	wait := counsel.WaitIn{CounsellorID: b.CounsellorID, RoomID: b.RoomID, To: b.To, PupilID: b.PupilID, RequestKey: in.Key}
	if b.From != nil {
		wait.From = *b.From
	}
	return s.svc.Counsel.Wait(ctx, actor, wait)
}

// acceptInput is as bookInput: the safety question comes first.
type acceptInput struct {
	ID   rest.LenientID `path:"id"`
	Body struct {
		Concern rest.LenientText `json:"concern,omitempty" doc:"At most 2,000 characters; read by the counsellor only"`
		Safety  safety           `json:"safety"`
		_       struct{}         `additionalProperties:"true"` // an answer to the safety question is never refused for what stands beside it
	}
}

func (s *Server) acceptOffer(ctx context.Context, actor model.Actor, in *acceptInput) (counsel.Booking, error) {
	return s.svc.Counsel.Accept(ctx, actor, in.ID.ID, counsel.AcceptIn{Concern: string(in.Body.Concern), SelfHarm: selfHarm(ctx, in.Body.Safety)})
}
