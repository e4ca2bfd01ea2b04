package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// audited says of each call by which staff see or change confidential data, rosters
// or accounts, who makes it and which entry it writes: "role action subject". The key is
// that of the call's line in the matrix.
var audited = map[string][]string{
	"GET /alerts":                   {"duty read alert"},
	"POST /alerts/{id}/acknowledge": {"duty write alert"},
	"POST /alerts/{id}/reopen":      {"duty write alert"},
	"GET /alerts/{id}":              {"duty read alert", "duty read contact"},
	"POST /alerts":                  {"teacher write alert", "counsellor write alert", "manager write alert", "duty write alert"},
	"POST /alerts/{id}/entries":     {"duty write alert"},
	"POST /alerts/{id}/guardians":   {"duty write alert"},
	"POST /alerts/{id}/close":       {"duty write alert"},
	"POST /alerts/{id}/review":      {"duty write alert"},

	"GET /bookings":                                 {"counsellor read booking"},
	"GET /bookings | made by the caller":            {"teacher read booking"},
	"GET /bookings/{id}":                            {"counsellor read booking"},
	"GET /bookings/{id} | made by the caller":       {"teacher read booking", "manager read booking"},
	"POST /bookings":                                {"teacher write booking", "manager write booking"},
	"POST /bookings/{id}/cancel":                    {"counsellor write booking", "manager write booking"},
	"POST /bookings/{id}/reschedule":                {"counsellor write booking", "manager write booking"},
	"POST /bookings/{id}/complete":                  {"counsellor write booking"},
	"POST /bookings/{id}/no-show":                   {"counsellor write booking"},
	"POST /bookings/{id}/records":                   {"counsellor write record"},
	"GET /bookings/{id}/records | moved to another": {"counsellor read record"},
	"POST /bookings/{id}/records/hand-over":         {"counsellor grant record"},
	"POST /availability-exceptions":                 {"counsellor read booking"},
	"POST /availability-exceptions/preview":         {"counsellor read booking"},
	"POST /wait-list":                               {"teacher write booking", "counsellor write booking", "manager write booking"},
	"GET /wait-list":                                {"teacher read booking"},
	"POST /wait-list/{id}/cancel":                   {"teacher write booking"},
	"POST /wait-list/{id}/accept":                   {"teacher write booking"},
	"GET /me/overview":                              {"teacher read booking"},

	"GET /call-list | of a class":             {"teacher read contact", "manager read contact"},
	"GET /call-list | of a talk":              {"counsellor read contact"},
	"GET /call-list | of an alert":            {"duty read contact"},
	"POST /call-list/{id}/done | of a class":  {"teacher write contact"},
	"POST /call-list/{id}/done | of a talk":   {"counsellor write contact"},
	"POST /call-list/{id}/done | of an alert": {"duty write contact"},

	"GET /pupils":                       {"teacher read pupil", "counsellor read pupil", "manager read pupil"},
	"GET /units/{id}/pupils":            {"teacher read roster", "manager read roster"},
	"POST /roster-imports":              {"manager write roster"},
	"GET /roster-imports/{id}":          {"manager read roster"},
	"PUT /roster-imports/{id}/choices":  {"manager write roster"},
	"POST /roster-imports/{id}/apply":   {"manager write roster"},
	"POST /roster-imports/{id}/undo":    {"manager write roster"},
	"POST /roster-imports/{id}/discard": {"manager write roster"},

	"GET /pupils/{id}/guardians":                {"teacher read account", "manager read account"},
	"DELETE /pupils/{id}/guardians/{accountId}": {"teacher write account", "manager write account"},
	"DELETE /pupils/{id}/account":               {"teacher write account"},
	"DELETE /pupils/{id}/wrong-claims":          {"teacher write account"},
	"POST /claims/confirm":                      {"teacher write account"},
	"POST /claims/{id}/confirm":                 {"teacher write account", "manager write account"},
	"POST /claims/{id}/refuse":                  {"teacher write account"},
	"PUT /units/{id}/claim-rule":                {"manager write roster"},
	"POST /units/{id}/grants":                   {"manager grant account"},
	"DELETE /grants/{id}":                       {"manager grant account"},
	"POST /accounts/{id}/lock":                  {"manager write account"},
	"POST /accounts/{id}/unlock":                {"manager write account"},
	"POST /login":                               {"teacher login account", "duty login account", "inspector login account"},
}

