// Package supervise shows managers how far the programme has come, and whom
// it has not reached yet.
package supervise

import (
	"context"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// Service is the supervision domain. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	coverage *coverage.Engine
	outbox   *message.Outbox
}

// New makes the service.
func New(st *store.Store, engine *coverage.Engine, outbox *message.Outbox) *Service {
	return &Service{store: st, coverage: engine, outbox: outbox}
}

// Who sees figures, and who also sees names.
var (
	figureReaders = []model.Role{model.RoleTeacher, model.RoleManager, model.RoleInspector}
	nameReaders   = []model.Role{model.RoleTeacher, model.RoleManager}
)

// unit reads a unit at or below one at which the actor holds any of the roles.
func (s *Service) unit(ctx context.Context, actor model.Actor, id model.ID, roles []model.Role) (model.Unit, error) {
	var u model.Unit
	err := s.store.Read(ctx).Where(store.Below("units.id", actor.UnitsAs(s.store.Now(), roles...))).Take(&u, "units.id = ?", id).Error
	return u, store.Found(err, "unit")
}
