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
