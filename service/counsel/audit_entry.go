package counsel

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// What the audit log says of what staff read and write here. A family's own calls
// write no entries: it knows what it did itself.

// MadeBy keeps the rows whose column names a booking that the account made.
func MadeBy(column string, account model.ID) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM bookings AS made WHERE made.id = "+column+" AND made.account_id = ?)", account)
}

// entry is what the audit log says of a booking, its records, or a wait-list entry.
// Guardians are not shown it, but for who made the booking: another may not know of it.
func entry(action model.AuditAction, subject model.AuditSubject, id, pupil, unit model.ID, role model.Role) audit.Entry {
	return audit.Entry{Action: action, Subject: subject, SubjectID: id, PupilID: pupil, UnitID: unit, Role: role, Purpose: audit.PurposeOf(role), Withheld: pupil != 0}
}

// rolesFor returns by which role of staff the actor sees each of the bookings. Those
// which are the actor's own or their child's are not in it.
func (s *Service) rolesFor(db *gorm.DB, actor model.Actor, rows []model.Booking) (map[model.ID]model.Role, error) {
	asking := s.askingRole(actor)
	if asking == "" {
		return nil, nil
	}
	counselled, err := s.counselled(db, actor, rows)
	if err != nil {
		return nil, err
	}
	children, err := family.Children(db, []model.ID{actor.AccountID})
	theirs := store.Set(children[actor.AccountID])
	roles := map[model.ID]model.Role{}
	for _, b := range rows {
		switch {
		case counselled[b.ID]:
			roles[b.ID] = model.RoleCounsellor
		case b.AccountID != actor.AccountID:
			roles[b.ID] = model.RoleManager
		case b.PupilID != 0 && !theirs[b.PupilID]:
			roles[b.ID] = asking
		}
	}
	return roles, err
}

// askingRole is the role of staff by which the actor asks for a pupil, or empty.
func (s *Service) askingRole(actor model.Actor) model.Role {
	return actor.Holding(s.store.Now(), model.PupilFinders...)
}

// reads are the entries of bookings that are shown to the actor. Managers of the
// room are shown nothing of who comes.
func (s *Service) reads(db *gorm.DB, actor model.Actor, rows []model.Booking) ([]audit.Entry, error) {
	roles, err := s.rolesFor(db, actor, rows)
	var entries []audit.Entry
	for _, b := range rows {
		if role, staff := roles[b.ID]; staff && (b.AccountID == actor.AccountID || role == model.RoleCounsellor) {
			entries = append(entries, entry(model.AuditRead, model.AuditBooking, b.ID, b.PupilID, b.UnitID, role))
		}
	}
	return entries, err
}

// logChange notes, in the transaction of the change, what the actor as a member of
// staff did with a booking. They see it then.
func (s *Service) logChange(tx *gorm.DB, actor model.Actor, b model.Booking) error {
	roles, err := s.rolesFor(tx, actor, []model.Booking{b})
	if role, staff := roles[b.ID]; err == nil && staff {
		err = s.log.Write(tx, actor, entry(model.AuditWrite, model.AuditBooking, b.ID, b.PupilID, b.UnitID, role))
	}
	return err
}

// waits are the entries of places on the wait-list which the actor, as a member of
// staff, asked for. Like those of bookings they are the room's unit's: the pupil's class
// is not for its managers to know.
func (s *Service) waits(db *gorm.DB, actor model.Actor, action model.AuditAction, rows ...model.WaitEntry) ([]audit.Entry, error) {
	asking := s.askingRole(actor)
	if asking == "" {
		return nil, nil
	}
	children, err := family.Children(db, []model.ID{actor.AccountID})
	if err != nil {
		return nil, err
	}
	theirs := store.Set(children[actor.AccountID])
	units, err := unitsOfWaits(db, rows)
	var entries []audit.Entry
	for _, w := range rows {
		if w.PupilID != 0 && !theirs[w.PupilID] {
			entries = append(entries, entry(action, model.AuditBooking, w.ID, w.PupilID, units[w.ID], asking))
		}
	}
	return entries, err
}

// unitsOfWaits returns the unit of the room, or of the counsellor's room, that each entry waits for.
func unitsOfWaits(db *gorm.DB, rows []model.WaitEntry) (map[model.ID]model.ID, error) {
	var found []model.WaitEntry // with the unit in the place of the room
	err := db.Model(&model.WaitEntry{}).Joins("LEFT JOIN counsellors AS c ON c.account_id = wait_entries.counsellor_id").
		Joins("JOIN rooms AS r ON r.id = CASE WHEN wait_entries.room_id <> 0 THEN wait_entries.room_id ELSE c.room_id END").
		Where(store.In("wait_entries.id", store.Each(rows, func(w model.WaitEntry) model.ID { return w.ID }))).
		Select("wait_entries.id, r.unit_id AS room_id").Scan(&found).Error
	return store.Keyed(found, func(w model.WaitEntry) (model.ID, model.ID) { return w.ID, w.RoomID }), err
}

// logWait notes, in the transaction of the change, what staff did with a place on the wait-list.
func (s *Service) logWait(tx *gorm.DB, actor model.Actor, w model.WaitEntry) error {
	entries, err := s.waits(tx, actor, model.AuditWrite, w)
	if err != nil {
		return err
	}
	return s.log.Write(tx, actor, entries...)
}

// logOverview notes which bookings and places for pupils an overview shows to staff.
func (s *Service) logOverview(ctx context.Context, actor model.Actor, out Overview) error {
	if s.askingRole(actor) == "" {
		return nil
	}
	var bookings []model.Booking
	db := s.store.Read(ctx)
	if err := db.Where(store.In("id", store.Each(out.Bookings, func(b NextBooking) model.ID { return b.ID }))).Find(&bookings).Error; err != nil {
		return err
	}
	entries, err := s.reads(db, actor, bookings)
	if err != nil {
		return err
	}
	offered, err := s.waits(db, actor, model.AuditRead, store.Each(out.Offers, func(o NextOffer) model.WaitEntry {
		return model.WaitEntry{ID: o.WaitEntryID, PupilID: o.PupilID}
	})...)
	if err != nil {
		return err
	}
	return s.log.Record(ctx, actor, append(entries, offered...)...)
}
