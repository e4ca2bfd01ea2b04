package message

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// expire ends what its time has passed for: claims of replicas that died go
// back, attempts of theirs become uncertain, and rows past their cut-off are
// dropped. Each does so once, whoever else expires: by a conditional update.
func (d *delivering) expire(ctx context.Context) error {
	now := d.store.Now()
	expired := d.lease("").Expired(now)
	for _, e := range []expiry{
		{due: store.All(store.Where("status = ?", model.OutboxClaimed), expired), status: model.OutboxPending},
		{due: store.All(store.Where("status = ?", model.OutboxSending), expired), status: model.OutboxUncertain, reason: reasonLease},
		{due: store.Where("status = ? AND send_after <= ? AND cutoff_at <= ?", model.OutboxPending, now, now), status: model.OutboxDropped, reason: reasonLate},
	} {
		if err := d.expireDue(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// expiry is a change that rows undergo when a time has passed.
type expiry struct {
	due    store.Cond
	status model.OutboxStatus
	reason string
}

// expireDue makes the change to the rows for which it is due, a bounded number at a time.
func (d *delivering) expireDue(ctx context.Context, e expiry) error {
	var rows []model.OutboxMessage
	err := d.store.Read(ctx).Where(e.due).Order("id").Limit(batchRows).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	var ended []model.OutboxMessage
	err = d.store.Tx(ctx, func(tx *gorm.DB) error {
		ended = nil
		for _, row := range rows {
			n, err := d.lease("").Revoke(tx.Model(&model.OutboxMessage{}).Where(e.due).Where("id = ?", row.ID),
				map[string]any{"status": e.status, "last_error": e.reason})
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			ended = append(ended, row)
			if e.status == model.OutboxUncertain {
				if err := d.callInstead(tx, row, e.reason); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || e.status == model.OutboxPending {
		return err
	}
	for _, row := range ended {
		if e.status == model.OutboxUncertain {
			count(row.Channel, row.Kind, string(e.status))
		} else {
			count(channelNone, row.Kind, e.reason)
		}
	}
	return nil
}
