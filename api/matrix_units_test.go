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
	rename := func(s *scene) map[string]any { return map[string]any{"name": fmt.Sprintf("三%d班", s.next())} }
	class := func(s *scene) model.ID { return s.Unit(model.UnitClass, s.own.School).ID }
	return map[string]line{
		"GET /units | the own class's parent": {make: func(s *scene, _ member) request {
			return request{path: "/units?parentId=" + s.own.School.ID.String(), thing: s.own.School.ID.String()}
		}},
		"GET /units": {make: func(s *scene, _ member) request {
			return request{path: "/units", thing: s.own.School.ID.String()}
		}},
		"GET /units/{id}": {make: func(s *scene, _ member) request { return of(s.own.School.ID, "/units/", "", nil) }},
		"POST /units": {make: func(s *scene, _ member) request {
			body := rename(s)
			body["kind"], body["parentId"] = "class", s.own.School.ID
			return request{path: "/units", body: body, thing: s.own.School.ID.String()}
		}},
		"PUT /units/{id}":           {make: func(s *scene, _ member) request { return of(class(s), "/units/", "", rename(s)) }},
		"POST /units/{id}/archive":  {make: func(s *scene, _ member) request { return of(class(s), "/units/", "/archive", nil) }},
		"POST /units/{id}/new-code": {make: func(s *scene, _ member) request { return of(class(s), "/units/", "/new-code", nil) }},
		"GET /units/{id}/pupils":    {make: func(s *scene, _ member) request { return of(s.own.Class.ID, "/units/", "/pupils", nil) }},
		"GET /pupils": {make: func(s *scene, _ member) request {
			return request{path: "/pupils?name=" + url.QueryEscape(s.pupil.Name), thing: s.pupil.ID.String()}
		}},
		"GET /roster-imports": {make: func(s *scene, _ member) request {
			return request{path: "/roster-imports", thing: s.preview()}
		}},
		"POST /roster-imports": {make: func(s *scene, _ member) request {
			return of(s.own.School.ID, "/roster-imports?unitId=", "", s.roster())
		}},
		"GET /roster-imports/{id}": {make: func(s *scene, _ member) request { return s.onImport("") }},
		"POST /roster-imports/{id}/apply": {make: func(s *scene, _ member) request {
			req := s.onImport("/apply")
			req.settle = func() {
				require.Eventually(s.t, func() bool {
					return s.do(http.MethodGet, "/roster-imports/"+req.thing, s.who(model.RoleManager).token, nil).status(http.StatusOK).text("status") == "applied"
				}, 20*time.Second, 10*time.Millisecond)
			}
			return req
		}},
		"POST /roster-imports/{id}/discard": {make: func(s *scene, _ member) request { return s.onImport("/discard") }},
		"GET /roster-template.xlsx":         alone("/roster-template.xlsx", nil),
	}
}

// roster is a file that adds one pupil to the own school, in a class of its own.
func (s *scene) roster() []byte {
	n := s.next()
	return fmt.Appendf(nil, "班级,姓名,学籍号,性别\n三年级%d班,王芳,T%03d,女\n", n, n)
}

// preview uploads a roster as the own manager and answers the import's id.
func (s *scene) preview() string {
	s.t.Helper()
	return s.do(http.MethodPost, "/roster-imports?unitId="+s.own.School.ID.String(), s.who(model.RoleManager).token, s.roster()).status(http.StatusCreated).text("id")
}

func (s *scene) onImport(what string) request {
	id := s.preview()
	return request{path: "/roster-imports/" + id + what, thing: id}
}
