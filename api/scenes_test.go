package api

import (
	"bytes"
	"image/png"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
)

func TestAClassCodeOpensTheBinding(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.cast()
		teacher, manager := c.member(model.RoleTeacher, "own").token, c.member(model.RoleManager, "own").token
		body := map[string]any{"kind": "class", "targetId": c.own.Class.ID}
		made := w.do(http.MethodPost, "/scenes", teacher, body).status(http.StatusCreated)
		code := made.text("scene")
		require.Equal(t, rest.Base+"/scenes/"+code+"/code.png", made.text("pngUrl"))
		require.Equal(t, code, w.do(http.MethodPost, "/scenes", manager, body).status(http.StatusCreated).text("scene"))

		opened := w.do(http.MethodGet, "/scenes/"+code, "", nil).status(http.StatusOK)
		require.Equal(t, map[string]any{"kind": "class", "targetId": c.own.Class.ID.String(), "page": "pages/mine/bind", "params": map[string]any{"classCode": c.own.Class.Code}}, opened.json)
		require.NotContains(t, string(opened.raw), c.ownPupil.Name)
		picture := w.do(http.MethodGet, "/scenes/"+code+"/code.png", "", nil).status(http.StatusOK)
		require.Equal(t, "image/png", picture.header.Get("Content-Type"))
		_, err := png.Decode(bytes.NewReader(picture.raw))
		require.NoError(t, err)

		w.do(http.MethodPost, "/units/"+c.own.Class.ID.String()+"/new-code", manager, nil).status(http.StatusOK)
		w.do(http.MethodGet, "/scenes/"+code, "", nil).problem(http.StatusNotFound, "scene_not_found")
		w.do(http.MethodGet, "/scenes/"+code+"/code.png", "", nil).problem(http.StatusNotFound, "scene_not_found")
		w.do(http.MethodPost, "/scenes", manager, map[string]any{"kind": "class", "targetId": c.own.School.ID}).problem(http.StatusConflict, "unit_not_class")
		w.do(http.MethodPost, "/scenes", manager, map[string]any{"kind": "pupil", "targetId": c.ownPupil.ID}).status(http.StatusUnprocessableEntity)
	})
}

func TestASessionsSceneExpiresWithTheSession(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.cast()
		teacher := c.member(model.RoleTeacher, "own")
		l := w.Lecture(c.own.County, 4, model.SidePupil)
		now := w.store.Now()
		session := w.do(http.MethodPost, "/lecture-sessions", teacher.token, map[string]any{"lectureId": l.ID, "mode": "offline", "place": "礼堂", "startsAt": now,
			"endsAt": now.Add(3600e9), "targetUnitIds": []model.ID{c.own.Class.ID}}).status(http.StatusCreated).text("id")
		body := map[string]any{"kind": "session", "targetId": session, "link": true}
		made := w.do(http.MethodPost, "/scenes", teacher.token, body).status(http.StatusCreated)
		require.Equal(t, session, w.do(http.MethodGet, "/scenes/"+made.text("scene"), "", nil).status(http.StatusOK).text("params", "id"))
		w.do(http.MethodPost, "/scenes", c.member(model.RoleGuardian, "own").token, body).problem(http.StatusForbidden, "host_only")
		w.do(http.MethodPost, "/lecture-sessions/"+session+"/end", teacher.token, nil).status(http.StatusOK)
		w.do(http.MethodPost, "/scenes", teacher.token, body).problem(http.StatusConflict, "session_ended")
	})
}
