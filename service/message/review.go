package message

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// CallsShown is how long a call that nobody made stays on the list after it was due.
const CallsShown = 7 * 24 * time.Hour

// ReviewCalls is the job that takes off the call lists what needs no call any
// more: open calls are held against the same questions as messages that are
// about to be sent. The pupil may be covered by now, or have been taken from
// that guardian, whom nobody must then tell anything.
//
// A call that was not made in time stays, as what nobody did. Only a nudge is
// looked at until it leaves the list: it is about what may be done any day.
func (s *Sender) ReviewCalls(ctx context.Context) error {
	now := s.store.Now()
	due, id := now.Add(-CallsShown), model.ID(0)
	for ctx.Err() == nil {
		var tasks []model.CallTask
		err := s.store.Read(ctx).
			Where("done_at IS NULL AND (due_at > ? OR due_at = ? AND id > ?)", due, due, id).
			Where("due_at > ? OR kind = ?", now, KindNudge).
			Order("due_at, id").Limit(written).Find(&tasks).Error
		if err != nil {
			return fmt.Errorf("read open calls: %w", err)
		}
		if err := s.review(ctx, tasks, now); err != nil {
			return err
		}
		if len(tasks) < written {
			return nil
		}
		last := tasks[len(tasks)-1]
		due, id = last.DueAt, last.ID
	}
	return ctx.Err()
}

// review closes those of the calls that are needed no more.
func (s *Sender) review(ctx context.Context, tasks []model.CallTask, now time.Time) error {
	if len(tasks) == 0 {
		return nil
	}
	rows := make([]model.OutboxMessage, len(tasks))
	for i, t := range tasks {
		rows[i] = model.OutboxMessage{ID: t.MessageID, Kind: t.Kind, CauseKind: t.CauseKind, CauseID: t.CauseID, RecipientID: t.RecipientID,
			PupilID: t.PupilID, UnitID: t.UnitID, OwnerID: t.OwnerID, CutoffAt: now.Add(callLead)} // lateness is not the question
	}
	accounts, err := s.accounts(ctx, rows)
	if err != nil {
		return fmt.Errorf("review calls: %w", err)
	}
	over, err := s.over(ctx, rows, accounts)
	if err != nil {
		return fmt.Errorf("review calls: %w", err)
	}
	var closed []model.ID
	for _, t := range tasks {
		if over[t.MessageID] != "" {
			closed = append(closed, t.ID)
		}
	}
	if len(closed) == 0 {
		return nil
	}
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&model.CallTask{}).Where("id IN ? AND done_at IS NULL", closed).
			Updates(map[string]any{"done_at": now, "outcome": model.CallNotNeeded}).Error
	})
}
