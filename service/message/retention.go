package message

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// How long the rows stay after they were written. What is still to be done is
// never pruned.
const (
	keepMessages = 180 * 24 * time.Hour
	keepNudges   = 180 * 24 * time.Hour
	keepCredits  = 365 * 24 * time.Hour
	keepCalls    = 365 * 24 * time.Hour
)

// pruned bounds the rows of one DELETE.
const pruned = 1000

// Prune is the job that deletes old messages, nudges, calls and lines
// of the history of credits, a little at a time. The counts of credits stay.
func (o *Outbox) Prune(ctx context.Context) error {
	now := o.store.Now()
	for _, old := range []struct {
		row   any
		scope func(*gorm.DB) *gorm.DB
	}{
		{&model.OutboxMessage{}, func(q *gorm.DB) *gorm.DB {
			return q.Where("id < ? AND cutoff_at < ? AND status NOT IN ?", model.IDAt(now.Add(-keepMessages)), now, []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed, model.OutboxSending})
		}},
		{&model.Nudge{}, func(q *gorm.DB) *gorm.DB { return q.Where("id < ?", model.IDAt(now.Add(-keepNudges))) }},
		{&model.CallTask{}, func(q *gorm.DB) *gorm.DB {
			return q.Where("id < ? AND due_at < ?", model.IDAt(now.Add(-keepCalls)), now)
		}},
		{&model.MessageCreditEvent{}, func(q *gorm.DB) *gorm.DB { return q.Where("id < ?", model.IDAt(now.Add(-keepCredits))) }},
	} {
		if err := o.prune(ctx, old.row, old.scope); err != nil {
			return err
		}
	}
	return nil
}

// prune deletes from the oldest on: ids grow with time, so that no more of the
// table is read than what is old.
func (o *Outbox) prune(ctx context.Context, row any, scope func(*gorm.DB) *gorm.DB) error {
	for ctx.Err() == nil {
		var ids []model.ID
		if err := o.store.Read(ctx).Model(row).Scopes(scope).Order("id").Limit(pruned).Pluck("id", &ids).Error; err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		err := o.store.Tx(ctx, func(tx *gorm.DB) error { return tx.Scopes(scope).Where("id IN ?", ids).Delete(row).Error })
		if err != nil {
			return err
		}
		if len(ids) < pruned {
			return nil
		}
	}
	return ctx.Err()
}
