package org

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/scene"
)

// sceneLife is how long a class's code on a notice to parents leads to the binding: about a term.
const sceneLife = 180 * 24 * time.Hour

// Scene makes the scene of a class's binding, for its teachers and managers.
// It carries the class's code, as a printed notice does, and so ends when that
// is replaced.
func (s *Service) Scene(ctx context.Context, actor model.Actor, id model.ID) (model.Scene, error) {
	var class model.Unit
	err := s.store.Read(ctx).Where(store.Below("units.id", actor.UnitsAs(s.store.Now(), codeRoles...))).
		Take(&class, "units.id = ? AND archived_at IS NULL", id).Error
	if err != nil {
		return model.Scene{}, store.Found(err, "unit")
	}
	if class.Kind != model.UnitClass {
		return model.Scene{}, errNotClass
	}
	return s.scenes.Make(ctx, actor, scene.Want{Kind: model.SceneClass, TargetID: id, Page: "pages/mine/bind",
		Params: map[string]string{"classCode": class.Code}, Until: s.store.Now().Add(sceneLife)})
}
