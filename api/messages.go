package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
	"xinyu/service/message"
	"xinyu/service/supervise"
)

func (s *Server) listMessages(ctx context.Context, actor model.Actor, _ *rest.NoInput) (rest.List[message.Permission], error) {
	return rest.ListOf(s.svc.Messages.Permissions(ctx, actor))
}

type noteMessagesInput struct {
	rest.RequestKey
	Body struct {
		Accepted []string `json:"accepted,omitempty" maxItems:"10" doc:"Templates that were allowed: one message each"`
		Refused  []string `json:"refused,omitempty" maxItems:"10"`
	}
}

func (s *Server) noteMessages(ctx context.Context, actor model.Actor, in *noteMessagesInput) (rest.List[message.Permission], error) {
	return rest.ListOf(s.svc.Messages.Note(ctx, actor, message.Taps{Accepted: in.Body.Accepted, Refused: in.Body.Refused, RequestKey: in.Key}))
}

func (s *Server) remindSession(ctx context.Context, actor model.Actor, in *rest.IDInput) (lecture.Reminded, error) {
	return s.svc.Lecture.Remind(ctx, actor, in.ID.ID)
}

type nudgeInput struct {
	Body struct {
		ItemKind model.ItemKind `json:"itemKind"`
		ItemID   model.ID       `json:"itemId"`
		Side     model.Side     `json:"side"`
		UnitID   model.ID       `json:"unitId"`
	}
}

func (s *Server) nudge(ctx context.Context, actor model.Actor, in *nudgeInput) (supervise.Nudges, error) {
	b := in.Body
	return s.svc.Supervise.Nudge(ctx, actor, supervise.ItemKey{Kind: b.ItemKind, ID: b.ItemID, Side: b.Side}, b.UnitID)
}
