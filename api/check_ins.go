package api

import (
	"context"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
)

type checkInInput struct {
	Body struct {
		lecture.CheckIn
		At *time.Time `json:"at,omitempty" doc:"When the phone scanned. For information: the server goes by its own clock and the code"`
	}
}

func (s *Server) checkIn(ctx context.Context, actor model.Actor, in *checkInInput) (lecture.CheckInResult, error) {
	return s.svc.Lecture.CheckIn(ctx, actor, in.Body.CheckIn)
}

type rollCallInput struct {
	rest.IDInput
	Body struct{ lecture.RollCall }
}

func (s *Server) rollCall(ctx context.Context, actor model.Actor, in *rollCallInput) (lecture.RollCallCounts, error) {
	return s.svc.Lecture.RollCall(ctx, actor, in.ID.ID, in.Body.RollCall)
}

type decideInput struct {
	rest.IDInput
	Body struct {
		CheckInIDs []model.ID `json:"checkInIds" minItems:"1" maxItems:"500"`
	}
}

func (s *Server) confirmLate(ctx context.Context, actor model.Actor, in *decideInput) (lecture.Decided, error) {
	return s.svc.Lecture.ConfirmLate(ctx, actor, in.ID.ID, in.Body.CheckInIDs)
}

func (s *Server) refuseLate(ctx context.Context, actor model.Actor, in *decideInput) (lecture.Decided, error) {
	return s.svc.Lecture.RefuseLate(ctx, actor, in.ID.ID, in.Body.CheckInIDs)
}
