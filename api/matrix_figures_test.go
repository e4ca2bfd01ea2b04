package api

import (
	"time"

	"xinyu/model"
	"xinyu/service/message"
)

func matrixOfFigures() map[string]line {
	alert := func(s *scene) model.ID {
		now := s.store.Now()
		a := &model.Alert{ID: s.store.NewID(), Level: model.AlertImmediate, Status: model.AlertRaised, UnitID: s.own.Class.ID, PupilID: s.pupil.ID,
			AccountID: s.who(model.RoleGuardian).actor.AccountID, SourceKind: "booking", SourceID: s.store.NewID(), RaisedAt: now, DueAt: now.Add(time.Minute)}
		s.insert(a)
		return a.ID
	}
	// figures is a line for a call on an item of the own school in a unit.
	figures := func(path string, unit func(*scene, member) model.ID, thing func(unit, item model.ID) model.ID) line {
		return line{make: func(s *scene, m member) request {
			at, item := unit(s, m), s.lesson(model.LessonPublished).ID
			return request{path: path + "?itemKind=lesson&side=pupil&itemId=" + item.String() + "&unitId=" + at.String(), thing: thing(at, item).String()}
		}}
	}
	// call is a line for a call on a task of a queue: about the own pupil, for the own guardian.
	call := func(queue model.CallQueue, path, after string, body any) line {
		return line{make: func(s *scene, _ member) request {
			now := s.store.Now()
			t := &model.CallTask{ID: s.store.NewID(), Queue: queue, UnitID: s.own.School.ID, OwnerID: s.who(model.RoleCounsellor).actor.AccountID,
				PupilID: s.pupil.ID, RecipientID: s.who(model.RoleGuardian).actor.AccountID, Kind: message.KindNudge, CauseKind: "booking", CauseID: s.store.NewID(),
				Reason: "no_leave", DueAt: now.Add(time.Hour), CreatedAt: now}
			s.insert(t)
			if after == "" {
				return request{path: path, thing: t.ID.String()}
			}
			return of(t.ID, path, after, body)
		}}
	}
	reached := map[string]any{"outcome": "reached"}
	// nudge is figures for a nudge.
	nudge := func(unit func(*scene, member) model.ID, thing func(unit, item model.ID) model.ID) line {
		return line{make: func(s *scene, m member) request {
			at, item := unit(s, m), s.lesson(model.LessonPublished).ID
			return request{path: "/coverage/nudges", body: map[string]any{"itemKind": "lesson", "side": "pupil", "itemId": item, "unitId": at}, thing: thing(at, item).String()}
		}}
	}
	ownUnit := func(s *scene, _ member) model.ID { return s.own.Class.ID }
	theirs := func(s *scene, m member) model.ID { return s.unitOf(m) }
	byUnit, byItem := func(unit, _ model.ID) model.ID { return unit }, func(_, item model.ID) model.ID { return item }
	return map[string]line{
		"GET /alerts":                             {make: func(s *scene, _ member) request { return request{path: "/alerts", thing: alert(s).String()} }},
		"POST /alerts/{id}/acknowledge":           {make: func(s *scene, _ member) request { return of(alert(s), "/alerts/", "/acknowledge", nil) }},
		"GET /coverage":                           figures("/coverage", ownUnit, byUnit),
		"GET /coverage | own item, caller's unit": figures("/coverage", theirs, byItem),
		"GET /coverage/items": {make: func(s *scene, _ member) request {
			return of(s.own.Class.ID, "/coverage/items?term=2026H2&unitId=", "", nil)
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
