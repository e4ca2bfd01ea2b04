package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func TestTheFirstPageTakesOneRequest(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		lesson := w.Lesson(c.own.School, 20, model.SidePupil)
		w.Lesson(c.cast.other.School, 20, model.SidePupil, model.SideGuardian)
		lecture := w.Lecture(c.own.School, 4, model.SideGuardian)
		teacher, now := c.member(model.RoleTeacher, "own").token, w.store.Now()
		session := w.do(http.MethodPost, "/lecture-sessions", teacher, map[string]any{"lectureId": lecture.ID, "mode": "online", "joinUrl": "https://meeting.example/1",
			"startsAt": now, "endsAt": now.Add(60e9), "targetUnitIds": []model.ID{c.own.Class.ID}}).status(http.StatusCreated).text("id")
		w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(9), map[string]any{"pupilId": c.ownPupil.ID, "concern": "最近睡不好"})).status(http.StatusCreated)

		home := w.do(http.MethodGet, "/me/overview", c.guardian, nil).status(http.StatusOK)
		require.Equal(t, string(model.TermOf(now)), home.text("term"))
		people, _ := home.at("people").([]any)
		require.Len(t, people, 2, "the guardian and the child")
		require.NotContains(t, people[0], "pupilId")
		require.Equal(t, lecture.ID.String(), home.text("people", 0, "lectures", "items", 0, "id"))
		require.Equal(t, session, home.text("people", 0, "lectures", "items", 0, "next", "sessionId"))
		require.Equal(t, []any{}, home.at("people", 0, "lessons", "items"))
		require.Equal(t, []any{c.ownPupil.ID.String(), c.ownPupil.Name}, []any{home.text("people", 1, "pupilId"), home.text("people", 1, "name")})
		require.Equal(t, lesson.ID.String(), home.text("people", 1, "lessons", "items", 0, "id"))
		require.Equal(t, []any{1.0, 0.0}, []any{home.at("people", 1, "lessons", "total"), home.at("people", 1, "lessons", "done")})
		require.Equal(t, "https://meeting.example/1", home.text("sessions", "items", 0, "joinUrl"))
		require.Equal(t, "陈老师", home.text("bookings", "items", 0, "counsellorName"))
		require.NotContains(t, string(home.raw), "最近睡不好", "what was confided is not for the first page")
		require.Equal(t, []any{0.0, []any{}}, []any{home.at("offers", "count"), home.at("offers", "items")})

		for _, m := range c.members {
			if m.role == model.RoleGuardian && m.place == "own" {
				continue
			}
			other := w.do(http.MethodGet, "/me/overview", m.token, nil).status(http.StatusOK)
			require.NotContains(t, string(other.raw), c.ownPupil.ID.String(), m.name)
			if m.role != model.RoleGuardian && m.role != model.RolePupil {
				require.Equal(t, []any{}, other.at("people"), m.name)
			}
		}
	})
}

// A family with a tenfold of everything costs the database as many queries.
func TestTheFirstPageTakesAFixedNumberOfQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree := w.Tree()
	w.Lesson(tree.School, 20, model.SidePupil)
	small := w.as(w.Guardian(w.Pupil(tree.Class)))
	large := w.as(w.Guardian(w.Pupil(tree.Class), w.Pupil(tree.Class), w.Pupil(tree.OtherClass), w.Pupil(tree.OtherClass)))
	for range 2 { // the first call of each token may look it up
		for _, token := range []string{small, large} {
			w.do(http.MethodGet, "/me/overview", token, nil).status(http.StatusOK)
		}
	}
	queries := storetest.Queries(t, w.store)
	w.do(http.MethodGet, "/me/overview", small, nil).status(http.StatusOK)
	few := queries()
	for n := range 20 {
		w.Lesson(tree.School, 20, model.SidePupil, model.SideGuardian)
		w.Lecture(tree.County, 10+n, model.SidePupil, model.SideGuardian)
	}
	w.do(http.MethodGet, "/me/overview", large, nil).status(http.StatusOK)
	require.Equal(t, few, queries())
	require.LessOrEqual(t, few, 25)
}
