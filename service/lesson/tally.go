package lesson

import (
	"cmp"
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Tally is how far a lesson has reached in a unit.
type Tally struct {
	Roster    int     `json:"roster" doc:"Pupils on the rosters"`
	Started   int     `json:"started"`
	Completed int     `json:"completed"`
	Rate      float64 `json:"rate" doc:"Completed in percent of the roster, one decimal"`
}

// Tally returns the counts of a unit for one side of a lesson; side "" means
// the pupils' or, where the lesson is for guardians only, theirs. Staff may
// ask for units at or below their own, families for those above their class.
func (s *Service) Tally(ctx context.Context, actor model.Actor, id, unitID model.ID, side model.Side) (Tally, error) {
	var l model.Lesson
	if err := s.store.Read(ctx).Where(s.visibleTo(actor)).Take(&l, "lessons.id = ?", id).Error; err != nil {
		return Tally{}, store.Found(err, "lesson")
	}
	side = cmp.Or(side, l.List()[0])
	if !l.Include(side) {
		return Tally{}, model.Invalid("side", "side_not_owed", "这节微课没有这个对象")
	}
	now := s.store.Now()
	allowed := store.Any(unit.Below(actor.UnitsAs(now, model.Staff...)...), unit.Above(actor.UnitsAs(now, model.Families...)...))
	if _, err := unit.Get(s.store.Read(ctx), unitID, allowed); err != nil {
		return Tally{}, err
	}
	figures, err := s.coverage.Figures(ctx, l.Item(), side, []model.ID{unitID})
	if err != nil {
		return Tally{}, err
	}
	f := figures[unitID]
	return Tally{Roster: f.Roster, Started: f.Started, Completed: f.Covered, Rate: f.Rate()}, nil
}
