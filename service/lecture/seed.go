package lecture

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Seed is what the demo has of lectures: sessions that were held or are going
// on, which nobody could schedule now.
type Seed struct {
	Lectures []*model.Lecture
	Sessions []*model.LectureSession
	Targets  []*model.SessionTarget
	CheckIns []*model.CheckIn
	Posts    []*model.SessionPost
}

// Write writes the rows as they are.
func (s Seed) Write(tx *gorm.DB) error {
	for _, rows := range []any{s.Lectures, s.Sessions, s.Targets, s.CheckIns, s.Posts} {
		if err := tx.CreateInBatches(rows, 100).Error; err != nil {
			return err
		}
	}
	return nil
}

// OfNumber returns the latest lecture of the number that belongs to the unit.
// The error is lecture_not_found where there is none.
func OfNumber(db *gorm.DB, unit model.ID, number int) (model.Lecture, error) {
	var l model.Lecture
	err := db.Where("number = ? AND unit_id = ?", number, unit).Order("id DESC").Take(&l).Error
	return l, store.Found(err, "lecture")
}

// IsHeld reports whether the host has a session of the lecture that has begun by
// starts and goes on beyond until.
func IsHeld(db *gorm.DB, lecture, host model.ID, starts, until time.Time) (bool, error) {
	return store.Exists(db.Model(&model.LectureSession{}).
		Where("lecture_id = ? AND host_id = ? AND status = ? AND starts_at <= ? AND ends_at > ?", lecture, host, model.SessionScheduled, starts, until))
}
