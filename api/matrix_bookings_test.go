package api

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
)

// ofTheirOwn are those who have a wait-list entry for themselves, not for a child.
var ofTheirOwn = append(slices.Clone(model.Staff), model.RoleGuardian)

func matrixOfBookings() map[string]line {
	// on is a line for a call on a booking of the own guardian for the own pupil.
	on := func(after string, body any) line {
		return line{make: func(b *bundle, _ member) request { return of(b.booking(b.slot(b.ahead())), "/bookings/", after, body) }}
	}
	// past is on for a booking whose time has come.
	past := func(after string, body any) line {
		return line{make: func(b *bundle, _ member) request {
			return of(b.booking(b.slot(-time.Duration(b.next())*time.Hour)), "/bookings/", after, body)
		}}
	}
	calm := map[string]any{"selfHarm": false}
	// made is on for a booking for the own pupil that the caller made, where they may.
	made := func(path, after string, body any) line {
		return line{make: func(b *bundle, m member) request {
			id := b.booking(b.slot(b.ahead()))
			if maker := b.orOwn(m, model.RoleGuardian); slices.Contains(model.Visitors, maker.role) && maker.role != model.RolePupil {
				b.Set(&model.Booking{}, "account_id", maker.actor.AccountID, "id = ?", id)
			}
			if path != "" {
				return request{path: path, thing: id.String()}
			}
			return of(id, "/bookings/", after, body)
		}}
	}
	// moved is on for a booking that has been moved from the own counsellor to another, with the first one's records.
	moved := func(after string, body any) line {
		return line{make: func(b *bundle, _ member) request {
			id := b.booking(b.slot(b.ahead()))
			record := b.store.NewID()
			sealed, err := b.vault.Seal("counsel_records.content", record, "电话沟通")
			require.NoError(b.t, err)
			b.insert(&model.CounselRecord{ID: record, BookingID: id, AuthorID: b.who(model.RoleCounsellor).actor.AccountID, Content: sealed, CreatedAt: b.store.Now()})
			other := b.Staff(model.RoleCounsellor, b.own.School).AccountID
			b.insert(&model.Counsellor{AccountID: other, RoomID: b.theRoom().ID, Name: "李老师", CreatedAt: b.store.Now(), UpdatedAt: b.store.Now()})
			b.Set(&model.Booking{}, "counsellor_id", other, "id = ?", id)
			return of(id, "/bookings/", after, body)
		}}
	}
	// handOver is moved for a hand-over to the new counsellor.
	handOver := line{make: func(b *bundle, m member) request {
		req := moved("/records/hand-over", nil).make(b, m)
		var row model.Booking
		require.NoError(b.t, b.store.Read(b.t.Context()).Take(&row, "id = ?", req.thing).Error)
		req.body = map[string]any{"counsellorId": row.CounsellorID}
		return req
	}}
	return map[string]line{
		"POST /bookings": {make: func(b *bundle, m member) request {
			slot := b.slot(b.ahead())
			body := map[string]any{"slotId": slot.ID, "safety": calm}
			if m.role != model.RoleGuardian && m.role != model.RolePupil && m.place == "own" {
				body["pupilId"] = b.pupil.ID // staff book for a pupil
			}
			return request{path: "/bookings", body: body, thing: slot.ID.String()}
		}},
		"POST /bookings | for the own pupil": {make: func(b *bundle, m member) request {
			slot := b.countySlot(m)
			return request{path: "/bookings", body: map[string]any{"slotId": slot, "pupilId": b.pupil.ID, "safety": calm}, thing: b.pupil.ID.String()}
		}},
		"GET /bookings": {make: func(b *bundle, _ member) request {
			return request{path: "/bookings", thing: b.booking(b.slot(b.ahead())).String()}
		}},
		"GET /bookings | made by the caller":              made("/bookings", "", nil),
		"GET /bookings/{id}":                              on("", nil),
		"GET /bookings/{id} | made by the caller":         made("", "", nil),
		"GET /bookings/{id} | moved to another":           moved("", nil),
		"GET /bookings/{id}/records | moved to another":   moved("/records", nil),
		"POST /bookings/{id}/records | moved to another":  moved("/records", map[string]any{"text": "电话沟通"}),
		"POST /bookings/{id}/cancel | made by the caller": made("", "/cancel", nil),
		"POST /bookings/{id}/cancel | moved to another":   moved("/cancel", nil),
		"POST /bookings/{id}/cancel":                      on("/cancel", nil),
		"POST /bookings/{id}/reschedule": {make: func(b *bundle, _ member) request {
			return of(b.booking(b.slot(b.ahead())), "/bookings/", "/reschedule", map[string]any{"slotId": b.slot(b.ahead()).ID})
		}},
		"POST /bookings/{id}/complete":          past("/complete", nil),
		"POST /bookings/{id}/no-show":           past("/no-show", nil),
		"POST /bookings/{id}/records":           past("/records", map[string]any{"text": "电话沟通"}),
		"GET /bookings/{id}/records":            past("/records", nil),
		"POST /bookings/{id}/records/hand-over": handOver,
		"GET /me/records-to-hand-over": {make: func(b *bundle, m member) request {
			return request{path: "/me/records-to-hand-over", thing: moved("", nil).make(b, m).thing}
		}},
		"POST /bookings/{id}/feedback": {make: func(b *bundle, _ member) request {
			id := b.booking(b.slot(-time.Duration(b.next()) * time.Hour))
			b.Set(&model.Booking{}, "status", model.BookingCompleted, "id = ?", id)
			return of(id, "/bookings/", "/feedback", map[string]any{"helped": "yes"})
		}},
		"GET /rooms/{id}/feedback": {make: func(b *bundle, _ member) request { return of(b.theRoom().ID, "/rooms/", "/feedback", nil) }},
		"POST /wait-list": {make: func(b *bundle, m member) request {
			body := map[string]any{"roomId": b.theRoom().ID, "to": b.store.Now().AddDate(0, 0, 7)}
			if m.role != model.RoleGuardian && m.role != model.RolePupil && m.place == "own" {
				body["pupilId"] = b.pupil.ID
			}
			return request{path: "/wait-list", body: body, thing: b.theRoom().ID.String()}
		}},
		"GET /wait-list": {make: func(b *bundle, m member) request {
			id, _ := b.waiting(b.orOwn(m, model.RoleGuardian))
			return request{path: "/wait-list", thing: id.String()}
		}, theirs: ofTheirOwn},
		"POST /wait-list/{id}/accept": {past: []string{"consent_needed", "nothing_offered"}, make: func(b *bundle, m member) request {
			id, _ := b.waiting(b.orOwn(m, model.RoleGuardian))
			return of(id, "/wait-list/", "/accept", map[string]any{"safety": calm})
		}, theirs: ofTheirOwn},
		"POST /wait-list/{id}/cancel": {make: func(b *bundle, m member) request {
			id, _ := b.waiting(b.orOwn(m, model.RoleGuardian))
			return of(id, "/wait-list/", "/cancel", nil)
		}, theirs: ofTheirOwn},
	}
}

