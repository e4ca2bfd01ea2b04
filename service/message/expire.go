package message

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
)

// sweep ends what is over: claims of replicas that died go back, letters of
// theirs become uncertain, and rows past their cut-off are dropped. Each does
// so once, whoever else sweeps: by a conditional update.
func (s *Sender) sweep(ctx context.Context) error {
	now := s.store.Now()
	for _, e := range []ending{
		{due: func(db *gorm.DB) *gorm.DB {
			return db.Where("status = ? AND lease_until <= ?", model.OutboxClaimed, now)
		}, status: model.OutboxPending},
		{due: func(db *gorm.DB) *gorm.DB {
			return db.Where("status = ? AND lease_until <= ?", model.OutboxSending, now)
		}, status: model.OutboxUncertain, reason: reasonLease},
		{due: func(db *gorm.DB) *gorm.DB {
			return db.Where("status = ? AND send_after <= ? AND cutoff_at <= ?", model.OutboxPending, now, now)
		}, status: model.OutboxDropped, reason: reasonLate},
	} {
		if err := s.end(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// ending is a change that rows undergo when a time has passed.
type ending struct {
	due    func(*gorm.DB) *gorm.DB
	status model.OutboxStatus
	reason string
}

// end makes the change to the rows for which it is due, a bounded number at a time.
func (s *Sender) end(ctx context.Context, e ending) error {
	var rows []model.OutboxMessage
	err := s.store.Read(ctx).Scopes(e.due).Order("id").Limit(written).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	var ended []model.OutboxMessage
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		ended = nil
		for _, row := range rows {
			res := tx.Model(&model.OutboxMessage{}).Scopes(e.due).Where("id = ?", row.ID).
				Updates(map[string]any{"status": e.status, "holder": "", "lease_until": nil, "last_error": e.reason})
			if res.Error != nil {
				return res.Error
			}
			if res.RowsAffected == 0 {
				continue
			}
			ended = append(ended, row)
			if e.status == model.OutboxUncertain {
				if err := s.callInstead(tx, row, e.reason); err != nil {
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
