package lecture

import (
	"context"
	"slices"

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
	return store.Each(lectures, itemDetail), err
}

func itemDetail(l model.Lecture) coverage.ItemDetail {
	return coverage.ItemDetail{Item: l.Item(), Sides: l.Sides, Title: l.Title, Open: true}
}

// NextSessions returns, for each of the pupils on a roster, the first session
// of the lecture, or make-up, that is for the pupil and has not ended. Pupils
// without one are left out.
func (s *Service) NextSessions(ctx context.Context, lecture model.ID, ids []model.ID) (map[model.ID]model.LectureSession, error) {
	db := s.store.Read(ctx)
	pupils, err := family.List(db, family.OnRoster(), store.In("p.id", ids))
	if err != nil || len(pupils) == 0 {
		return nil, err
	}
	classes := store.Each(pupils, func(p model.Pupil) model.ID { return p.ClassID })
	var sessions []model.LectureSession
	err = db.Where("lecture_sessions.lecture_id = ? AND lecture_sessions.status = ? AND lecture_sessions.ends_at > ?", lecture, model.SessionScheduled, s.store.Now()).
		Where(sessionsFor(db, store.Distinct(classes), store.In("i.pupil_id", idsOf(pupils)))).Order("lecture_sessions.starts_at, lecture_sessions.id").Find(&sessions).Error
	if err != nil {
		return nil, err
	}
	takesPart, err := readParticipation(db, sessions, pupils)
	next := make(map[model.ID]model.LectureSession, len(pupils))
	for _, p := range pupils {
		if i := slices.IndexFunc(sessions, func(row model.LectureSession) bool { return takesPart.includes(row, p) }); i >= 0 {
			next[p.ID] = sessions[i]
		}
	}
	return next, err
}
