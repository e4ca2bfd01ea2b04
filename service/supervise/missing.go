package supervise

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Missing is a pupil not yet covered by an item.
type Missing struct {
	PupilID   model.ID `json:"pupilId"`
	Name      string   `json:"name"`
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
	if _, err := s.unit(ctx, actor, unitID, nameReaders); err != nil {
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
	var lastPupil model.ID
	if after != nil {
		lastClass := after[0].(model.ID)
		from, within := slices.BinarySearch(classes, lastClass)
		classes = classes[from:]
		if within {
			lastPupil = after[1].(model.ID)
		}
	}
	size := in.Size()
	var rows []missingRow
	for part := range slices.Chunk(classes, searchedAtOnce) {
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
	page := store.Page[Missing]{Items: make([]Missing, len(rows)), NextCursor: next}
	pupils := make([]model.ID, len(rows))
	for i, r := range rows {
		page.Items[i] = Missing{PupilID: r.PupilID, Name: r.Name, ClassID: r.ClassID, ClassName: r.ClassName, Started: r.StartedAt != nil}
		pupils[i] = r.PupilID
	}
	if key.Kind != model.ItemLecture {
		return page, nil
	}
	sessions, err := s.nextSessions(ctx, key.ID, pupils)
	for i, m := range page.Items {
		page.Items[i].MakeUp = sessions[m.PupilID]
	}
	return page, err
}

type missingRow struct {
	PupilID   model.ID
	Name      string
	ClassID   model.ID
	ClassName string
	StartedAt *time.Time
}

var missingByClass = store.Ascending(func(r missingRow) store.Keys { return store.Keys{r.ClassID, r.PupilID} }, "p.class_id", "p.id")

// missingIn are the first missing pupils of the classes; of the first class
// those after lastPupil.
func (s *Service) missingIn(ctx context.Context, key ItemKey, classes []model.ID, lastPupil model.ID, limit int) ([]missingRow, error) {
	var rows []missingRow
	err := s.store.Read(ctx).Table("pupils AS p").Joins("JOIN units AS u ON u.id = p.class_id").
		Joins("LEFT JOIN coverage_facts AS f ON f.item_kind = ? AND f.item_id = ? AND f.side = ? AND f.pupil_id = p.id", key.Kind, key.ID, key.Side).
		Where("p.class_id IN ? AND (p.class_id > ? OR p.id > ?) AND p.departed_at IS NULL AND f.covered_at IS NULL", classes, classes[0], lastPupil).
		Select("p.id AS pupil_id, p.name, p.class_id, u.name AS class_name, f.started_at").
		Order("p.class_id, p.id").Limit(limit).Scan(&rows).Error
	return rows, store.Translate(err)
}

// nextSessions finds, for each pupil, the first session of the lecture that
// has not ended and that is for the pupil's class or, a make-up, invites the pupil.
func (s *Service) nextSessions(ctx context.Context, lecture model.ID, pupils []model.ID) (map[model.ID]*MakeUp, error) {
	var rows []struct {
		PupilID model.ID
		MakeUp
	}
	coming := func(join string) *gorm.DB {
		return s.store.Read(ctx).Table("lecture_sessions AS s").Joins(join).
			Where("s.lecture_id = ? AND s.status = ? AND s.ends_at > ? AND p.id IN ?", lecture, model.SessionScheduled, s.store.Now(), pupils).
			Select("p.id AS pupil_id, s.id AS session_id, s.mode, s.starts_at, s.ends_at, s.place").Order("s.starts_at")
	}
	next := map[model.ID]*MakeUp{}
	for _, join := range []string{
		// A make-up has the targets of its session too, but is for its invitees alone.
		"JOIN session_invitees AS i ON i.session_id = s.id JOIN pupils AS p ON p.id = i.pupil_id",
		"JOIN session_targets AS t ON t.session_id = s.id JOIN unit_closure AS c ON c.ancestor_id = t.unit_id JOIN pupils AS p ON p.class_id = c.unit_id AND s.make_up_of = 0",
	} {
		rows = nil
		if err := coming(join).Scan(&rows).Error; err != nil {
			return nil, store.Translate(err)
		}
		for _, r := range rows {
			if known := next[r.PupilID]; known == nil || r.StartsAt.Before(known.StartsAt) {
				next[r.PupilID] = &r.MakeUp
			}
		}
	}
	return next, nil
}
