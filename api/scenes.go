package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	scenes "xinyu/service/scene"
)

type makeSceneInput struct {
	Body struct {
		Kind     model.SceneKind `json:"kind" doc:"A session for its hosts, a lesson for whoever may share it, a class for its teachers and managers"`
		TargetID model.ID        `json:"targetId"`
		Link     bool            `json:"link,omitempty" doc:"Also a URL link, for teachers and managers"`
	}
}

func (s *Server) makeScene(ctx context.Context, actor model.Actor, in *makeSceneInput) (scenes.View, error) {
	makers := map[model.SceneKind]func(context.Context, model.Actor, model.ID) (model.Scene, error){
		model.SceneSession: s.svc.Lecture.Scene, model.SceneLesson: s.svc.Lesson.Scene, model.SceneClass: s.svc.Org.Scene,
	}
	row, err := makers[in.Body.Kind](ctx, actor, in.Body.TargetID)
	if err != nil {
		return scenes.View{}, err
	}
	linked := in.Body.Link && actor.Has(s.now(), model.Hosts...)
	return s.svc.Scenes.Show(ctx, row, rest.Base, linked), nil
}

type openSceneInput struct {
	Scene string `path:"scene" maxLength:"32"`
}

func (s *Server) openScene(ctx context.Context, _ model.Actor, in *openSceneInput) (scenes.Opened, error) {
	return s.svc.Scenes.Open(ctx, in.Scene)
}

// scenePicture draws a scene's code: WeChat's, or an ordinary one.
func (s *Server) scenePicture(ctx context.Context, _ model.Actor, in *openSceneInput) (rest.File, error) {
	picture, err := s.svc.Scenes.Picture(ctx, in.Scene)
	return rest.File{Type: pngType, CacheControl: "public, max-age=300", Body: picture}, err // an ordinary code gives way to WeChat's soon
}
