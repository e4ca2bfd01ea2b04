// Package supervise shows managers how far the programme has come and which
// pupils are not covered yet, and nudges their families.
package supervise

import (
	"context"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/unit"
)

// Service is the supervision domain. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	coverage *coverage.Engine
	outbox   *message.Outbox
	marks    family.Marks
	lessons  Items
	lectures Lectures
}

// Items reads the items of one kind: lessons or lectures.
type Items interface {
	// CoverageItem returns an item that is published at, above or below the
	// unit, and that somebody owes. Any other is not found.
	CoverageItem(ctx context.Context, id, unit model.ID) (coverage.ItemDetail, error)
	// CoverageItems returns those of a term.
	CoverageItems(ctx context.Context, unit model.ID, term model.Term) ([]coverage.ItemDetail, error)
}

// Lectures reads lectures, and their sessions.
type Lectures interface {
	Items
	// NextSessions returns, by pupil, the next session that would cover the
	// pupil. Of a session it has the id, mode, times and place.
	NextSessions(ctx context.Context, lecture model.ID, pupils []model.ID) (map[model.ID]model.LectureSession, error)
}

// New makes the service.
func New(st *store.Store, engine *coverage.Engine, outbox *message.Outbox, v *vault.Vault, lessons Items, lectures Lectures) *Service {
	return &Service{store: st, coverage: engine, outbox: outbox, marks: family.NewMarks(v), lessons: lessons, lectures: lectures}
}

// unit reads a unit at or below one at which the actor holds any of the roles.
func (s *Service) unit(ctx context.Context, actor model.Actor, id model.ID, roles []model.Role) (model.Unit, error) {
	return unit.Get(s.store.Read(ctx), id, unit.Below(actor.UnitsAs(s.store.Now(), roles...)...))
}
