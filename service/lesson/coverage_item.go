package lesson

import (
	"context"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
)

// CoverageItem returns the lesson for a report on a unit. The error is
// lesson_not_found for a lesson that is published neither at, above nor below
// the unit, and for a draft: nobody owes it.
func (s *Service) CoverageItem(ctx context.Context, id, unit model.ID) (coverage.ItemDetail, error) {
	var l model.Lesson
	err := s.store.Read(ctx).Where(store.Around("lessons.unit_id", []model.ID{unit})).Take(&l, "lessons.id = ? AND lessons.status <> ?", id, model.LessonDraft).Error
	if err != nil {
		return coverage.ItemDetail{}, store.Found(err, "lesson")
	}
	return s.itemDetail(l), nil
}

// CoverageItems returns the lessons of the term that the unit owes, in the
// order in which they were made.
func (s *Service) CoverageItems(ctx context.Context, unit model.ID, term model.Term) ([]coverage.ItemDetail, error) {
	var lessons []model.Lesson
	err := s.store.Read(ctx).Where(store.Around("lessons.unit_id", []model.ID{unit})).
		Where("lessons.term = ? AND lessons.status = ?", term, model.LessonPublished).Order("lessons.id").Find(&lessons).Error
	return store.Each(lessons, s.itemDetail), err
}

func (s *Service) itemDetail(l model.Lesson) coverage.ItemDetail {
	return coverage.ItemDetail{Item: l.Item(), Sides: l.Sides, Title: l.Title, Open: l.Open(s.store.Now())}
}