// unaudited are the other calls that staff may make. They show and change nothing
// confidential: what everybody may see, figures and plans, what the school does with
// the names of its own pupils, and what is the caller's own.
var unaudited = []string{
	"GET /audit", "GET /audit/{id}/proof", "GET /audit/checkpoint", // these show no pupil
	"GET /coverage", "GET /coverage/items", "GET /coverage/missing", "POST /coverage/nudges",
	"GET /lessons", "GET /lessons/{id}", "POST /lessons", "PUT /lessons/{id}", "PUT /lessons/{id}/video", "PUT /lessons/{id}/cover", "POST /lessons/{id}/cover/release",
	"POST /lessons/{id}/publish", "POST /lessons/{id}/withdraw", "GET /lessons/{id}/tally", "POST /lessons/{id}/shares", "POST /lessons/{id}/forwards", "GET /lessons/{id}/forwards",
	"GET /lectures", "GET /lectures/{id}", "POST /lectures", "GET /lecture-sessions", "GET /lecture-sessions/{id}", "POST /lecture-sessions", "PUT /lecture-sessions/{id}",
	"POST /lecture-sessions/{id}/cancel", "POST /lecture-sessions/{id}/end", "POST /lecture-sessions/{id}/make-up", "GET /lecture-sessions/{id}/missing",
	"GET /lecture-sessions/{id}/roster", "POST /lecture-sessions/{id}/remind", "GET /lecture-sessions/{id}/code", "POST /lecture-sessions/{id}/roll-call",
	"DELETE /lecture-sessions/{id}/check-ins/{pupilId}", "GET /lecture-sessions/{id}/retractions", "GET /lecture-sessions/{id}/late-check-ins",
	"POST /lecture-sessions/{id}/late-check-ins/confirm", "POST /lecture-sessions/{id}/late-check-ins/refuse",
	"GET /lecture-sessions/{id}/posts", "POST /lecture-sessions/{id}/posts", "DELETE /posts/{id}", "POST /posts/{id}/reports", "POST /posts/{id}/hide", "POST /posts/{id}/show",
	"POST /scenes", "GET /units/{id}/claims", "GET /units/{id}/decided-claims", "GET /units/{id}/claim-rule", "GET /units/{id}/grants",
	"GET /units", "GET /units/{id}", "POST /units", "PUT /units/{id}", "POST /units/{id}/archive", "POST /units/{id}/new-code", "GET /units/{id}/calendar", "PUT /units/{id}/calendar",
	"POST /units/{id}/calendar/read", "GET /units/{id}/rota", "PUT /units/{id}/rota", "GET /units/{id}/alert-times", "PUT /units/{id}/alert-times",
	"POST /drills", "POST /me/alerts", "GET /me/alerts",
	"GET /roster-imports", "GET /roster-template.xlsx", // counts only
	"GET /rooms", "GET /rooms/{id}", "POST /rooms", "PUT /rooms/{id}", "PUT /rooms/{id}/counsellors/{accountId}", "GET /rooms/{id}/feedback", "GET /slots",
	"GET /me/counsellor-profile", "PUT /me/counsellor-profile", "GET /availability-rules", "POST /availability-rules", "DELETE /availability-rules/{id}",
	"GET /availability-exceptions", "DELETE /availability-exceptions/{id}",
	"GET /me/records-to-hand-over", // bookings without who comes
	"POST /bookings/{id}/feedback",
	"GET /me", "GET /me/tokens", "DELETE /me/tokens/{id}", "POST /token/renew", "POST /logout", "PUT /me/consents/{purpose}", "DELETE /me/consents/{purpose}", "POST /me/children",
	"DELETE /me/children/{id}", "POST /me/phone", "DELETE /me/phone", "POST /me/pupil", "DELETE /me/pupil", "DELETE /me/claims/{id}", "GET /me/messages", "POST /me/messages",
	"POST /me/invite-code",
}

// seen are the requests of those lines of which the matrix's own shows nothing confidential.
var seen = map[string]func(b *bundle, m member) request{
	"GET /me/overview": matrix()["GET /bookings | made by the caller"].make,
	"GET /wait-list":   func(b *bundle, m member) request { b.waitingFor(m); return request{path: "/wait-list"} },
	"POST /wait-list/{id}/cancel": func(b *bundle, m member) request {
		return of(b.waitingFor(m), "/wait-list/", "/cancel", nil)
	},
	"POST /wait-list/{id}/accept": func(b *bundle, m member) request {
		return of(b.waitingFor(m), "/wait-list/", "/accept", map[string]any{"safety": map[string]any{"selfHarm": false}})
	},
	"POST /availability-exceptions": func(b *bundle, m member) request {
		b.booking(b.slot(b.ahead()))
		req := matrix()["POST /availability-exceptions/preview"].make(b, m)
		req.path = "/availability-exceptions"
		return req
	},
	"POST /availability-exceptions/preview": func(b *bundle, m member) request {
		b.booking(b.slot(b.ahead()))
		return matrix()["POST /availability-exceptions/preview"].make(b, m)
	},
	"GET /roster-imports/{id}": func(b *bundle, _ member) request {
		n, known := b.next(), b.Pupil(b.own.Class)
		b.Set(known, "name", "王小芳")
		b.number(known)
		b.do(http.MethodPost, "/roster-imports?unitId="+b.own.School.ID.String(), b.who(model.RoleManager).token, fmt.Appendf(nil, "班级,姓名,学籍号\n%s,%s,T%d\n", b.own.Class.Name, "王小芳", n)).
			status(http.StatusCreated)
		var newest model.RosterImport
		require.NoError(b.t, b.store.Read(b.t.Context()).Order("id DESC").Take(&newest).Error)
		return of(newest.ID, "/roster-imports/", "", nil)
	},
	"GET /units/{id}/pupils": func(b *bundle, m member) request {
		var roster []*model.Pupil // those of the other lines have no number that opens
		require.NoError(b.t, b.store.Read(b.t.Context()).Find(&roster, "class_id = ?", b.own.Class.ID).Error)
		for _, pupil := range roster {
			b.number(pupil)
		}
		return matrix()["GET /units/{id}/pupils"].make(b, m)
	},
	"POST /login": func(b *bundle, m member) request {
		return request{path: "/login", body: map[string]any{"code": b.wechat.IssueCode("o" + m.actor.AccountID.String())}}
	},
}

