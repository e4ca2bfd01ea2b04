package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lesson"
)

type openShareInput struct {
	Token string `path:"token" maxLength:"32"`
}

func (s *Server) openShare(ctx context.Context, _ model.Actor, in *openShareInput) (lesson.SharedLesson, error) {
	return s.svc.Lesson.OpenShare(ctx, in.Token)
}

type forwardInput struct {
	rest.IDInput
	Body struct {
		UnitIDs []model.ID `json:"unitIds" minItems:"1" maxItems:"200" doc:"At or below units where the caller is a teacher or manager"`
	}
}

func (s *Server) forwardLesson(ctx context.Context, actor model.Actor, in *forwardInput) (lesson.Forwarded, error) {
	return s.svc.Lesson.Forward(ctx, actor, in.ID.ID, in.Body.UnitIDs)
}
