package message

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
)

// callLead is how long before a message's cut-off someone must telephone where
// WeChat stays away.
const callLead = 30 * time.Minute

// callInstead puts the recipient on the call list of those responsible. There
// is one task for a row; it opens again when its row is set to be sent anew.
func (s *Sender) callInstead(tx *gorm.DB, row model.OutboxMessage, reason string) error {
	k := kinds[row.Kind]
	now := s.store.Now()
	if !k.calls || !now.Before(row.CutoffAt) {
		return nil
	}
	task := model.CallTask{ID: s.store.NewID(), MessageID: row.ID, Desk: k.desk, UnitID: row.UnitID, OwnerID: row.OwnerID, PupilID: row.PupilID,
		RecipientID: row.RecipientID, Kind: row.Kind, CauseKind: row.CauseKind, CauseID: row.CauseID, Reason: reason, DueAt: row.CutoffAt, CreatedAt: now}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "message_id"}},
		DoUpdates: clause.AssignmentColumns([]string{
			"unit_id", "owner_id", "pupil_id", "reason", "due_at", "created_at", "done_at", "done_by", "outcome",
		}),
	}).Create(&task).Error
}

// handOver puts on the call lists, while WeChat is away, those whose message
// would soon be too late.
func (s *Sender) handOver(ctx context.Context) error {
	var called []string
	for name, k := range kinds {
		if k.calls {
			called = append(called, name)
		}
	}
	now := s.store.Now()
	var ids []model.ID
	err := s.store.Read(ctx).Model(&model.OutboxMessage{}).
		Where("status = ? AND send_after <= ? AND cutoff_at <= ? AND kind IN ?", model.OutboxPending, now, now.Add(callLead), called).
		Order("cutoff_at, id").Limit(s.opts.Batch).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return err
	}
	rows, err := s.take(ctx, ids, model.OutboxPending)
	if err != nil || len(rows) == 0 {
		return err
	}
	plans, err := s.plan(ctx, rows)
	if err != nil {
		return err
	}
	for i := range plans {
		if plans[i].letter != nil {
			plans[i].letter, plans[i].call, plans[i].reason = nil, true, reasonAway
		}
	}
	_, err = s.begin(ctx, plans)
	return err
}
