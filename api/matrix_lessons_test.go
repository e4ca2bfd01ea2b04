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
		content := map[string]any{"title": "学会交往", "sides": []string{"pupil", "guardian"}, "term": "2026H2"}
		for i := 0; i < len(more); i += 2 {
			content[more[i].(string)] = more[i+1]
		}
		return content
	}
	return map[string]line{
		"GET /lessons": {make: func(b *bundle, _ member) request {
			return request{path: "/lessons", thing: b.lesson(model.LessonPublished).ID.String()}
		}},
		"GET /lessons | of the own pupil": {make: func(b *bundle, _ member) request {
			return of(b.pupil.ID, "/lessons?pupilId=", "", nil)
		}},
		"GET /lessons/{id}": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "", nil)
		}},
		"GET /lessons/{id} | of the own pupil": {make: func(b *bundle, _ member) request {
			lesson := b.Lesson(b.own.County, 20, model.SidePupil)
			return of(b.pupil.ID, "/lessons/"+lesson.ID.String()+"?pupilId=", "", nil)
		}},
		"GET /lessons/{id} | draft": {make: func(b *bundle, _ member) request { return of(b.lesson(model.LessonDraft).ID, "/lessons/", "", nil) }},
		"POST /lessons": {make: func(b *bundle, _ member) request {
			return request{path: "/lessons", body: body("unitId", b.own.School.ID), thing: b.own.School.ID.String()}
		}},
		"PUT /lessons/{id}": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "", body("version", 1))
		}},
		"PUT /lessons/{id}/video": {make: func(b *bundle, _ member) request {
			video, err := os.ReadFile(demoVideo)
			require.NoError(b.t, err)
			return of(b.lesson(model.LessonDraft).ID, "/lessons/", "/video", video)
		}},
		"PUT /lessons/{id}/cover": {make: func(b *bundle, _ member) request {
			var picture bytes.Buffer
			require.NoError(b.t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
			return of(b.lesson(model.LessonDraft).ID, "/lessons/", "/cover", picture.Bytes())
		}},
		"POST /lessons/{id}/cover/release": {make: func(b *bundle, _ member) request {
			held := b.lesson(model.LessonPublished)
			held.CoverKey, held.CoverStatus = "lessons/held.png", model.CoverReview
			require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error { return tx.Save(held).Error }))
			return of(held.ID, "/lessons/", "/cover/release", nil)
		}},
		"POST /lessons/{id}/publish": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonDraft).ID, "/lessons/", "/publish", nil)
		}},
		"POST /lessons/{id}/withdraw": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "/withdraw", nil)
		}},
		"GET /lessons/{id}/tally": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "/tally?unitId="+b.own.Class.ID.String(), nil)
		}},
		"GET /lessons/{id}/tally | own lesson, caller's unit": {make: func(b *bundle, m member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "/tally?unitId="+b.unitOf(m).String(), nil)
		}},
		"POST /lessons/{id}/shares": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "/shares", nil)
		}},
		// Whoever holds the card was given it.
		"GET /shares/{token}": {apart: true, make: func(b *bundle, _ member) request {
			lesson := b.lesson(model.LessonPublished).ID
			card := b.do("POST", "/lessons/"+lesson.String()+"/shares", b.who(model.RoleGuardian).token, nil).status(201).text("token")
			return request{path: "/shares/" + card, thing: lesson.String()}
		}},
		"POST /lessons/{id}/forwards": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "/forwards", map[string]any{"unitIds": []model.ID{b.own.Class.ID}})
		}},
		"POST /lessons/{id}/forwards | county's lesson": {make: func(b *bundle, m member) request {
			county := b.own.County
			if m.place == "other" {
				county = b.other.County
			}
			lesson := b.Lesson(county, 20, model.SidePupil)
			return request{path: "/lessons/" + lesson.ID.String() + "/forwards", body: map[string]any{"unitIds": []model.ID{b.own.Class.ID}}, thing: b.own.Class.ID.String()}
		}},
		"GET /lessons/{id}/forwards": {make: func(b *bundle, _ member) request {
			lesson := b.lesson(model.LessonPublished)
			now := b.store.Now()
			b.insert(&model.LessonForward{ID: b.store.NewID(), LessonID: lesson.ID, UnitID: b.own.Class.ID, AccountID: b.who(model.RoleTeacher).actor.AccountID,
				OnDate: model.DateOf(now), CreatedAt: now})
			return request{path: "/lessons/" + lesson.ID.String() + "/forwards", thing: b.own.Class.ID.String()}
		}},
		"POST /lessons/{id}/watches": {make: func(b *bundle, _ member) request {
			return of(b.lesson(model.LessonPublished).ID, "/lessons/", "/watches", map[string]any{})
		}},
		"POST /lessons/{id}/watches | for the own pupil": {make: func(b *bundle, m member) request {
			unit := b.own.County
			if m.place == "other" {
				unit = b.other.County
			}
			lesson := b.Lesson(unit, 20, model.SidePupil)
			return request{path: "/lessons/" + lesson.ID.String() + "/watches", body: map[string]any{"pupilId": b.pupil.ID}, thing: b.pupil.ID.String()}
		}},
		"POST /watches/{id}/reports": {make: func(b *bundle, m member) request {
			viewer := b.who(model.RoleGuardian)
			if m.role == model.RolePupil {
				viewer = b.orOwn(m, model.RolePupil)
			}
			lesson := b.lesson(model.LessonPublished)
			watch := b.do("POST", "/lessons/"+lesson.ID.String()+"/watches", viewer.token, map[string]any{}).status(201).text("id")
			return request{path: "/watches/" + watch + "/reports", thing: watch,
				body: map[string]any{"seq": 1, "position": 1, "rate": 1, "segments": [][]float64{{0, 1}}}}
		}, theirs: model.Families}, // a guardian watches for themselves; a released account is told that the child is not theirs
	}
}

// lesson adds a lesson of the own school.
func (b *bundle) lesson(status model.LessonStatus) *model.Lesson {
	b.t.Helper()
	lesson := b.Lesson(b.own.School, 20, model.SidePupil, model.SideGuardian)
	if status != lesson.Status {
		b.Set(lesson, "status", status)
	}
	return lesson
}

// unitOf is a unit that the member belongs to; the own class for who belongs nowhere.
func (b *bundle) unitOf(m member) model.ID {
	if len(m.actor.Roles) == 0 {
		return b.own.Class.ID
	}
	return m.actor.Roles[0].UnitID
}

// hour is an hour that begins now, as a session is planned.
func (b *bundle) hour(more ...any) map[string]any {
	now := b.store.Now()
	plan := map[string]any{"mode": "offline", "place": "礼堂", "startsAt": now, "endsAt": now.Add(time.Hour)}
	for i := 0; i < len(more); i += 2 {
		plan[more[i].(string)] = more[i+1]
	}
	return plan
}
