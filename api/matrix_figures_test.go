package api

import (
	"time"

	"xinyu/model"
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
		"GET /coverage/missing":                           figures("/coverage/missing", ownUnit, byUnit),
		"GET /coverage/missing | own item, caller's unit": figures("/coverage/missing", theirs, byItem),
	}
}
