package lesson

import (
	"context"

	"xinyu/model"
	"xinyu/service/scene"
)

// Scene makes the scene of a lesson that is open now, for whoever may share it.
func (s *Service) Scene(ctx context.Context, actor model.Actor, id model.ID) (model.Scene, error) {
	l, err := s.openLesson(ctx, actor, id)
	if err != nil {
		return model.Scene{}, err
	}
	return s.scenes.Make(ctx, actor, scene.Want{Kind: model.SceneLesson, TargetID: l.ID, Page: "pages/lessons/play",
		Params: map[string]string{"id": l.ID.String()}, Until: s.store.Now().Add(shareLife)})
}
