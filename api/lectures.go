package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/lecture"
)

type createLectureInput struct {
	Body struct{ lecture.NewLecture }
}

func (s *Server) createLecture(ctx context.Context, actor model.Actor, in *createLectureInput) (lecture.Lecture, error) {
	return s.svc.Lecture.Publish(ctx, actor, in.Body.NewLecture)
}
