package api

import (
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
)

func matrixOfBookings() map[string]line {
	// on is a line for a call on a booking of the own guardian for the own pupil.
	on := func(after string, body any) line {
		return line{make: func(s *scene, _ member) request { return of(s.booking(s.slot(s.ahead())), "/bookings/", after, body) }}
	}
	// past is on for a booking whose time has come.
	past := func(after string, body any) line {
		return line{make: func(s *scene, _ member) request {
			return of(s.booking(s.slot(-time.Duration(s.next())*time.Hour)), "/bookings/", after, body)
		}}
	}
	calm := map[string]any{"selfHarm": false}
	return map[string]line{
		"POST /bookings": {make: func(s *scene, m member) request {
			slot := s.slot(s.ahead())
			body := map[string]any{"slotId": slot.ID, "safety": calm}
			if m.role != model.RoleGuardian && m.role != model.RolePupil && m.place == "own" {
				body["pupilId"] = s.pupil.ID // staff book for a pupil
			}
			return request{path: "/bookings", body: body, thing: slot.ID.String()}
		}},
		"POST /bookings | for the own pupil": {make: func(s *scene, m member) request {
			slot := s.countySlot(m)
			return request{path: "/bookings", body: map[string]any{"slotId": slot, "pupilId": s.pupil.ID, "safety": calm}, thing: s.pupil.ID.String()}
		}},
		"GET /bookings": {make: func(s *scene, _ member) request {
			return request{path: "/bookings", thing: s.booking(s.slot(s.ahead())).String()}
		}},
		"GET /bookings/{id}":         on("", nil),
		"POST /bookings/{id}/cancel": on("/cancel", nil),
		"POST /bookings/{id}/reschedule": {make: func(s *scene, _ member) request {
			return of(s.booking(s.slot(s.ahead())), "/bookings/", "/reschedule", map[string]any{"slotId": s.slot(s.ahead()).ID})
		}},
		"POST /bookings/{id}/complete": past("/complete", nil),
		"POST /bookings/{id}/no-show":  past("/no-show", nil),
		"POST /bookings/{id}/records":  past("/records", map[string]any{"text": "电话沟通"}),
		"GET /bookings/{id}/records":   past("/records", nil),
		"POST /bookings/{id}/feedback": {make: func(s *scene, _ member) request {
			id := s.booking(s.slot(-time.Duration(s.next()) * time.Hour))
			require.NoError(s.t, s.store.Tx(s.t.Context(), func(tx *gorm.DB) error {
				return tx.Model(&model.Booking{}).Where("id = ?", id).Update("status", model.BookingCompleted).Error
			}))
			return of(id, "/bookings/", "/feedback", map[string]any{"helped": "yes"})
		}},
		"GET /rooms/{id}/feedback": {make: func(s *scene, _ member) request { return of(s.theRoom().ID, "/rooms/", "/feedback", nil) }},
		"POST /wait-list": {make: func(s *scene, m member) request {
			body := map[string]any{"roomId": s.theRoom().ID, "to": s.store.Now().AddDate(0, 0, 7)}
			if m.role != model.RoleGuardian && m.role != model.RolePupil && m.place == "own" {
				body["pupilId"] = s.pupil.ID
			}
			return request{path: "/wait-list", body: body, thing: s.theRoom().ID.String()}
		}},
		"GET /wait-list": {make: func(s *scene, m member) request {
			id, _ := s.waiting(s.orOwn(m, model.RoleGuardian))
			return request{path: "/wait-list", thing: id.String()}
		}},
		"POST /wait-list/{id}/accept": {past: []string{"consent_needed"}, make: func(s *scene, m member) request {
			id, _ := s.waiting(s.orOwn(m, model.RoleGuardian))
			return of(id, "/wait-list/", "/accept", map[string]any{"safety": calm})
		}},
		"POST /wait-list/{id}/cancel": {make: func(s *scene, m member) request {
			id, _ := s.waiting(s.orOwn(m, model.RoleGuardian))
			return of(id, "/wait-list/", "/cancel", nil)
		}},
	}
}

// waiting adds the owner's place on the wait-list with a slot held for it.
func (s *scene) waiting(owner member) (entry, slot model.ID) {
	s.t.Helper()
	held, now := s.slot(s.ahead()), s.store.Now()
	until := now.Add(time.Hour)
	attendee := owner.actor.AccountID
	if owner.actor.PupilID != 0 {
		attendee = owner.actor.PupilID
	}
	e := &model.WaitEntry{ID: s.store.NewID(), AccountID: owner.actor.AccountID, AttendeeID: attendee, PupilID: owner.actor.PupilID, RoomID: held.RoomID, FromAt: now,
		ToAt: now.AddDate(0, 1, 0), Status: model.WaitOffered, SlotID: held.ID, HeldUntil: &until, CreatedAt: now, UpdatedAt: now}
	s.insert(e)
	require.NoError(s.t, s.store.Tx(s.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(held).Updates(map[string]any{"status": model.SlotHeld, "held_for": e.ID, "held_until": until}).Error
	}))
	return e.ID, held.ID
}

// countySlot adds a slot in the member's own county, which they may see.
func (s *scene) countySlot(m member) model.ID {
	s.t.Helper()
	county := s.own.County
	if m.place == "other" {
		county = s.other.County
	}
	slot, now := s.slot(s.ahead()), s.store.Now()
	room := &model.Room{ID: s.store.NewID(), UnitID: county.ID, Name: "县心理咨询中心", CreatedAt: now, UpdatedAt: now}
	adviser := s.Staff(model.RoleCounsellor, county).AccountID
	s.insert(room, &model.Counsellor{AccountID: adviser, RoomID: room.ID, Name: "李老师", CreatedAt: now, UpdatedAt: now})
	require.NoError(s.t, s.store.Tx(s.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(slot).Updates(map[string]any{"room_id": room.ID, "counsellor_id": adviser}).Error
	}))
	return slot.ID
}
