package message

import (
	"cmp"
	"context"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
)

// begin carries the plans out as far as the database goes, in one commit: rows
// that are over end, calls are written down, and letters are noted as on their
// way, each with its credit taken. The answered letters are to be sent, and no
// others: whoever took a row back in the meantime has won.
func (s *Sender) begin(ctx context.Context, plans []plan) ([]letter, error) {
	// In one order everywhere, so that two senders never wait for each other.
	slices.SortFunc(plans, func(a, b plan) int {
		return cmp.Or(cmp.Compare(a.row.RecipientID, b.row.RecipientID), cmp.Compare(a.row.ID, b.row.ID))
	})
	var letters []letter
	var ended []plan
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		letters, ended = nil, nil
		for _, p := range plans {
			var err error
			var ok bool
			switch {
			case p.letter != nil:
				if ok, err = s.depart(tx, p); ok {
					letters = append(letters, *p.letter)
				}
			case p.call:
				if ok, err = s.move(tx, p.row, model.OutboxCalled, p.reason); ok {
					ended, err = append(ended, p), s.callInstead(tx, p.row, p.reason)
				}
			default:
				if ok, err = s.move(tx, p.row, model.OutboxDropped, p.reason); ok {
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
	return letters, nil
}

// depart notes that the letter is about to leave. It answers false where the
// row is not ours any more, its time has passed, or its credit is gone: then
// another look decides.
func (s *Sender) depart(tx *gorm.DB, p plan) (bool, error) {
	now := s.store.Now()
	res := tx.Model(&model.OutboxMessage{}).Where("id = ? AND status = ? AND holder = ? AND cutoff_at > ?", p.row.ID, model.OutboxClaimed, p.row.Holder, now).
		Updates(map[string]any{"status": model.OutboxSending, "channel": p.letter.name, "attempts": gorm.Expr("attempts + 1"), "lease_until": now.Add(s.opts.Lease)})
	if res.Error != nil || res.RowsAffected == 0 {
		return false, res.Error
	}
	if !p.letter.credit {
		return true, nil
	}
	ok, err := s.credits.take(tx, p.row.RecipientID, p.letter.TemplateID, p.row.ID)
	if ok || err != nil {
		return ok, err
	}
	return false, tx.Model(&model.OutboxMessage{}).Where("id = ?", p.row.ID).
		Updates(map[string]any{"status": model.OutboxPending, "holder": "", "lease_until": nil}).Error
}

// move ends a claimed row, or answers false where it is not ours any more.
func (s *Sender) move(tx *gorm.DB, row model.OutboxMessage, status model.OutboxStatus, reason string) (bool, error) {
	res := tx.Model(&model.OutboxMessage{}).Where("id = ? AND status = ? AND holder = ?", row.ID, model.OutboxClaimed, row.Holder).
		Updates(map[string]any{"status": status, "holder": "", "lease_until": nil, "last_error": reason})
	return res.RowsAffected == 1, res.Error
}
