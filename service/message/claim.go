package message

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// spread is how many times a batch a claim looks at: replicas that look at the
// same rows then rarely reach for the same ones.
const spread = 4

// claim takes rows that are due: pending, or claimed by a replica that has
// died. Which replica gets which is decided by the conditional update alone.
func (s *Sender) claim(ctx context.Context, limit int) ([]model.OutboxMessage, error) {
	now := s.store.Now()
	var due []model.ID
	err := s.store.Read(ctx).Model(&model.OutboxMessage{}).Where("status = ? AND send_after <= ?", model.OutboxPending, now).
		Order("send_after, id").Limit(limit*spread).Pluck("id", &due).Error
	if err != nil || len(due) == 0 {
		return nil, err
	}
	if len(due) > limit {
		from := rand.N(len(due) - limit + 1) //nolint:gosec // spreads replicas out; nothing secret
		due = due[from : from+limit]
	}
	return s.take(ctx, due, model.OutboxPending)
}

// take claims those of the rows that still have the status, in the order of their ids.
func (s *Sender) take(ctx context.Context, ids []model.ID, status model.OutboxStatus) ([]model.OutboxMessage, error) {
	slices.Sort(ids)
	var rows []model.OutboxMessage
	claim := s.store.Holder() + "/" + s.store.NewID().String() // tells this claim from all others, also of this process
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		for part := range slices.Chunk(ids, written) {
			err := tx.Model(&model.OutboxMessage{}).Where("id IN ? AND status = ?", part, status).
				Updates(map[string]any{"status": model.OutboxClaimed, "holder": claim, "lease_until": now.Add(s.opts.Lease)}).Error
			if err != nil {
				return err
			}
		}
		rows = nil
		return tx.Where("id IN ? AND status = ? AND holder = ?", ids, model.OutboxClaimed, claim).Order("send_after, id").Find(&rows).Error
	})
	return rows, err
}

// release gives back claimed rows that were not begun. It outlives ctx.
func (s *Sender) release(ctx context.Context, rows []model.OutboxMessage) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	slices.Sort(ids)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&model.OutboxMessage{}).Where("id IN ? AND status = ? AND holder = ?", ids, model.OutboxClaimed, rows[0].Holder).
			Updates(map[string]any{"status": model.OutboxPending, "holder": "", "lease_until": nil}).Error
	})
}
