package api

import (
	"net/http"

	"xinyu/model"
)

func matrixOfScenes() map[string]line {
	makes := func(kind model.SceneKind, target func(b *bundle) model.ID) line {
		// A family sees the session, but only who runs it gets a code of it.
		return line{unsaid: []string{"host_only"}, make: func(b *bundle, _ member) request {
			id := target(b)
			return request{path: "/scenes", body: map[string]any{"kind": kind, "targetId": id}, thing: id.String()}
		}}
	}
	// Whoever has the code was shown it; it leads to a page and proves nothing.
	opened := func(after string) line {
		return line{apart: true, make: func(b *bundle, _ member) request {
			made := b.do(http.MethodPost, "/scenes", b.who(model.RoleTeacher).token, map[string]any{"kind": model.SceneClass, "targetId": b.own.Class.ID})
			return request{path: "/scenes/" + made.status(http.StatusCreated).text("scene") + after}
		}}
	}
	return map[string]line{
		"POST /scenes | session":       makes(model.SceneSession, func(b *bundle) model.ID { return b.session().ID }),
		"POST /scenes | lesson":        makes(model.SceneLesson, func(b *bundle) model.ID { return b.lesson(model.LessonPublished).ID }),
		"POST /scenes | class":         makes(model.SceneClass, func(b *bundle) model.ID { return b.own.Class.ID }),
		"GET /scenes/{scene}":          opened(""),
		"GET /scenes/{scene}/code.png": opened("/code.png"),
	}
}
