package message

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
)

// start carries the plans out as far as the database goes, in one commit:
// obsolete rows end, calls are raised, and attempts are noted as on their way,
// each with its credit taken. The returned attempts are to be sent, and no
// others: whoever took a row back in the meantime has won.
func (d *delivering) start(ctx context.Context, plans []plan) ([]attempt, error) {
	// In one order everywhere, so that two senders never wait for each other.
	slices.SortFunc(plans, func(a, b plan) int {
		return cmp.Or(cmp.Compare(a.row.RecipientID, b.row.RecipientID), cmp.Compare(a.row.ID, b.row.ID))
	})
	var attempts []attempt
	var ended []plan
	err := d.store.Tx(ctx, func(tx *gorm.DB) error {
		attempts, ended = nil, nil
		for _, p := range plans {
			var err error
			var ok bool
			switch {
			case p.attempt != nil:
				if ok, err = d.startOne(tx, p); ok {
					attempts = append(attempts, *p.attempt)
				}
			case p.call:
				if ok, err = d.end(tx, p.row, model.OutboxCalled, p.reason); ok {
					ended, err = append(ended, p), d.callInstead(tx, p.row, p.reason)
				}
			default:
				if ok, err = d.end(tx, p.row, model.OutboxDropped, p.reason); ok {
					ended = append(ended, p)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, p := range ended {
		if p.call {
			count(channelCall, p.row.Kind, string(model.OutboxCalled))
		} else {
			count(channelNone, p.row.Kind, p.reason)
		}
	}
	return attempts, nil
}

// startOne notes that the attempt is about to be sent. It returns false where
// the row is not ours any more, its time has passed, or its credit is gone:
// then a later look at it decides.
func (d *delivering) startOne(tx *gorm.DB, p plan) (bool, error) {
	lease := d.lease(p.row.Holder)
	claimed := tx.Model(&model.OutboxMessage{}).Where("id = ? AND status = ? AND cutoff_at > ?", p.row.ID, model.OutboxClaimed, d.store.Now())
	n, err := lease.Renew(claimed, map[string]any{"status": model.OutboxSending, "channel": p.attempt.name, "attempts": gorm.Expr("attempts + 1")})
	if err != nil || n == 0 {
		return false, err
	}
	if !p.attempt.credit {
		return true, nil
	}
	ok, err := d.ledger.take(tx, p.row.RecipientID, p.attempt.TemplateID, p.row.ID)
	if ok || err != nil {
		return ok, err
	}
	_, err = lease.Release(tx.Model(&model.OutboxMessage{}).Where("id = ?", p.row.ID), map[string]any{"status": model.OutboxPending})
	return false, err
}

// end ends a claimed row, or returns false where it is not ours any more.
func (d *delivering) end(tx *gorm.DB, row model.OutboxMessage, status model.OutboxStatus, reason string) (bool, error) {
	claimed := tx.Model(&model.OutboxMessage{}).Where("id = ? AND status = ?", row.ID, model.OutboxClaimed)
	n, err := d.lease(row.Holder).Release(claimed, map[string]any{"status": status, "last_error": reason})
	return n == 1, err
}
