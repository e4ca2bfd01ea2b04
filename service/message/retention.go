package message

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// How long the rows stay after they were written. What is still to be done is
// never pruned.
const (
	keepMessages = 180 * 24 * time.Hour
	keepNudges   = 180 * 24 * time.Hour
	keepCredits  = 365 * 24 * time.Hour
)

// Prune is the job that deletes old messages, nudges and lines of the history
// of permissions. The counts stay.
func (o *Outbox) Prune(ctx context.Context) error {
	now := o.store.Now()
	older := func(age time.Duration) store.Cond { return store.Where("id < ?", model.IDAt(now.Add(-age))) }
	unfinished := []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed, model.OutboxSending}
	for _, old := range []struct {
		row  any
		cond store.Cond
	}{
		{&model.OutboxMessage{}, store.All(older(keepMessages), store.Where("cutoff_at < ? AND status NOT IN ?", now, unfinished))},
		{&model.Nudge{}, older(keepNudges)},
		{&model.MessageCreditEvent{}, older(keepCredits)},
	} {
		if err := o.store.Prune(ctx, old.row, old.cond); err != nil {
			return err
		}
	}
	return nil
}
