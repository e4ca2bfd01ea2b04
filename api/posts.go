package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lecture"
	"xinyu/service/platform/store"
)

func (s *Server) listPosts(ctx context.Context, actor model.Actor, in *SessionListInput) (store.Page[lecture.Post], error) {
	return s.svc.Lecture.Posts(ctx, actor, in.ID.ID, in.PageRequest)
}

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

func (s *Server) deletePost(ctx context.Context, actor model.Actor, in *rest.IDInput) (rest.None, error) {
	return rest.None{}, s.svc.Lecture.DeletePost(ctx, actor, in.ID.ID)
}

func (s *Server) hidePost(ctx context.Context, actor model.Actor, in *rest.IDInput) (lecture.Post, error) {
	return s.svc.Lecture.HidePost(ctx, actor, in.ID.ID)
}

func (s *Server) showPost(ctx context.Context, actor model.Actor, in *rest.IDInput) (lecture.Post, error) {
	return s.svc.Lecture.ShowPost(ctx, actor, in.ID.ID)
}
