package message

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// spread is how many times a batch a claim looks at: replicas that look at the
// same rows then rarely reach for the same ones.
const spread = 4

// lease is the hold that one claim has on its rows.
func (d *delivering) lease(claim string) store.Lease {
	return store.Lease{Store: d.store, Holder: claim, Period: d.opts.Lease}
}

// claim takes rows that are due. Which replica gets which is decided by the
// conditional update alone.
func (d *delivering) claim(ctx context.Context, limit int) ([]model.OutboxMessage, error) {
	now := d.store.Now()
	var due []model.ID
	err := d.store.Read(ctx).Model(&model.OutboxMessage{}).Where("status = ? AND send_after <= ?", model.OutboxPending, now).
		Order("send_after, id").Limit(limit*spread).Pluck("id", &due).Error
	if err != nil || len(due) == 0 {
		return nil, err
	}
	if len(due) > limit {
		from := rand.N(len(due) - limit + 1) //nolint:gosec // spreads replicas out; nothing secret
		due = due[from : from+limit]
	}
	return d.take(ctx, due)
}

// take claims those of the rows that are still pending.
func (d *delivering) take(ctx context.Context, ids []model.ID) ([]model.OutboxMessage, error) {
	slices.Sort(ids)
	var rows []model.OutboxMessage
	claim := d.lease(d.store.Holder() + "/" + d.store.NewID().String()) // tells this claim from all others, also of this process
	err := d.store.Tx(ctx, func(tx *gorm.DB) error {
		for part := range slices.Chunk(ids, batchRows) {
			pending := tx.Model(&model.OutboxMessage{}).Where("id IN ? AND status = ?", part, model.OutboxPending)
			if _, err := claim.Claim(pending, map[string]any{"status": model.OutboxClaimed}); err != nil {
				return err
			}
		}
		rows = nil
		return claim.Held(tx.Where("id IN ? AND status = ?", ids, model.OutboxClaimed)).Order("send_after, id").Find(&rows).Error
	})
	return rows, err
}

// release gives back claimed rows that were not started. It outlives ctx.
func (d *delivering) release(ctx context.Context, rows []model.OutboxMessage) error {
	if len(rows) == 0 {
		return nil
	}
	ids := store.Distinct(store.Each(rows, func(r model.OutboxMessage) model.ID { return r.ID }))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return d.store.Tx(ctx, func(tx *gorm.DB) error {
		claimed := tx.Model(&model.OutboxMessage{}).Where("id IN ? AND status = ?", ids, model.OutboxClaimed)
		_, err := d.lease(rows[0].Holder).Release(claimed, map[string]any{"status": model.OutboxPending})
		return err
	})
}