// waitingFor adds a place on the wait-list that staff asked for, for the own pupil, with a slot held for it.
func (b *bundle) waitingFor(m member) model.ID {
	b.t.Helper()
	id, _ := b.waiting(m)
	if m.actor.PupilID == 0 {
		b.Set(&model.WaitEntry{}, "pupil_id", b.pupil.ID, "id = ?", id)
		b.Set(&model.WaitEntry{}, "attendee_id", b.pupil.ID, "id = ?", id)
	}
	return id
}

// entriesOf returns what the log holds of the member, and forgets it.
func (b *bundle) entriesOf(m member) []string {
	b.t.Helper()
	var rows []model.AuditEntry
	require.NoError(b.t, b.store.Read(b.t.Context()).Order("id").Find(&rows, "actor_id = ?", m.actor.AccountID).Error)
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM audit_entries WHERE actor_id = ?", m.actor.AccountID).Error
	}))
	return store.Each(rows, func(e model.AuditEntry) string {
		require.NotZero(b.t, e.UnitID, "whose it is")
		return fmt.Sprintf("%s %s %s", e.ActorRole, e.Action, e.Subject)
	})
}

// made makes the request of a line for the member, past what the log holds until then.
func (b *bundle) made(key string, m member) request {
	b.t.Helper()
	line := matrix()[key]
	if special, ok := seen[key]; ok {
		line.make = special
	}
	require.NotNil(b.t, line.make, "the matrix has no such line")
	req := line.make(b, m)
	b.entriesOf(m)
	return req
}

// mayStaffCall reports whether a member of staff may make the call, or log in by it.
func mayStaffCall(r rest.Route) bool {
	return r.Path == "/login" || r.Access.Name != rest.Public.Name && (r.Access.Roles == nil || slices.ContainsFunc(r.Access.Roles, model.Role.Grantable))
}

func TestWhatStaffSeeAndDoIsAudited(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		b := setup(w)
		require.NoError(w.t, w.store.Tx(w.t.Context(), func(tx *gorm.DB) error {
			return family.NewPhones(w.store, w.vault).Keep(tx, b.who(model.RoleGuardian).actor.AccountID, "13800138000")
		}))
		listed := map[string]bool{}
		for _, route := range unaudited {
			listed[route] = true
		}
		for _, key := range slices.Sorted(maps.Keys(audited)) {
			route, _, _ := strings.Cut(key, " | ")
			listed[route] = true
			method, _, _ := strings.Cut(route, " ")
			for _, entry := range audited[key] {
				role, _, _ := strings.Cut(entry, " ")
				m := b.who(model.Role(role))
				m.token = b.as(m.actor) // what one login sees again is not written again
				req := b.made(key, m)
				res := b.doWith(method, req.path, m.token, req.body, req.header)
				require.Less(w.t, res.code, 300, "%s as %s: %s", key, role, res.raw)
				require.Contains(w.t, b.entriesOf(m), entry, "%s: no entry of a %s: %s", key, role, res.raw)
				if req.settle != nil {
					req.settle()
				}
			}
			if method+" "+pathOf(route) == "POST /login" {
				continue
			}
			for _, role := range model.Families { // their own calls pay nothing
				m := b.who(role)
				req := b.made(key, m)
				b.doWith(method, req.path, m.token, req.body, req.header)
				require.Empty(w.t, b.entriesOf(m), "%s of a %s", key, role)
			}
		}
		for _, r := range w.server.rest.Table {
			name := r.Method + " " + r.Path
			if mayStaffCall(r) {
				require.True(w.t, listed[name], "%s: say in audited which entry it writes or, where it shows and changes nothing confidential, name it in unaudited", name)
			}
			delete(listed, name)
		}
		require.Empty(w.t, listed, "routes that are gone, or that no staff may call")
	})
}
