package supervise

import (
	"context"
	"slices"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Missing is a pupil not yet covered by an item.
type Missing struct {
	PupilID   model.ID `json:"pupilId"`
	Name      string   `json:"name"`
	Mark      string   `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID   model.ID `json:"classId"`
	ClassName string   `json:"className"`
	Started   bool     `json:"started" doc:"Has begun, but is not covered"`
	// MakeUp is the next session that would cover the pupil; lectures only.
	MakeUp *MakeUp `json:"makeUp,omitempty" doc:"The next session that would cover the pupil"`
}

// MakeUp is a session to come.
type MakeUp struct {
	SessionID model.ID          `json:"sessionId"`
	Mode      model.SessionMode `json:"mode"`
	StartsAt  time.Time         `json:"startsAt"`
	EndsAt    time.Time         `json:"endsAt"`
	Place     string            `json:"place,omitempty"`
}

// searchedAtOnce is how many classes are searched by one query. Most pupils of
// a class are missing at first, hardly any in the end.
const searchedAtOnce = 40

// Missing lists, class by class, the pupils of a unit whom one side of an item
// does not cover.
func (s *Service) Missing(ctx context.Context, actor model.Actor, key ItemKey, unitID model.ID, in store.PageRequest) (store.Page[Missing], error) {
	after, err := missingByClass.Parse(in.Cursor)
	if err != nil {
		return store.Page[Missing]{}, err
	}
	if _, err := s.unit(ctx, actor, unitID, model.Hosts); err != nil {
		return store.Page[Missing]{}, err
	}
	it, err := s.item(ctx, key, unitID)
	if err != nil {
		return store.Page[Missing]{}, err
	}
	classes, err := s.owingClasses(ctx, it, unitID)
	if err != nil {
		return store.Page[Missing]{}, err
	}
	ordered, err := unit.InOrder(s.store.Read(ctx), classes)
	if err != nil {
		return store.Page[Missing]{}, err
	}
	var lastPupil model.ID
	if after != nil {
		last := unit.Counted{CountingKey: after[0].(string), ID: after[1].(model.ID)}
		from, within := slices.BinarySearchFunc(ordered, last, unit.Counted.Compare)
		ordered = ordered[from:]
		if within {
			lastPupil = after[2].(model.ID)
		}
	}
	size := in.Size()
	var rows []missingRow
	for part := range slices.Chunk(ordered, searchedAtOnce) {
		found, err := s.missingIn(ctx, key, part, lastPupil, size+1-len(rows))
		if err != nil {
			return store.Page[Missing]{}, err
		}
		if rows = append(rows, found...); len(rows) > size {
			break
		}
		lastPupil = 0 // it was of the first class
	}
	rows, next := missingByClass.Cut(rows, size)
	ids := store.Each(rows, func(r missingRow) model.ID { return r.PupilID })
	marks, err := s.marks.Of(s.store.Read(ctx), ids)
	if err != nil {
		return store.Page[Missing]{}, err
	}
	page := store.PageOf(rows, next, func(r missingRow) Missing {
		return Missing{PupilID: r.PupilID, Name: r.Name, Mark: marks[r.PupilID], ClassID: r.ClassID, ClassName: r.ClassName, Started: r.StartedAt != nil}
	})
	if key.Kind != model.ItemLecture {
		return page, nil
	}
	sessions, err := s.lectures.NextSessions(ctx, key.ID, ids)
	for i, m := range page.Items {
		if next, found := sessions[m.PupilID]; found {
			page.Items[i].MakeUp = &MakeUp{SessionID: next.ID, Mode: next.Mode, StartsAt: next.StartsAt, EndsAt: next.EndsAt, Place: next.Place}
		}
	}
	return page, err
}

type missingRow struct {
	PupilID   model.ID
	Name      string
	ClassID   model.ID
	ClassName string
	ClassKey  string
	StartedAt *time.Time
}

var missingByClass = store.Ascending(func(r missingRow) store.Keys { return store.Keys{r.ClassKey, r.ClassID, r.PupilID} }, "u.counting_key", "p.class_id", "p.id")

// missingIn are the first missing pupils of the classes; of the first class
// those after lastPupil.
func (s *Service) missingIn(ctx context.Context, key ItemKey, classes []unit.Counted, lastPupil model.ID, limit int) ([]missingRow, error) {
	var rows []missingRow
	ids := store.Each(classes, func(c unit.Counted) model.ID { return c.ID })
	err := s.owing(ctx, key, ids).Joins(unit.Join("u", "p.class_id")).Where("(p.class_id <> ? OR p.id > ?)", ids[0], lastPupil).
		Select("p.id AS pupil_id, p.name, p.class_id, u.name AS class_name, u.counting_key AS class_key, f.started_at").
		Order("u.counting_key, p.class_id, p.id").Limit(limit).Scan(&rows).Error
	return rows, err
}
