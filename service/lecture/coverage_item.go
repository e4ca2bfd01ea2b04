package lecture

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// CoverageItem returns the lecture for a report on a unit. The error is
// lecture_not_found for a lecture that belongs to a unit neither at, above nor
// below that one.
func (s *Service) CoverageItem(ctx context.Context, id, unit model.ID) (coverage.ItemDetail, error) {
	var l model.Lecture
	err := s.store.Read(ctx).Where(store.Around("lectures.unit_id", []model.ID{unit})).Take(&l, "lectures.id = ?", id).Error
	if err != nil {
		return coverage.ItemDetail{}, store.Found(err, "lecture")
	}
	return itemDetail(l), nil
}

// CoverageItems returns the lectures of the term that the unit owes, by number.
func (s *Service) CoverageItems(ctx context.Context, unit model.ID, term model.Term) ([]coverage.ItemDetail, error) {
	var lectures []model.Lecture
	err := s.store.Read(ctx).Where(store.Around("lectures.unit_id", []model.ID{unit})).
		Where("lectures.term = ?", term).Order("lectures.number, lectures.id").Find(&lectures).Error
	items := make([]coverage.ItemDetail, len(lectures))
	for i, l := range lectures {
		items[i] = itemDetail(l)
	}
	return items, store.Translate(err)
}

func itemDetail(l model.Lecture) coverage.ItemDetail {
	return coverage.ItemDetail{Item: l.Item(), Sides: l.Sides, Title: l.Title, Open: true}
}

// NextSessions returns, for each of the pupils, the first session of the
// lecture that has not ended and that is for the pupil's class or, a make-up,
// invites the pupil. Pupils without one are left out.
func (s *Service) NextSessions(ctx context.Context, lecture model.ID, pupils []model.ID) (map[model.ID]model.LectureSession, error) {
	next := map[model.ID]model.LectureSession{}
	if len(pupils) == 0 {
		return next, nil
	}
	db := s.store.Read(ctx)
	coming := db.Table("lecture_sessions AS s").Where("s.lecture_id = ? AND s.status = ? AND s.ends_at > ?", lecture, model.SessionScheduled, s.store.Now()).
		Where(store.In("p.id", pupils)).Select("p.id AS pupil_id, s.id, s.mode, s.starts_at, s.ends_at, s.place").Order("s.starts_at").
		Session(&gorm.Session{})
	// A make-up has the targets of its session too, but is for its invitees alone.
	invited := coming.Joins("JOIN session_invitees AS i ON i.session_id = s.id").Scopes(family.JoinPupil("i.pupil_id"))
	forClass := coming.Joins("JOIN session_targets AS t ON t.session_id = s.id").Joins(store.JoinBelow("c", "t.unit_id")).
		Scopes(family.JoinPupilsOf("c.unit_id")).Where("s.make_up_of = 0")
	for _, q := range []*gorm.DB{invited, forClass} {
		var rows []struct {
			PupilID model.ID
			model.LectureSession
		}
		if err := q.Scan(&rows).Error; err != nil {
			return nil, store.Translate(err)
		}
		for _, r := range rows {
			if known, found := next[r.PupilID]; !found || r.StartsAt.Before(known.StartsAt) {
				next[r.PupilID] = r.LectureSession
			}
		}
	}
	return next, nil
}
