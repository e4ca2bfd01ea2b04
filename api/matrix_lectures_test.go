package api

import (
	"net/http"
	"slices"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func matrixOfLectures() map[string]line {
	// on is a line for a call on an open session of the own class.
	on := func(after string, body func(*scene, *model.LectureSession) any, past ...string) line {
		return line{past: past, make: func(s *scene, _ member) request {
			session := s.session()
			var b any
			if body != nil {
				b = body(s, session)
			}
			return of(session.ID, "/lecture-sessions/", after, b)
		}}
	}
	late := func(s *scene, session *model.LectureSession) any {
		now := s.store.Now()
		c := &model.CheckIn{ID: s.store.NewID(), SessionID: session.ID, PupilID: s.pupil.ID, Side: model.SidePupil, AccountID: s.who(model.RoleGuardian).actor.AccountID,
			Mode: model.CheckInScan, At: now, ReceivedAt: now, Late: true}
		s.insert(c)
		return map[string]any{"checkInIds": []model.ID{c.ID}}
	}
	// post is a line for a call on a held post of the own guardian, or of the caller where they ask for their own.
	post := func(after string, own bool) line {
		return line{make: func(s *scene, m member) request {
			author := s.who(model.RoleGuardian)
			if own && slices.Contains(model.Debaters, m.role) {
				author = s.orOwn(m, model.RoleGuardian)
			}
			return of(s.post(author), "/posts/", after, nil)
		}}
	}
	return map[string]line{
		"GET /lecture-sessions/{id}/posts":  on("/posts", nil),
		"POST /lecture-sessions/{id}/posts": on("/posts", func(*scene, *model.LectureSession) any { return map[string]any{"text": "谢谢老师"} }),
		"DELETE /posts/{id}":                post("", true),
		"POST /posts/{id}/hide":             post("/hide", false),
		"POST /posts/{id}/show":             post("/show", false),
		"GET /lectures": {make: func(s *scene, _ member) request {
			return request{path: "/lectures", thing: s.Lecture(s.own.School, s.next(), model.SidePupil).ID.String()}
		}},
		"GET /lectures/{id}": {make: func(s *scene, _ member) request {
			return of(s.Lecture(s.own.School, s.next(), model.SidePupil).ID, "/lectures/", "", nil)
		}},
		"POST /lectures": {make: func(s *scene, _ member) request {
			return request{path: "/lectures", thing: s.own.School.ID.String(),
				body: map[string]any{"unitId": s.own.School.ID, "number": s.next(), "title": "第四讲", "sides": []string{"pupil"}}}
		}},
		"GET /lecture-sessions": {make: func(s *scene, _ member) request {
			return request{path: "/lecture-sessions", thing: s.session().ID.String()}
		}},
		"GET /lecture-sessions/{id}": on("", nil),
		"POST /lecture-sessions | own lecture, caller's unit": {unsaid: []string{"target_not_yours"}, make: func(s *scene, m member) request {
			lecture := s.Lecture(s.own.School, s.next(), model.SidePupil)
			return request{path: "/lecture-sessions", body: s.hour("lectureId", lecture.ID, "targetUnitIds", []model.ID{s.unitOf(m)}), thing: lecture.ID.String()}
		}},
		"POST /lecture-sessions": {unsaid: []string{"target_not_yours"}, make: func(s *scene, m member) request {
			county := s.own.County
			if m.place == "other" {
				county = s.other.County
			}
			lecture := s.Lecture(county, s.next(), model.SidePupil)
			return request{path: "/lecture-sessions", body: s.hour("lectureId", lecture.ID, "targetUnitIds", []model.ID{s.own.Class.ID}), thing: s.own.Class.ID.String()}
		}},
		"PUT /lecture-sessions/{id}": on("", func(s *scene, session *model.LectureSession) any {
			return s.hour("version", 1, "startsAt", session.StartsAt, "hostId", session.HostID)
		}),
		"POST /lecture-sessions/{id}/cancel": on("/cancel", nil),
		"POST /lecture-sessions/{id}/end":    on("/end", nil),
		"POST /lecture-sessions/{id}/make-up": on("/make-up", func(s *scene, _ *model.LectureSession) any {
			return s.hour("hostId", s.who(model.RoleTeacher).actor.AccountID)
		}),
		"GET /lecture-sessions/{id}/missing": on("/missing", nil),
		"GET /lecture-sessions/{id}/roster":  on("/roster", nil),
		"POST /lecture-sessions/{id}/remind": on("/remind", nil),
		"GET /lecture-sessions/{id}/code":    on("/code", nil),
		"GET /lecture-sessions/{id}/code.png": {apart: true, make: func(s *scene, _ member) request {
			session := s.session().ID
			return of(session, "/lecture-sessions/", "/code.png?token="+s.code(session), nil)
		}},
		"POST /lecture-sessions/{id}/roll-call": on("/roll-call", func(s *scene, _ *model.LectureSession) any {
			return map[string]any{"pupilIds": []model.ID{s.pupil.ID}}
		}),
		"GET /lecture-sessions/{id}/late-check-ins":          on("/late-check-ins", nil),
		"POST /lecture-sessions/{id}/late-check-ins/confirm": on("/late-check-ins/confirm", late),
		"POST /lecture-sessions/{id}/late-check-ins/refuse":  on("/late-check-ins/refuse", late),
		// Who holds a code that is good now saw the screen: that there is a session is no news to them.
		"POST /check-ins": {apart: true, past: []string{"session_not_for_you"}, make: func(s *scene, _ member) request {
			return request{path: "/check-ins", body: map[string]any{"token": s.code(s.session().ID)}}
		}},
		"POST /check-ins | for the own pupil": {apart: true, past: []string{"session_not_for_you"}, make: func(s *scene, _ member) request {
			return request{path: "/check-ins", body: map[string]any{"token": s.code(s.session().ID), "pupilIds": []model.ID{s.pupil.ID}}, thing: s.pupil.ID.String()}
		}},
	}
}

// code is what the own teacher shows now.
func (s *scene) code(session model.ID) string {
	s.t.Helper()
	return s.do(http.MethodGet, "/lecture-sessions/"+session.String()+"/code", s.who(model.RoleTeacher).token, nil).status(http.StatusOK).text("token")
}

// post adds a held post of the author to a session of the own class.
func (s *scene) post(author member) model.ID {
	s.t.Helper()
	p := &model.SessionPost{ID: s.store.NewID(), SessionID: s.session().ID, AccountID: author.actor.AccountID, ClassID: s.own.Class.ID,
		Status: model.PostHeld, Verdict: model.VerdictReview, CreatedAt: s.store.Now()}
	sealed, err := s.vault.Seal(model.SessionPostField, p.ID, "谢谢老师")
	require.NoError(s.t, err)
	p.Content = sealed
	s.insert(p)
	return p.ID
}
