package api

import (
	"time"

	"xinyu/model"
	"xinyu/service/message"
)

func matrixOfFigures() map[string]line {
	// figures is a line for a call on an item of the own school in a unit.
	figures := func(path string, unit func(*bundle, member) model.ID, thing func(unit, item model.ID) model.ID) line {
		return line{make: func(b *bundle, m member) request {
			at, item := unit(b, m), b.lesson(model.LessonPublished).ID
			return request{path: path + "?itemKind=lesson&side=pupil&itemId=" + item.String() + "&unitId=" + at.String(), thing: thing(at, item).String()}
		}}
	}
	// call is a line for a call on a task of a queue: about the own pupil, for the own guardian.
	call := func(queue model.CallQueue, path, after string, body any) line {
		return line{make: func(b *bundle, _ member) request {
			now := b.store.Now()
			t := &model.CallTask{ID: b.store.NewID(), Queue: queue, UnitID: b.own.School.ID, OwnerID: b.who(model.RoleCounsellor).actor.AccountID,
				PupilID: b.pupil.ID, RecipientID: b.who(model.RoleGuardian).actor.AccountID, Kind: message.KindNudge, CauseKind: "booking", CauseID: b.store.NewID(),
				Reason: "no_leave", DueAt: now.Add(time.Hour), CreatedAt: now}
			b.insert(t)
			if after == "" {
				return request{path: path, thing: t.ID.String()}
			}
			return of(t.ID, path, after, body)
		}}
	}
	reached := map[string]any{"outcome": "reached"}
	// nudge is figures for a nudge.
	nudge := func(unit func(*bundle, member) model.ID, thing func(unit, item model.ID) model.ID) line {
		return line{make: func(b *bundle, m member) request {
			at, item := unit(b, m), b.lesson(model.LessonPublished).ID
			return request{path: "/coverage/nudges", body: map[string]any{"itemKind": "lesson", "side": "pupil", "itemId": item, "unitId": at}, thing: thing(at, item).String()}
		}}
	}
	ownUnit := func(b *bundle, _ member) model.ID { return b.own.Class.ID }
	theirs := func(b *bundle, m member) model.ID { return b.unitOf(m) }
	byUnit, byItem := func(unit, _ model.ID) model.ID { return unit }, func(_, item model.ID) model.ID { return item }
	return map[string]line{
		"GET /coverage": figures("/coverage", ownUnit, byUnit),
		"GET /coverage | own item, caller's unit": figures("/coverage", theirs, byItem),
		"GET /coverage/items": {make: func(b *bundle, _ member) request {
			return of(b.own.Class.ID, "/coverage/items?term=2026H2&unitId=", "", nil)
		}},
		"GET /call-list | of a class":                     call(model.QueueClass, "/call-list", "", nil),
		"GET /call-list | of a talk":                      call(model.QueueCounsel, "/call-list", "", nil),
		"GET /call-list | of an alert":                    call(model.QueueDuty, "/call-list", "", nil),
		"POST /call-list/{id}/done | of a class":          call(model.QueueClass, "/call-list/", "/done", reached),
		"POST /call-list/{id}/done | of a talk":           call(model.QueueCounsel, "/call-list/", "/done", reached),
		"POST /call-list/{id}/done | of an alert":         call(model.QueueDuty, "/call-list/", "/done", reached),
		"POST /coverage/nudges":                           nudge(ownUnit, byUnit),
		"POST /coverage/nudges | own item, caller's unit": nudge(theirs, byItem),
		"GET /coverage/missing":                           figures("/coverage/missing", ownUnit, byUnit),
		"GET /coverage/missing | own item, caller's unit": figures("/coverage/missing", theirs, byItem),
	}
}
