package counsel

import (
	"slices"

	"gorm.io/gorm"

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

// counselledBy keeps the bookings of which the actor is the counsellor and holds
// the counsellor's role at or above the booking's unit now.
func (s *Service) counselledBy(actor model.Actor) store.Cond {
	return store.All(store.Where("bookings.counsellor_id = ?", actor.AccountID), s.atTheirPost(actor))
}

// counselled returns those of the bookings that counselledBy keeps, by id.
func (s *Service) counselled(db *gorm.DB, actor model.Actor, rows []model.Booking) (map[model.ID]bool, error) {
	at, mine := actor.UnitsAs(s.store.Now(), model.RoleCounsellor), map[model.ID]bool{}
	var units []model.ID
	for _, b := range rows {
		if b.CounsellorID == actor.AccountID && !slices.Contains(units, b.UnitID) {
			units = append(units, b.UnitID)
		}
	}
	there, err := store.AmongBelow(db, units, at)
	for _, b := range rows {
		mine[b.ID] = b.CounsellorID == actor.AccountID && there[b.UnitID]
	}
	return mine, err
}

// asks reports whether the actor is on the asking side of the booking: who made
// it, or the pupil who comes.
func asks(actor model.Actor, b model.Booking) bool {
	return actor.AccountID == b.AccountID || actor.PupilID != 0 && actor.PupilID == b.PupilID
}

// askedBy keeps the rows, bookings or wait_entries, that the actor made and
// could make now: for themselves, for the own child or pupil, or as staff for a
// pupil of theirs. Where a child will be is not for a former guardian to know,
// nor for staff who have lost the post.
func (s *Service) askedBy(actor model.Actor, table string) store.Cond {
	pupil := table + ".pupil_id"
	return store.All(store.Where(table+".account_id = ?", actor.AccountID), store.Any(store.Where(pupil+" = 0"),
		family.PupilOf(pupil, actor), family.InClassesBelow(pupil, actor.UnitsAs(s.store.Now(), model.PupilFinders...))))
}

// comes keeps the bookings whose pupil is the actor, made since the account is
// the pupil's; none where the actor is no pupil.
func comes(actor model.Actor, table string) store.Cond {
	if actor.PupilID == 0 {
		return store.Nothing()
	}
	return store.All(store.Where(table+".pupil_id = ?", actor.PupilID), family.SinceOwn(table+".pupil_id", table+".created_at", actor.AccountID))
}

// bookingsVisibleTo keeps the bookings that the actor asked for, the pupil's
// own, those that they counsel, and those in the rooms that they manage. A
// guardian does not see what a child booked alone: a child may have reasons to
// ask alone.
func (s *Service) bookingsVisibleTo(actor model.Actor) store.Cond {
	return store.Any(s.askedBy(actor, "bookings"), comes(actor, "bookings"), s.managedBy(actor, "bookings.unit_id"), s.counselledBy(actor))
}
