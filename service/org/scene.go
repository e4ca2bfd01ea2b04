package org

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/scene"
	"xinyu/service/unit"
)

// sceneLife is how long a class's code on a notice to parents leads to the binding: about a term.
const sceneLife = 180 * 24 * time.Hour

// Scene makes the scene of a class's binding, for its teachers and managers.
// It carries the class's code, as a printed notice does, and so ends when that
// is replaced.
func (s *Service) Scene(ctx context.Context, actor model.Actor, id model.ID) (model.Scene, error) {
	class, err := unit.Get(s.store.Read(ctx), id, unit.Below(actor.UnitsAs(s.store.Now(), model.Hosts...)...), unit.InUse())
	if err != nil {
		return model.Scene{}, err
	}
	if class.Kind != model.UnitClass {
		return model.Scene{}, errNotClass
	}
	return s.scenes.Make(ctx, actor, scene.Want{Kind: model.SceneClass, TargetID: id, Page: "pages/mine/bind",
		Params: map[string]string{"classCode": class.Code}, Until: s.store.Now().Add(sceneLife)})
}
