package calls

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

const (
	// shown is how long a call that nobody made stays in the queue after it was due.
	shown = 7 * 24 * time.Hour
	// kept is how long a call is kept after it was raised.
	kept = 365 * 24 * time.Hour
	// reviewed bounds the calls of one part of a review.
	reviewed = 500
)

// Obsolete returns which of the contacts need not be told any more, by id, and
// why: message.Checks has it.
type Obsolete func(ctx context.Context, contacts []message.Contact) (map[model.ID]string, error)

// Review is the job that closes the calls that are needed no more: the same
// checks apply to open calls as to messages that are about to be sent. The
// pupil may be covered by now, or have been taken from that guardian, whom
// nobody must then tell anything.
//
// A call that was not made in time stays, as what nobody did. Only a nudge is
// looked at until it leaves the queue: it is about what may be done any day.
func (s *Service) Review(ctx context.Context) error {
	now := s.store.Now()
	due, id := now.Add(-shown), model.ID(0)
	for ctx.Err() == nil {
		var tasks []model.CallTask
		err := s.store.Read(ctx).
			Where("done_at IS NULL AND (due_at > ? OR due_at = ? AND id > ?)", due, due, id).
			Where("due_at > ? OR kind = ?", now, message.KindNudge).
			Order("due_at, id").Limit(reviewed).Find(&tasks).Error
		if err != nil {
			return fmt.Errorf("read open calls: %w", err)
		}
		if err := s.review(ctx, tasks); err != nil {
			return fmt.Errorf("review calls: %w", err)
		}
		if len(tasks) < reviewed {
			return nil
		}
		last := tasks[len(tasks)-1]
		due, id = last.DueAt, last.ID
	}
	return ctx.Err()
}

// review closes those of the calls that are obsolete.
func (s *Service) review(ctx context.Context, tasks []model.CallTask) error {
	if len(tasks) == 0 {
		return nil
	}
	contacts := store.Each(tasks, func(t model.CallTask) message.Contact {
		return message.Contact{ID: t.ID, Kind: t.Kind, CauseKind: t.CauseKind, CauseID: t.CauseID, RecipientID: t.RecipientID, PupilID: t.PupilID}
	})
	reasons, err := s.obsolete(ctx, contacts)
	if err != nil || len(reasons) == 0 {
		return err
	}
	ids := slices.Collect(maps.Keys(reasons))
	return s.store.Tx(ctx, func(tx *gorm.DB) error { return closeNotNeeded(tx, s.store.Now(), store.In("id", ids)) })
}

// Prune is the job that deletes old calls. What is still to be made stays.
func (s *Service) Prune(ctx context.Context) error {
	now := s.store.Now()
	return s.store.Prune(ctx, &model.CallTask{}, store.Where("id < ? AND due_at < ?", model.IDAt(now.Add(-kept)), now))
}
