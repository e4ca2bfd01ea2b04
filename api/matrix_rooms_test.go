package api

import (
	"time"

	"xinyu/model"
)

func matrixOfRooms() map[string]line {
	counsellor := func(s *scene) model.ID { s.theRoom(); return s.who(model.RoleCounsellor).actor.AccountID }
	room := func(s *scene) model.ID {
		now := s.store.Now()
		r := &model.Room{ID: s.store.NewID(), UnitID: s.own.School.ID, Name: "心语室", CreatedAt: now, UpdatedAt: now}
		s.insert(r)
		return r.ID
	}
	hours := func(s *scene) (weekday, start int) { n := s.next(); return n % 7, n / 7 * 60 }
	away := func(s *scene) *model.AvailabilityException {
		e := &model.AvailabilityException{ID: s.store.NewID(), CounsellorID: counsellor(s), OnDate: model.DateOf(s.store.Now()).AddDays(s.next()), EndMinute: 60, CreatedAt: s.store.Now()}
		s.insert(e)
		return e
	}
	rule := func(s *scene) *model.AvailabilityRule {
		weekday, start := hours(s)
		r := &model.AvailabilityRule{ID: s.store.NewID(), CounsellorID: counsellor(s), RoomID: s.theRoom().ID, Mode: model.CounselPhone, Weekday: time.Weekday(weekday),
			StartMinute: start, EndMinute: start + 60, SlotMinutes: 30, HorizonDays: 7, ValidFrom: model.DateOf(s.store.Now()), CreatedAt: s.store.Now()}
		s.insert(r)
		return r
	}
	return map[string]line{
		"GET /rooms":      {make: func(s *scene, _ member) request { return request{path: "/rooms", thing: s.theRoom().ID.String()} }},
		"GET /rooms/{id}": {make: func(s *scene, _ member) request { return of(s.theRoom().ID, "/rooms/", "", nil) }},
		"POST /rooms": {make: func(s *scene, _ member) request {
			return request{path: "/rooms", body: map[string]any{"unitId": s.own.School.ID, "name": "心语室"}, thing: s.own.School.ID.String()}
		}},
		"PUT /rooms/{id}": {make: func(s *scene, _ member) request {
			return of(room(s), "/rooms/", "", map[string]any{"name": "静心室"})
		}},
		"PUT /rooms/{id}/counsellors/{accountId}": {make: func(s *scene, _ member) request {
			return of(room(s), "/rooms/", "/counsellors/"+counsellor(s).String(), map[string]any{"name": "陈老师"})
		}},
		"GET /availability-rules": {make: func(s *scene, _ member) request {
			return of(rule(s).CounsellorID, "/availability-rules?counsellorId=", "", nil)
		}},
		"POST /availability-rules": {make: func(s *scene, _ member) request {
			weekday, start := hours(s)
			return request{path: "/availability-rules", thing: counsellor(s).String(), body: map[string]any{"counsellorId": counsellor(s), "mode": "phone",
				"weekday": weekday, "startMinute": start, "endMinute": start + 60, "slotMinutes": 30}}
		}},
		"DELETE /availability-rules/{id}": {make: func(s *scene, _ member) request { return of(rule(s).ID, "/availability-rules/", "", nil) }},
		"GET /availability-exceptions": {make: func(s *scene, _ member) request {
			return of(away(s).CounsellorID, "/availability-exceptions?counsellorId=", "", nil)
		}},
		"POST /availability-exceptions": {make: func(s *scene, _ member) request {
			return request{path: "/availability-exceptions", thing: counsellor(s).String(),
				body: map[string]any{"counsellorId": counsellor(s), "onDate": model.DateOf(s.store.Now()).AddDays(s.next())}}
		}},
		"DELETE /availability-exceptions/{id}": {make: func(s *scene, _ member) request { return of(away(s).ID, "/availability-exceptions/", "", nil) }},
		"GET /slots": {make: func(s *scene, _ member) request {
			return request{path: "/slots", thing: s.slot(s.ahead()).ID.String()}
		}},
		"GET /slots | of the own room": {make: func(s *scene, _ member) request {
			slot := s.slot(s.ahead())
			return request{path: "/slots?roomId=" + slot.RoomID.String() + "&counsellorId=" + slot.CounsellorID.String(), thing: slot.ID.String()}
		}},
		// Of the caller alone; who has no room finds nothing.
		"GET /me/counsellor-profile": {make: func(s *scene, _ member) request {
			return request{path: "/me/counsellor-profile", thing: counsellor(s).String()}
		}},
		"PUT /me/counsellor-profile": {make: func(s *scene, _ member) request {
			return request{path: "/me/counsellor-profile", thing: counsellor(s).String(), body: map[string]any{"introduction": "陪孩子聊聊"}}
		}},
		"GET /hotlines": alone("/hotlines", nil),
	}
}
