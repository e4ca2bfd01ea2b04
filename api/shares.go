package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/lesson"
)

func (s *Server) shareLesson(ctx context.Context, actor model.Actor, in *IDInput) (lesson.Share, error) {
	return s.svc.Lesson.Share(ctx, actor, in.ID.ID)
}

type openShareInput struct {
	Token string `path:"token" maxLength:"32"`
}

func (s *Server) openShare(ctx context.Context, _ model.Actor, in *openShareInput) (lesson.SharedLesson, error) {
	return s.svc.Lesson.OpenShare(ctx, in.Token)
}

type forwardInput struct {
	IDInput
	Body struct {
		UnitIDs []model.ID `json:"unitIds" minItems:"1" maxItems:"200" doc:"At or below units where the caller is a teacher or manager"`
	}
}

func (s *Server) forwardLesson(ctx context.Context, actor model.Actor, in *forwardInput) (lesson.Forwarded, error) {
	return s.svc.Lesson.Forward(ctx, actor, in.ID.ID, in.Body.UnitIDs)
}

type listForwardsInput struct {
	IDInput
	PageInput
}

func (s *Server) listForwards(ctx context.Context, actor model.Actor, in *listForwardsInput) (page[lesson.ForwardLine], error) {
	p, err := s.svc.Lesson.Forwards(ctx, actor, in.ID.ID, in.Limit, in.Cursor.ID)
	if err != nil {
		return page[lesson.ForwardLine]{}, err
	}
	out := page[lesson.ForwardLine]{Items: p.Items}
	if p.NextCursor != 0 {
		out.NextCursor = p.NextCursor.String()
	}
	return out, nil
}
