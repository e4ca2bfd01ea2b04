package counsel

import (
	"slices"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// roomsVisibleTo keeps the rooms that the actor may see. Families see those of
// their children's schools and of the units above; staff also all below their units.
func (s *Service) roomsVisibleTo(actor model.Actor) store.Cond {
	now := s.store.Now()
	staff := actor.UnitsAs(now, model.PupilFinders...)
	from := slices.Concat(staff, actor.UnitsAs(now, model.Families...))
	return store.Any(store.Above("rooms.unit_id", from), store.Below("rooms.unit_id", staff))
}

// managedBy keeps the rooms, or bookings, whose column names a unit that the
// actor manages or one below it.
func (s *Service) managedBy(actor model.Actor, column string) store.Cond {
	return store.Below(column, actor.UnitsAs(s.store.Now(), model.RoleManager))
}

// bookingsVisibleTo keeps the bookings that the actor may see: their own, the
// pupil's own, the counsellor's while they are one, and those in the rooms that
// they manage. A guardian does not see what a child booked alone: a child may
// have reasons to ask alone. A booking for a pupil is hidden from its maker
// once the family or the school has ended their guardianship: the claim was
// wrong, and where the child will be is not theirs to know.
func (s *Service) bookingsVisibleTo(actor model.Actor) store.Cond {
	visible := []store.Cond{
		store.All(store.Where("bookings.account_id = ?", actor.AccountID), family.NotTakenAway("bookings.pupil_id", "bookings.account_id")),
		s.managedBy(actor, "bookings.unit_id"),
	}
	if actor.Has(s.store.Now(), model.RoleCounsellor) {
		visible = append(visible, store.Where("bookings.counsellor_id = ?", actor.AccountID))
	}
	if actor.PupilID != 0 {
		visible = append(visible, store.Where("bookings.pupil_id = ?", actor.PupilID))
	}
	return store.Any(visible...)
}
