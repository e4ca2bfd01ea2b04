package api

import (
	"net/http"
	"time"

	"xinyu/model"
)

func matrixOfAlerts() map[string]line {
	raised := func(b *bundle) model.ID {
		now := b.store.Now()
		a := &model.Alert{ID: b.store.NewID(), Level: model.AlertImmediate, Status: model.AlertRaised, UnitID: b.own.Class.ID, PupilID: b.pupil.ID,
			AccountID: b.who(model.RoleGuardian).actor.AccountID, SourceKind: "booking", SourceID: b.store.NewID(), RaisedAt: now, DueAt: now.Add(time.Minute)}
		b.insert(a)
		return a.ID
	}
	set := func(b *bundle, id model.ID, columns map[string]any) {
		for column, value := range columns {
			b.Set(&model.Alert{}, column, value, "id = ?", id)
		}
	}
	// taken is an alert that a duty officer has taken on and decided about.
	taken := func(b *bundle) model.ID {
		id, now := raised(b), b.store.Now()
		set(b, id, map[string]any{"status": model.AlertAcknowledged, "acknowledged_at": now, "acknowledged_by": b.who(model.RoleDuty).actor.AccountID,
			"next_at": now.Add(time.Hour)})
		b.insert(&model.AlertEntry{ID: b.store.NewID(), AlertID: id, Episode: 1, Kind: model.EntryDecision, Choice: string(model.DecisionRefer), At: now})
		return id
	}
	closed := func(b *bundle) model.ID {
		id := taken(b)
		set(b, id, map[string]any{"status": model.AlertInReview, "closed_at": b.store.Now(), "closed_by": b.store.NewID()})
		return id
	}
	yesterday := func(b *bundle) model.ID {
		id := raised(b)
		set(b, id, map[string]any{"raised_at": b.store.Now().AddDate(0, 0, -1)})
		return id
	}
	on := func(thing func(*bundle) model.ID, after string, body any) line {
		return line{make: func(b *bundle, _ member) request { return of(thing(b), "/alerts/", after, body) }}
	}
	return map[string]line{
		"GET /alerts":                     {make: func(b *bundle, _ member) request { return request{path: "/alerts", thing: raised(b).String()} }},
		"GET /alerts | of the day before": {make: func(b *bundle, _ member) request { return request{path: "/alerts", thing: yesterday(b).String()} }},
		"GET /alerts/{id}":                on(raised, "", nil),
		"POST /alerts/{id}/acknowledge":   on(raised, "/acknowledge", map[string]any{"doing": "正在打电话", "withPerson": "unknown"}),
		"POST /alerts/{id}/entries":       on(taken, "/entries", map[string]any{"kind": "note", "text": "已到校门口"}),
		"POST /alerts/{id}/guardians":     on(taken, "/guardians", map[string]any{"withheld": false, "reason": "已核实"}),
		"POST /alerts/{id}/close":         on(taken, "/close", map[string]any{"reason": "已平稳"}),
		"POST /alerts/{id}/review":        on(closed, "/review", map[string]any{"note": "看过记录，同意"}),
		"POST /alerts/{id}/reopen":        on(taken, "/reopen", map[string]any{"reason": "又有新情况"}),
		"POST /alerts": {make: func(b *bundle, _ member) request {
			return request{path: "/alerts", body: map[string]any{"pupilId": b.pupil.ID, "level": "urgent", "words": "话少了很多"}, thing: b.pupil.ID.String()}
		}},
		"POST /drills": {make: func(b *bundle, _ member) request {
			return request{path: "/drills", body: map[string]any{"unitId": b.own.Class.ID, "level": "watch"}, thing: b.own.Class.ID.String()}
		}},
		"POST /me/alerts": {apart: true, make: func(*bundle, member) request {
			return request{path: "/me/alerts", body: map[string]any{"words": "想找人说说"}}
		}},
		"GET /me/alerts":              {apart: true, make: func(*bundle, member) request { return request{path: "/me/alerts"} }},
		"GET /units/{id}/alert-times": {make: func(b *bundle, _ member) request { return of(b.own.School.ID, "/units/", "/alert-times", nil) }},
		"PUT /units/{id}/alert-times": {make: func(b *bundle, m member) request {
			county := []any{"account_id = ? AND unit_id = ?", m.actor.AccountID, b.own.County.ID}
			if m.role == model.RoleManager && m.place == "own" && b.Count(&model.Grant{}, county...) == 0 { // only the county's may
				now := b.store.Now()
				b.insert(&model.Grant{ID: b.store.NewID(), AccountID: m.actor.AccountID, Role: model.RoleManager, UnitID: b.own.County.ID, StartsAt: now, CreatedAt: now})
			}
			return of(b.own.School.ID, "/units/", "/alert-times", map[string]any{"level": "urgent", "deadlineMinutes": 60, "patienceMinutes": 20, "quietMinutes": 120})
		}},
		"GET /units/{id}/rota": {make: func(b *bundle, _ member) request { return of(b.own.School.ID, "/units/", "/rota", nil) }},
		"PUT /units/{id}/rota": {make: func(b *bundle, _ member) request {
			current := b.do(http.MethodGet, "/units/"+b.own.School.ID.String()+"/rota", b.who(model.RoleManager).token, nil).status(http.StatusOK)
			return of(b.own.School.ID, "/units/", "/rota", map[string]any{"version": current.json["version"], "shifts": []any{}, "overrides": []any{}})
		}},
	}
}
