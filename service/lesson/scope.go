package lesson

import (
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// The column of the unit that publishes a lesson.
const unitColumn = "lessons.unit_id"

// openAt keeps the lessons that are published, within their window.
func openAt(now time.Time) store.Cond {
	return store.Where("lessons.status = ? AND (lessons.publish_from IS NULL OR lessons.publish_from <= ?) AND (lessons.publish_until IS NULL OR lessons.publish_until > ?)",
		model.LessonPublished, now, now)
}

// watchable keeps the lessons that are open now to the classes of the actor,
// a guardian or pupil. Having no class means none.
func (s *Service) watchable(actor model.Actor) store.Cond {
	now := s.store.Now()
	return store.All(openAt(now), store.Above(unitColumn, actor.UnitsAs(now, model.Families...)))
}

// ownedBy keeps the lessons of the units at or below those that the actor manages.
func (s *Service) ownedBy(actor model.Actor) store.Cond {
	return store.Below(unitColumn, actor.UnitsAs(s.store.Now(), model.RoleManager))
}

// visibleTo keeps the lessons that the actor may see: families those that they
// can watch, staff what is published at, above and below their units, and
// managers everything at and below theirs.
func (s *Service) visibleTo(actor model.Actor) store.Cond {
	published := store.Where("lessons.status = ?", model.LessonPublished)
	return store.Any(
		s.watchable(actor),
		store.All(published, store.Around(unitColumn, actor.UnitsAs(s.store.Now(), model.Staff...))),
		s.ownedBy(actor),
	)
}
