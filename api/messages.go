package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/supervise"
)

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