// waiting adds the owner's place on the wait-list with a slot held for it.
func (b *bundle) waiting(owner member) (entry, slot model.ID) {
	b.t.Helper()
	held, now := b.slot(b.ahead()), b.store.Now()
	until := now.Add(time.Hour)
	attendee := owner.actor.AccountID
	if owner.actor.PupilID != 0 {
		attendee = owner.actor.PupilID
	}
	e := &model.WaitEntry{ID: b.store.NewID(), AccountID: owner.actor.AccountID, AttendeeID: attendee, PupilID: owner.actor.PupilID, RoomID: held.RoomID, FromAt: now,
		ToAt: now.AddDate(0, 1, 0), Status: model.WaitOffered, SlotID: held.ID, HeldUntil: &until, CreatedAt: now, UpdatedAt: now}
	b.insert(e)
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(held).Updates(map[string]any{"status": model.SlotHeld, "held_for": e.ID, "held_until": until}).Error
	}))
	return e.ID, held.ID
}

// countySlot adds a slot in the member's own county, which they may see.
func (b *bundle) countySlot(m member) model.ID {
	b.t.Helper()
	county := b.own.County
	if m.place == "other" {
		county = b.other.County
	}
	slot, now := b.slot(b.ahead()), b.store.Now()
	room := &model.Room{ID: b.store.NewID(), UnitID: county.ID, Name: "县心理咨询中心", CreatedAt: now, UpdatedAt: now}
	adviser := b.Staff(model.RoleCounsellor, county).AccountID
	b.insert(room, &model.Counsellor{AccountID: adviser, RoomID: room.ID, Name: "李老师", CreatedAt: now, UpdatedAt: now})
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(slot).Updates(map[string]any{"room_id": room.ID, "counsellor_id": adviser}).Error
	}))
	return slot.ID
}
