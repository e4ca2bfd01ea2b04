package api

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func matrixOfUnits() map[string]line {
	rename := func(b *bundle) map[string]any { return map[string]any{"name": fmt.Sprintf("三%d班", b.next())} }
	versioned := func(body map[string]any) map[string]any {
		body["version"] = 1
		return body
	}
	class := func(b *bundle) model.ID { return b.Unit(model.UnitClass, b.own.School).ID }
	return map[string]line{
		"GET /units | the own class's parent": {make: func(b *bundle, _ member) request {
			return request{path: "/units?parentId=" + b.own.School.ID.String(), thing: b.own.School.ID.String()}
		}},
		"GET /units": {make: func(b *bundle, _ member) request {
			return request{path: "/units", thing: b.own.School.ID.String()}
		}},
		"GET /units/{id}": {make: func(b *bundle, _ member) request { return of(b.own.School.ID, "/units/", "", nil) }},
		"POST /units": {make: func(b *bundle, _ member) request {
			body := rename(b)
			body["kind"], body["parentId"] = "class", b.own.School.ID
			return request{path: "/units", body: body, thing: b.own.School.ID.String()}
		}},
		"PUT /units/{id}":           {make: func(b *bundle, _ member) request { return of(class(b), "/units/", "", versioned(rename(b))) }},
		"POST /units/{id}/archive":  {make: func(b *bundle, _ member) request { return of(class(b), "/units/", "/archive", nil) }},
		"POST /units/{id}/new-code": {make: func(b *bundle, _ member) request { return of(class(b), "/units/", "/new-code", nil) }},
		"GET /units/{id}/pupils":    {make: func(b *bundle, _ member) request { return of(b.own.Class.ID, "/units/", "/pupils", nil) }},
		"GET /pupils": {make: func(b *bundle, _ member) request {
			return request{path: "/pupils?name=" + url.QueryEscape(b.pupil.Name), thing: b.pupil.ID.String()}
		}},
		"GET /roster-imports": {make: func(b *bundle, _ member) request {
			return request{path: "/roster-imports", thing: b.preview()}
		}},
		"POST /roster-imports": {make: func(b *bundle, _ member) request {
			return of(b.own.School.ID, "/roster-imports?unitId=", "", b.roster())
		}},
		"GET /roster-imports/{id}": {make: func(b *bundle, _ member) request { return b.onImport("") }},
		"POST /roster-imports/{id}/apply": {make: func(b *bundle, _ member) request {
			req := b.onImport("/apply")
			req.settle = func() { b.applied(req.thing) }
			return req
		}},
		"PUT /roster-imports/{id}/choices": {make: func(b *bundle, _ member) request {
			req := b.onImport("/choices")
			req.body = map[string]any{"onlyListedClasses": true}
			return req
		}},
		"POST /roster-imports/{id}/undo": {make: func(b *bundle, _ member) request {
			req := b.onImport("/undo")
			b.do(http.MethodPost, "/roster-imports/"+req.thing+"/apply", b.who(model.RoleManager).token, nil).status(http.StatusAccepted)
			b.applied(req.thing)
			return req
		}},
		"POST /roster-imports/{id}/discard": {make: func(b *bundle, _ member) request { return b.onImport("/discard") }},
		"GET /roster-template.xlsx":         alone("/roster-template.xlsx", nil),
	}
}

// roster is a file that adds one pupil to the own school, in a class of its own.
func (b *bundle) roster() []byte {
	n := b.next()
	return fmt.Appendf(nil, "班级,姓名,学籍号,性别\n三年级%d班,王芳,T%03d,女\n", n, n)
}

// preview uploads a roster, by which nobody departs, as a manager of the own school,
// each time another, as one can't have many waiting, and returns the import's id.
func (b *bundle) preview() string {
	b.t.Helper()
	manager := b.as(b.Staff(model.RoleManager, b.own.School))
	id := b.do(http.MethodPost, "/roster-imports?unitId="+b.own.School.ID.String(), manager, b.roster()).status(http.StatusCreated).text("id")
	b.do(http.MethodPut, "/roster-imports/"+id+"/choices", manager, map[string]any{"onlyListedClasses": true}).status(http.StatusOK)
	return id
}

// applied waits until the import is applied.
func (b *bundle) applied(id string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		return b.do(http.MethodGet, "/roster-imports/"+id, b.who(model.RoleManager).token, nil).status(http.StatusOK).text("status") == "applied"
	}, 20*time.Second, 10*time.Millisecond)
}

func (b *bundle) onImport(what string) request {
	id := b.preview()
	return request{path: "/roster-imports/" + id + what, thing: id}
}
