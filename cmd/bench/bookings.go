package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"xinyu/model"
)

// The counselling that is seeded: one room, its counsellors, and the free
// half-hour slots of each, one after the other from tomorrow on, around the clock.
const (
	roomID         model.ID = 900
	counsellors             = 20
	slotMinutes             = 30
	slotDays                = 20
	slotsOfEach             = slotDays * model.MinutesPerDay / slotMinutes
	racersForASlot          = 2 // in the fault trials
)

func counsellorID(c int) model.ID { return model.ID(2000 + c) }
func slotID(c, k int) model.ID    { return model.ID(5_000_000 + 1000*c + k) }

// rulesOf are a counsellor's weekly openings: around the clock, every day.
func rulesOf(c int, at time.Time) []model.AvailabilityRule {
	rules := make([]model.AvailabilityRule, 7)
	for day := range rules {
		rules[day] = model.AvailabilityRule{ID: model.ID(60_000 + 7*c + day), CounsellorID: counsellorID(c), RoomID: roomID, Mode: model.CounselInPerson,
			Weekday: time.Weekday(day), EndMinute: model.MinutesPerDay, SlotMinutes: slotMinutes, HorizonDays: slotDays, ValidFrom: model.DateOf(at)}
	}
	return rules
}

// counselling writes the room, the counsellors with their rules, and the slots
// that follow from these, as the product's own job would.
func (s *seeder) counselling() {
	s.exec("INSERT INTO rooms (id, unit_id, name, introduction, created_at, updated_at) VALUES (?,?,'room','',?,?)", int64(roomID), int64(countyID), s.at, s.at)
	for c := range counsellors {
		id := counsellorID(c)
		s.account(id)
		s.grant(id, model.RoleCounsellor)
		s.exec("INSERT INTO counsellors (account_id, room_id, name, introduction, created_at, updated_at) VALUES (?,?,?,'',?,?)",
			int64(id), int64(roomID), id.String(), s.at, s.at)
		var slots []model.Slot
		for _, r := range rulesOf(c, s.at) {
			s.exec(`INSERT INTO availability_rules (id, counsellor_id, room_id, mode, weekday, start_minute, end_minute, slot_minutes, buffer_minutes,
				lead_minutes, horizon_days, valid_from, created_at) VALUES (?,?,?,?,?,0,?,?,0,0,?,?,?)`,
				int64(r.ID), int64(id), int64(roomID), string(r.Mode), int(r.Weekday), r.EndMinute, slotMinutes, slotDays, string(r.ValidFrom), s.at)
		}
		for day := 1; day <= slotDays; day++ {
			for _, r := range rulesOf(c, s.at) {
				slots = append(slots, r.SlotsOn(model.DateOf(s.at).AddDays(day))...)
			}
		}
		s.insert("slots (id, rule_id, counsellor_id, room_id, mode, starts_at, ends_at, bookable_until, status)", func(yield func([]any) bool) {
			for k, slot := range slots {
				if !yield([]any{int64(slotID(c, k)), int64(slot.RuleID), int64(id), int64(roomID), string(slot.Mode), slot.StartsAt, slot.EndsAt, slot.BookableUntil, string(slot.Status)}) {
					return
				}
			}
		})
	}
}

// booker is the source of one connection: one guardian books one slot after the
// other for the child, against others who want the same.
type booker struct {
	player     *player
	counsellor int
	slot       int
	unsure     bool
	got        map[model.ID]model.ID // booking by slot, as acknowledged
}

func (b *booker) next(buf []byte) []byte {
	if b.slot == slotsOfEach {
		return nil
	}
	return appendBooking(buf, b.player, slotID(b.counsellor, b.slot))
}

// appendBooking appends the booking of a slot, with a key by which it may be repeated.
func appendBooking(b []byte, p *player, slot model.ID) []byte {
	body := fmt.Appendf(nil, `{"slotId":"%d","pupilId":"%d","safety":{"selfHarm":false}}`, slot, pupilID(p.n))
	return appendPost(b, "/api/v1/bookings", p.token, body, "Idempotency-Key: "+slot.String())
}

func (b *booker) answered(status int, body []byte) error {
	slot := slotID(b.counsellor, b.slot)
	switch status {
	case http.StatusCreated:
		var booking struct{ ID model.ID }
		if err := json.Unmarshal(body, &booking); err != nil {
			return fmt.Errorf("booking: %w", err)
		}
		b.got[slot] = booking.ID
	case http.StatusConflict:
	default:
		return fmt.Errorf("booking: %d %.300s", status, body)
	}
	b.unsure = false
	b.slot++
	return nil
}

func (b *booker) failed() { b.unsure = true }

// queue makes bookers, so many for each counsellor's slots.
func queue(conns int) []source {
	sources := make([]source, conns)
	for i := range sources {
		sources[i] = &booker{player: newPlayer(i + 1), counsellor: i / racersForASlot, got: map[model.ID]model.ID{}}
	}
	return sources
}
