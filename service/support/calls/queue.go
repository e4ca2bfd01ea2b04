package calls

import (
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Queue takes the calls that any cause raises, with or without a message. A call
// is unique by its cause, step and recipient. It is safe for concurrent use.
type Queue struct{ store *store.Store }

// NewQueue makes the Queue.
func NewQueue(st *store.Store) *Queue { return &Queue{store: st} }

// Raise adds the call in tx. One that is there already opens anew.
func (q *Queue) Raise(tx *gorm.DB, call model.CallTask) error {
	call.ID, call.CreatedAt = q.store.NewID(), q.store.Now()
	err := tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "cause_kind"}, {Name: "cause_id"}, {Name: "kind"}, {Name: "recipient_id"}},
		DoUpdates: clause.AssignmentColumns([]string{
			"unit_id", "owner_id", "pupil_id", "reason", "due_at", "created_at", "done_at", "done_by", "outcome",
		}),
	}).Create(&call).Error
	if err != nil {
		return fmt.Errorf("raise a call: %w", err)
	}
	return nil
}

// Retime sets, in tx, until when the open calls of a cause's step are of use.
func (q *Queue) Retime(tx *gorm.DB, causeKind string, causeID model.ID, step string, due time.Time) error {
	err := tx.Model(&model.CallTask{}).Where("cause_kind = ? AND cause_id = ? AND kind = ? AND done_at IS NULL", causeKind, causeID, step).
		Update("due_at", due).Error
	if err != nil {
		return fmt.Errorf("retime calls: %w", err)
	}
	return nil
}

// Withdraw closes, in tx, the open calls of the kind of cause for which the
// condition on cause_id holds; with steps, only those of these steps.
func (q *Queue) Withdraw(tx *gorm.DB, causeKind string, causes store.Cond, steps ...string) error {
	which := []store.Cond{store.Where("cause_kind = ?", causeKind), causes}
	if len(steps) > 0 {
		which = append(which, store.Where("kind IN ?", steps))
	}
	if err := closeNotNeeded(tx, q.store.Now(), store.All(which...)); err != nil {
		return fmt.Errorf("withdraw calls: %w", err)
	}
	return nil
}

// closeNotNeeded closes the open calls that meet the condition: nobody makes them.
func closeNotNeeded(tx *gorm.DB, now time.Time, which store.Cond) error {
	return tx.Model(&model.CallTask{}).Where(which).Where("done_at IS NULL").
		Updates(map[string]any{"done_at": now, "outcome": model.CallNotNeeded}).Error
}
