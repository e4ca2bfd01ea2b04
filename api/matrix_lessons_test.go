package api

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
)

func matrixOfLessons() map[string]line {
	body := func(more ...any) map[string]any {
		b := map[string]any{"title": "学会交往", "sides": []string{"pupil", "guardian"}, "term": "2026H2"}
		for i := 0; i < len(more); i += 2 {
			b[more[i].(string)] = more[i+1]
		}
		return b
	}
	return map[string]line{
		"GET /lessons": {make: func(s *scene, _ member) request {
			return request{path: "/lessons", thing: s.lesson(model.LessonPublished).ID.String()}
		}},
		"GET /lessons | of the own pupil": {make: func(s *scene, _ member) request {
			return of(s.pupil.ID, "/lessons?pupilId=", "", nil)
		}},
		"GET /lessons/{id}": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "", nil)
		}},
		"GET /lessons/{id} | of the own pupil": {make: func(s *scene, _ member) request {
			lesson := s.Lesson(s.own.County, 20, model.SidePupil)
			return of(s.pupil.ID, "/lessons/"+lesson.ID.String()+"?pupilId=", "", nil)
		}},
		"GET /lessons/{id} | draft": {make: func(s *scene, _ member) request { return of(s.lesson(model.LessonDraft).ID, "/lessons/", "", nil) }},
		"POST /lessons": {make: func(s *scene, _ member) request {
			return request{path: "/lessons", body: body("unitId", s.own.School.ID), thing: s.own.School.ID.String()}
		}},
		"PUT /lessons/{id}": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "", body())
		}},
		"PUT /lessons/{id}/video": {make: func(s *scene, _ member) request {
			video, err := os.ReadFile(demoVideo)
			require.NoError(s.t, err)
			return of(s.lesson(model.LessonDraft).ID, "/lessons/", "/video", video)
		}},
		"PUT /lessons/{id}/cover": {make: func(s *scene, _ member) request {
			var picture bytes.Buffer
			require.NoError(s.t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
			return of(s.lesson(model.LessonDraft).ID, "/lessons/", "/cover", picture.Bytes())
		}},
		"POST /lessons/{id}/cover/release": {make: func(s *scene, _ member) request {
			held := s.lesson(model.LessonPublished)
			held.CoverKey, held.CoverStatus = "lessons/held.png", model.CoverReview
			require.NoError(s.t, s.store.Tx(s.t.Context(), func(tx *gorm.DB) error { return tx.Save(held).Error }))
			return of(held.ID, "/lessons/", "/cover/release", nil)
		}},
		"POST /lessons/{id}/publish": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonDraft).ID, "/lessons/", "/publish", nil)
		}},
		"POST /lessons/{id}/withdraw": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "/withdraw", nil)
		}},
		"GET /lessons/{id}/tally": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "/tally?unitId="+s.own.Class.ID.String(), nil)
		}},
		"GET /lessons/{id}/tally | own lesson, caller's unit": {make: func(s *scene, m member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "/tally?unitId="+s.unitOf(m).String(), nil)
		}},
		"POST /lessons/{id}/shares": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "/shares", nil)
		}},
		// Whoever holds the card was given it.
		"GET /shares/{token}": {apart: true, make: func(s *scene, _ member) request {
			lesson := s.lesson(model.LessonPublished).ID
			card := s.do("POST", "/lessons/"+lesson.String()+"/shares", s.who(model.RoleGuardian).token, nil).status(201).text("token")
			return request{path: "/shares/" + card, thing: lesson.String()}
		}},
		"POST /lessons/{id}/forwards": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "/forwards", map[string]any{"unitIds": []model.ID{s.own.Class.ID}})
		}},
		"POST /lessons/{id}/forwards | county's lesson": {make: func(s *scene, m member) request {
			county := s.own.County
			if m.place == "other" {
				county = s.other.County
			}
			lesson := s.Lesson(county, 20, model.SidePupil)
			return request{path: "/lessons/" + lesson.ID.String() + "/forwards", body: map[string]any{"unitIds": []model.ID{s.own.Class.ID}}, thing: s.own.Class.ID.String()}
		}},
		"GET /lessons/{id}/forwards": {make: func(s *scene, _ member) request {
			lesson := s.lesson(model.LessonPublished)
			now := s.store.Now()
			s.insert(&model.LessonForward{ID: s.store.NewID(), LessonID: lesson.ID, UnitID: s.own.Class.ID, AccountID: s.who(model.RoleTeacher).actor.AccountID,
				OnDate: model.DateOf(now), CreatedAt: now})
			return request{path: "/lessons/" + lesson.ID.String() + "/forwards", thing: s.own.Class.ID.String()}
		}},
		"POST /lessons/{id}/watches": {make: func(s *scene, _ member) request {
			return of(s.lesson(model.LessonPublished).ID, "/lessons/", "/watches", map[string]any{})
		}},
		"POST /lessons/{id}/watches | for the own pupil": {make: func(s *scene, m member) request {
			unit := s.own.County
			if m.place == "other" {
				unit = s.other.County
			}
			lesson := s.Lesson(unit, 20, model.SidePupil)
			return request{path: "/lessons/" + lesson.ID.String() + "/watches", body: map[string]any{"pupilId": s.pupil.ID}, thing: s.pupil.ID.String()}
		}},
		"POST /watches/{id}/reports": {make: func(s *scene, m member) request {
			viewer := s.who(model.RoleGuardian)
			if m.role == model.RolePupil {
				viewer = s.orOwn(m, model.RolePupil)
			}
			lesson := s.lesson(model.LessonPublished)
			watch := s.do("POST", "/lessons/"+lesson.ID.String()+"/watches", viewer.token, map[string]any{}).status(201).text("id")
			return request{path: "/watches/" + watch + "/reports", thing: watch,
				body: map[string]any{"seq": 1, "position": 1, "rate": 1, "segments": [][]float64{{0, 1}}}}
		}},
	}
}

// lesson adds a lesson of the own school.
func (s *scene) lesson(status model.LessonStatus) *model.Lesson {
	s.t.Helper()
	lesson := s.Lesson(s.own.School, 20, model.SidePupil, model.SideGuardian)
	if status != lesson.Status {
		require.NoError(s.t, s.store.Tx(s.t.Context(), func(tx *gorm.DB) error {
			return tx.Model(lesson).Update("status", status).Error
		}))
	}
	return lesson
}

// unitOf is a unit that the member belongs to; the own class for who belongs nowhere.
func (s *scene) unitOf(m member) model.ID {
	if len(m.actor.Roles) == 0 {
		return s.own.Class.ID
	}
	return m.actor.Roles[0].UnitID
}

// hour is an hour that begins now, as a session is planned.
func (s *scene) hour(more ...any) map[string]any {
	now := s.store.Now()
	plan := map[string]any{"mode": "offline", "place": "礼堂", "startsAt": now, "endsAt": now.Add(time.Hour)}
	for i := 0; i < len(more); i += 2 {
		plan[more[i].(string)] = more[i+1]
	}
	return plan
}
