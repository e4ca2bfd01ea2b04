package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
)

type addPostInput struct {
	rest.IDInput
	rest.RequestKey
	Body struct {
		Text string `json:"text" doc:"At most 500 characters; lines may end, other control characters are refused"`
	}
}

func (s *Server) addPost(ctx context.Context, actor model.Actor, in *addPostInput) (lecture.Post, error) {
	return s.svc.Lecture.AddPost(ctx, actor, in.ID.ID, lecture.NewPost{Text: in.Body.Text, RequestKey: in.Key})
}

type reportPostInput struct {
	rest.IDInput
	Body struct {
		Reason model.PostReportReason `json:"reason"`
	}
}

func (s *Server) reportPost(ctx context.Context, actor model.Actor, in *reportPostInput) (rest.None, error) {
	return rest.None{}, s.svc.Lecture.ReportPost(ctx, actor, in.ID.ID, in.Body.Reason)
}
