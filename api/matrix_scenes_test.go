package api

import (
	"net/http"

	"xinyu/model"
)

func matrixOfScenes() map[string]line {
	makes := func(kind model.SceneKind, target func(s *scene) model.ID) line {
		// A family sees the session, but only who runs it gets a code of it.
		return line{unsaid: []string{"host_only"}, make: func(s *scene, _ member) request {
			id := target(s)
			return request{path: "/scenes", body: map[string]any{"kind": kind, "targetId": id}, thing: id.String()}
		}}
	}
	// Whoever has the code was shown it; it leads to a page and proves nothing.
	opened := func(after string) line {
		return line{apart: true, make: func(s *scene, _ member) request {
			made := s.do(http.MethodPost, "/scenes", s.who(model.RoleTeacher).token, map[string]any{"kind": model.SceneClass, "targetId": s.own.Class.ID})
			return request{path: "/scenes/" + made.status(http.StatusCreated).text("scene") + after}
		}}
	}
	return map[string]line{
		"POST /scenes | session":       makes(model.SceneSession, func(s *scene) model.ID { return s.session().ID }),
		"POST /scenes | lesson":        makes(model.SceneLesson, func(s *scene) model.ID { return s.lesson(model.LessonPublished).ID }),
		"POST /scenes | class":         makes(model.SceneClass, func(s *scene) model.ID { return s.own.Class.ID }),
		"GET /scenes/{scene}":          opened(""),
		"GET /scenes/{scene}/code.png": opened("/code.png"),
	}
}
