package lesson

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
)

// Watched returns what a guardian has begun and completed, as marks for a child
// who is about to be theirs. The lock on the viewer keeps a report that comes
// meanwhile away until the transaction ends: it then counts for the child by itself.
func Watched(st *store.Store) func(tx *gorm.DB, guardian, child model.ID) ([]coverage.Mark, error) {
	return func(tx *gorm.DB, guardian, child model.ID) ([]coverage.Mark, error) {
		viewer := model.Viewer{ID: guardian, CreditedAt: st.Now()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&viewer).Error; err != nil {
			return nil, err
		}
		if err := st.ForUpdate(tx).Take(&model.Viewer{}, "id = ?", guardian).Error; err != nil {
			return nil, err
		}
		return watchedMarks(tx, guardian, child)
	}
}

func watchedMarks(tx *gorm.DB, guardian, child model.ID) ([]coverage.Mark, error) {
	var rows []model.LessonProgress
	if err := tx.Omit("bitmap").Where("viewer_id = ? AND started_at IS NOT NULL", guardian).Order("lesson_id").Find(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	ids := store.Each(rows, func(r model.LessonProgress) model.ID { return r.LessonID })
	var lessons []model.Lesson
	if err := tx.Select("id", "unit_id").Where("id IN ? AND for_guardians = ?", ids, true).Find(&lessons).Error; err != nil {
		return nil, err
	}
	items := store.Keyed(lessons, func(l model.Lesson) (model.ID, model.Item) { return l.ID, l.Item() })
	var marks []coverage.Mark
	for _, r := range rows {
		item, ok := items[r.LessonID]
		if !ok {
			continue
		}
		m := coverage.Mark{Item: item, Side: model.SideGuardian, PupilID: child, At: *r.StartedAt, How: model.CoverWatch, CauseID: r.WatchID}
		marks = append(marks, m)
		if r.CompletedAt != nil {
			m.At, m.Covered = *r.CompletedAt, true
			marks = append(marks, m)
		}
	}
	return marks, nil
}

// Holds reports whether the account has watched anything.
func Holds(tx *gorm.DB, account model.ID) (bool, error) {
	return store.Exists(tx.Model(&model.Viewer{}).Where("id = ?", account))
}
