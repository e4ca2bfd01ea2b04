package counsel

import (
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
)

// roomsVisibleTo is a scope on rooms: to families, those of their children's
// schools and of the units above; to staff these and all below their units.
func (s *Service) roomsVisibleTo(actor model.Actor) func(*gorm.DB) *gorm.DB {
	now := s.store.Now()
	staff := actor.UnitsAs(now, model.RoleCounsellor, model.RoleTeacher, model.RoleManager)
	from := slices.Concat(staff, actor.UnitsAs(now, model.RoleGuardian, model.RolePupil))
	return func(db *gorm.DB) *gorm.DB {
		switch {
		case len(from) == 0:
			return db.Where("1 = 0")
		case len(staff) == 0:
			return db.Where("rooms.unit_id IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN ?)", from)
		}
		return db.Where("(rooms.unit_id IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN ?) OR "+
			"rooms.unit_id IN (SELECT unit_id FROM unit_closure WHERE ancestor_id IN ?))", from, staff)
	}
}

// managed are the units whose rooms the actor manages, with all below them.
func (s *Service) managed(actor model.Actor) []model.ID {
	return actor.UnitsAs(s.store.Now(), model.RoleManager)
}

// bookingsVisibleTo is a scope on bookings: one's own, the pupil's own, the
// counsellor's while they are one, and those in the rooms that one manages. Nobody sees a booking
// by being the guardian of its pupil: a child may have reasons to ask alone.
// One's own for a pupil are no longer there for whom the family or the school
// has taken from the pupil's side: the claim was wrong, and where the child
// will be is not theirs to know.
func (s *Service) bookingsVisibleTo(actor model.Actor) func(*gorm.DB) *gorm.DB {
	units := s.managed(actor)
	return func(db *gorm.DB) *gorm.DB {
		where, args := "bookings.account_id = ? AND (NOT EXISTS (SELECT 1 FROM binding_ends AS e WHERE e.pupil_id = bookings.pupil_id AND e.account_id = bookings.account_id AND e.ended_by <> e.account_id)"+
			" OR EXISTS (SELECT 1 FROM guardianships AS g WHERE g.pupil_id = bookings.pupil_id AND g.account_id = bookings.account_id))", []any{actor.AccountID}
		if actor.Has(s.store.Now(), model.RoleCounsellor) {
			where, args = where+" OR bookings.counsellor_id = ?", append(args, actor.AccountID)
		}
		if actor.PupilID != 0 {
			where, args = where+" OR bookings.pupil_id = ?", append(args, actor.PupilID)
		}
		if len(units) > 0 {
			where, args = where+" OR bookings.unit_id IN (SELECT unit_id FROM unit_closure WHERE ancestor_id IN ?)", append(args, units)
		}
		return db.Where("("+where+")", args...)
	}
}
