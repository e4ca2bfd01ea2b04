package lecture

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/scene"
)

// sceneAfter is how long after a session its code still leads there, for those who are late.
const sceneAfter = 24 * time.Hour

// Scene makes the scene of a session, for its hosts to put on a screen or a
// wall. It leads to the session's page and proves nothing: to check in takes
// the rotating code all the same.
func (s *Service) Scene(ctx context.Context, actor model.Actor, id model.ID) (model.Scene, error) {
	session, err := s.runnable(s.store.Read(ctx), actor, id)
	if err != nil {
		return model.Scene{}, err
	}
	if err := refuseOver(session.StatusAt(s.store.Now())); err != nil {
		return model.Scene{}, err
	}
	return s.scenes.Make(ctx, actor, scene.Want{Kind: model.SceneSession, TargetID: id, Page: "pages/lectures/session",
		Params: map[string]string{"id": id.String()}, Until: session.EndsAt.Add(sceneAfter)})
}
