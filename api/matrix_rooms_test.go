package api

import (
	"strconv"
	"time"

	"xinyu/model"
)

func matrixOfRooms() map[string]line {
	counsellor := func(b *bundle) model.ID { b.theRoom(); return b.who(model.RoleCounsellor).actor.AccountID }
	room := func(b *bundle) model.ID {
		now := b.store.Now()
		r := &model.Room{ID: b.store.NewID(), UnitID: b.own.School.ID, Name: "心语室", CreatedAt: now, UpdatedAt: now}
		b.insert(r)
		return r.ID
	}
	hours := func(b *bundle) (weekday, start int) { n := b.next(); return n % 7, n / 7 * 60 }
	away := func(b *bundle) *model.AvailabilityException {
		e := &model.AvailabilityException{ID: b.store.NewID(), CounsellorID: counsellor(b), OnDate: model.DateOf(b.store.Now()).AddDays(b.next()), UntilDate: model.DateOf(b.store.Now()).AddDays(60), EndMinute: 60, CreatedAt: b.store.Now()}
		b.insert(e)
		return e
	}
	rule := func(b *bundle) *model.AvailabilityRule {
		weekday, start := hours(b)
		r := &model.AvailabilityRule{ID: b.store.NewID(), CounsellorID: counsellor(b), RoomID: b.theRoom().ID, Mode: model.CounselPhone, Weekday: time.Weekday(weekday),
			StartMinute: start, EndMinute: start + 60, SlotMinutes: 30, HorizonDays: 7, ValidFrom: model.DateOf(b.store.Now()), CreatedAt: b.store.Now()}
		b.insert(r)
		return r
	}
	return map[string]line{
		"GET /rooms":      {make: func(b *bundle, _ member) request { return request{path: "/rooms", thing: b.theRoom().ID.String()} }},
		"GET /rooms/{id}": {make: func(b *bundle, _ member) request { return of(b.theRoom().ID, "/rooms/", "", nil) }},
		"POST /rooms": {make: func(b *bundle, _ member) request {
			return request{path: "/rooms", body: map[string]any{"unitId": b.own.School.ID, "name": "心语室"}, thing: b.own.School.ID.String()}
		}},
		"PUT /rooms/{id}": {make: func(b *bundle, _ member) request {
			return of(room(b), "/rooms/", "", map[string]any{"name": "静心室", "version": 1})
		}},
		"PUT /rooms/{id}/counsellors/{accountId}": {make: func(b *bundle, _ member) request {
			return of(room(b), "/rooms/", "/counsellors/"+counsellor(b).String(), map[string]any{"name": "陈老师", "version": 1})
		}},
		"GET /availability-rules": {make: func(b *bundle, _ member) request {
			return of(rule(b).CounsellorID, "/availability-rules?counsellorId=", "", nil)
		}},
		"POST /availability-rules": {make: func(b *bundle, _ member) request {
			weekday, start := hours(b)
			return request{path: "/availability-rules", thing: counsellor(b).String(), body: map[string]any{"counsellorId": counsellor(b), "mode": "phone",
				"weekday": weekday, "startMinute": start, "endMinute": start + 60, "slotMinutes": 30}}
		}},
		"DELETE /availability-rules/{id}": {make: func(b *bundle, _ member) request { return of(rule(b).ID, "/availability-rules/", "", nil) }},
		"GET /availability-exceptions": {make: func(b *bundle, _ member) request {
			return of(away(b).CounsellorID, "/availability-exceptions?counsellorId=", "", nil)
		}},
		"POST /availability-exceptions": {make: func(b *bundle, _ member) request {
			return request{path: "/availability-exceptions", thing: counsellor(b).String(),
				body: map[string]any{"counsellorId": counsellor(b), "onDate": model.DateOf(b.store.Now()).AddDays(b.next())}}
		}},
		"POST /availability-exceptions/preview": {make: func(b *bundle, _ member) request {
			return request{path: "/availability-exceptions/preview", thing: counsellor(b).String(),
				body: map[string]any{"counsellorId": counsellor(b), "onDate": model.DateOf(b.store.Now()), "untilDate": model.DateOf(b.store.Now()).AddDays(20)}}
		}},
		"DELETE /availability-exceptions/{id}": {make: func(b *bundle, _ member) request { return of(away(b).ID, "/availability-exceptions/", "", nil) }},
		"GET /units/{id}/calendar":             {make: func(b *bundle, _ member) request { return of(b.own.School.ID, "/units/", "/calendar?year=2026", nil) }},
		"PUT /units/{id}/calendar": {make: func(b *bundle, m member) request {
			managesCounty(b, m)
			year := 2026 + b.next()%60
			return of(b.own.County.ID, "/units/", "/calendar?year="+strconv.Itoa(year), map[string]any{"version": 0, "days": []any{}})
		}},
		"POST /units/{id}/calendar/read": {make: func(b *bundle, m member) request {
			managesCounty(b, m)
			return of(b.own.County.ID, "/units/", "/calendar/read?year=2026", map[string]any{"lines": "国庆节：10月1日至7日放假"})
		}},
		"GET /slots": {make: func(b *bundle, _ member) request {
			return request{path: "/slots", thing: b.slot(b.ahead()).ID.String()}
		}},
		"GET /slots | of the own room": {make: func(b *bundle, _ member) request {
			slot := b.slot(b.ahead())
			return request{path: "/slots?roomId=" + slot.RoomID.String() + "&counsellorId=" + slot.CounsellorID.String(), thing: slot.ID.String()}
		}},
		// Of the caller alone; who has no room finds nothing.
		"GET /me/counsellor-profile": {make: func(b *bundle, _ member) request {
			return request{path: "/me/counsellor-profile", thing: counsellor(b).String()}
		}},
		"PUT /me/counsellor-profile": {make: func(b *bundle, _ member) request {
			return request{path: "/me/counsellor-profile", thing: counsellor(b).String(), body: map[string]any{"introduction": "陪孩子聊聊", "version": 1}}
		}},
		"GET /hotlines": alone("/hotlines", nil),
	}
}

// managesCounty gives the manager of the own school the own county too, as only
// the county's managers set its calendar.
func managesCounty(b *bundle, m member) {
	b.t.Helper()
	if m.role != model.RoleManager || m.place != "own" || b.Count(&model.Grant{}, "account_id = ? AND unit_id = ?", m.actor.AccountID, b.own.County.ID) > 0 {
		return
	}
	b.Insert(&model.Grant{ID: b.store.NewID(), AccountID: m.actor.AccountID, Role: model.RoleManager, UnitID: b.own.County.ID, StartsAt: b.store.Now(), CreatedAt: b.store.Now()})
}
