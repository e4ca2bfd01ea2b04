package api

import (
	"net/http"
	"slices"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func matrixOfLectures() map[string]line {
	// on is a line for a call on an open session of the own class.
	on := func(after string, body func(*bundle, *model.LectureSession) any, past ...string) line {
		return line{past: past, make: func(b *bundle, _ member) request {
			session := b.session()
			var content any
			if body != nil {
				content = body(b, session)
			}
			return of(session.ID, "/lecture-sessions/", after, content)
		}}
	}
	late := func(b *bundle, session *model.LectureSession) any {
		now := b.store.Now()
		c := &model.CheckIn{ID: b.store.NewID(), SessionID: session.ID, PupilID: b.pupil.ID, Side: model.SidePupil, AccountID: b.who(model.RoleGuardian).actor.AccountID,
			Mode: model.CheckInScan, At: now, ReceivedAt: now, Late: true}
		b.insert(c)
		return map[string]any{"checkInIds": []model.ID{c.ID}}
	}
	// post is a line for a call on a held post of the own guardian, or of the caller where they ask for their own.
	post := func(after string, own bool) line {
		return line{make: func(b *bundle, m member) request {
			author := b.who(model.RoleGuardian)
			if own && slices.Contains(model.Debaters, m.role) {
				author = b.orOwn(m, model.RoleGuardian)
			}
			return of(b.post(author), "/posts/", after, nil)
		}}
	}
	return map[string]line{
		"GET /lecture-sessions/{id}/posts":  on("/posts", nil),
		"POST /lecture-sessions/{id}/posts": on("/posts", func(*bundle, *model.LectureSession) any { return map[string]any{"text": "谢谢老师"} }),
		"DELETE /posts/{id}":                theirsOf(post("", true), model.Debaters...),
		"POST /posts/{id}/reports": {past: []string{"own_post"}, make: func(b *bundle, _ member) request {
			id := b.post(b.who(model.RoleGuardian))
			b.Set(&model.SessionPost{ID: id}, "status", model.PostShown)
			return of(id, "/posts/", "/reports", map[string]any{"reason": "private"})
		}},
		"POST /posts/{id}/hide": post("/hide", false),
		"POST /posts/{id}/show": post("/show", false),
		"GET /lectures": {make: func(b *bundle, _ member) request {
			return request{path: "/lectures", thing: b.Lecture(b.own.School, b.next(), model.SidePupil).ID.String()}
		}},
		"GET /lectures/{id}": {make: func(b *bundle, _ member) request {
			return of(b.Lecture(b.own.School, b.next(), model.SidePupil).ID, "/lectures/", "", nil)
		}},
		"POST /lectures": {make: func(b *bundle, _ member) request {
			return request{path: "/lectures", thing: b.own.School.ID.String(),
				body: map[string]any{"unitId": b.own.School.ID, "number": b.next(), "title": "第四讲", "sides": []string{"pupil"}}}
		}},
		"GET /lecture-sessions": {make: func(b *bundle, _ member) request {
			return request{path: "/lecture-sessions", thing: b.session().ID.String()}
		}},
		"GET /lecture-sessions/{id}": on("", nil),
		"POST /lecture-sessions | own lecture, caller's unit": {unsaid: []string{"target_not_yours"}, make: func(b *bundle, m member) request {
			lecture := b.Lecture(b.own.School, b.next(), model.SidePupil)
			return request{path: "/lecture-sessions", body: b.hour("lectureId", lecture.ID, "targetUnitIds", []model.ID{b.unitOf(m)}), thing: lecture.ID.String()}
		}},
		"POST /lecture-sessions": {unsaid: []string{"target_not_yours"}, make: func(b *bundle, m member) request {
			county := b.own.County
			if m.place == "other" {
				county = b.other.County
			}
			lecture := b.Lecture(county, b.next(), model.SidePupil)
			return request{path: "/lecture-sessions", body: b.hour("lectureId", lecture.ID, "targetUnitIds", []model.ID{b.own.Class.ID}), thing: b.own.Class.ID.String()}
		}},
		"PUT /lecture-sessions/{id}": on("", func(b *bundle, session *model.LectureSession) any {
			return b.hour("version", 1, "startsAt", session.StartsAt, "hostId", session.HostID)
		}),
		"POST /lecture-sessions/{id}/cancel": on("/cancel", nil),
		"POST /lecture-sessions/{id}/end":    on("/end", nil),
		"POST /lecture-sessions/{id}/make-up": on("/make-up", func(b *bundle, _ *model.LectureSession) any {
			return b.hour("hostId", b.who(model.RoleTeacher).actor.AccountID)
		}),
		"GET /lecture-sessions/{id}/missing": on("/missing", nil),
		"GET /lecture-sessions/{id}/roster":  on("/roster", nil),
		"POST /lecture-sessions/{id}/remind": on("/remind", nil),
		"GET /lecture-sessions/{id}/code":    on("/code", nil),
		"GET /lecture-sessions/{id}/code.png": {apart: true, make: func(b *bundle, _ member) request {
			session := b.session().ID
			return of(session, "/lecture-sessions/", "/code.png?token="+b.code(session), nil)
		}},
		"POST /lecture-sessions/{id}/roll-call": on("/roll-call", func(b *bundle, _ *model.LectureSession) any {
			return map[string]any{"pupilIds": []model.ID{b.pupil.ID}}
		}),
		"DELETE /lecture-sessions/{id}/check-ins/{pupilId}": {make: func(b *bundle, _ member) request {
			session, now := b.session(), b.store.Now()
			b.insert(&model.CheckIn{ID: b.store.NewID(), SessionID: session.ID, PupilID: b.pupil.ID, Side: model.SidePupil, AccountID: b.who(model.RoleGuardian).actor.AccountID,
				Mode: model.CheckInScan, At: now, ReceivedAt: now})
			return of(session.ID, "/lecture-sessions/", "/check-ins/"+b.pupil.ID.String(), map[string]any{"reason": "点错了"})
		}},
		"GET /lecture-sessions/{id}/retractions":             on("/retractions", nil),
		"GET /lecture-sessions/{id}/late-check-ins":          on("/late-check-ins", nil),
		"POST /lecture-sessions/{id}/late-check-ins/confirm": on("/late-check-ins/confirm", late),
		"POST /lecture-sessions/{id}/late-check-ins/refuse":  on("/late-check-ins/refuse", late),
		// Who holds a code that is good now saw the screen: that there is a session is no news to them.
		"POST /check-ins": {apart: true, past: []string{"session_not_for_you"}, make: func(b *bundle, _ member) request {
			return request{path: "/check-ins", body: map[string]any{"token": b.code(b.session().ID)}}
		}},
		"POST /check-ins | for the own pupil": {apart: true, past: []string{"session_not_for_you"}, make: func(b *bundle, _ member) request {
			return request{path: "/check-ins", body: map[string]any{"token": b.code(b.session().ID), "pupilIds": []model.ID{b.pupil.ID}}, thing: b.pupil.ID.String()}
		}},
	}
}

// code is what the own teacher shows now.
func (b *bundle) code(session model.ID) string {
	b.t.Helper()
	return b.do(http.MethodGet, "/lecture-sessions/"+session.String()+"/code", b.who(model.RoleTeacher).token, nil).status(http.StatusOK).text("token")
}

// post adds a held post of the author to a session of the own class.
func (b *bundle) post(author member) model.ID {
	b.t.Helper()
	p := &model.SessionPost{ID: b.store.NewID(), SessionID: b.session().ID, AccountID: author.actor.AccountID, ClassID: b.own.Class.ID,
		Status: model.PostHeld, Verdict: model.VerdictReview, CreatedAt: b.store.Now()}
	sealed, err := b.vault.Seal(model.SessionPostField, p.ID, "谢谢老师")
	require.NoError(b.t, err)
	p.Content = sealed
	b.insert(p)
	return p.ID
}
