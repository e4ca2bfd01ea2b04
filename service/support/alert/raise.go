package alert

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
)

// Raise stores an alert in a transaction of its own, so that it stands
// whatever becomes of the call that carried it. While an alert about the same
// person from the same person and kind of source still waits for its first
// answer within its deadline, that one stands for this too: a call that is
// repeated must not ring the same bell again. (Two calls at the very same
// moment may raise two: better that than none.)
//
// The caller says the level, whom it is about and who asked. A UnitID of zero
// stands for the root of the tree, so that no alert is without a reader. The
// SourceID is what the source will be stored under, if it ever is: it must be
// fresh, as no two alerts have the same.
func (s *Service) Raise(ctx context.Context, alert model.Alert) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		var waiting int64
		err := tx.Model(&model.Alert{}).Where("account_id = ? AND pupil_id = ? AND source_kind = ? AND level = ? AND status = ? AND due_at > ?",
			alert.AccountID, alert.PupilID, alert.SourceKind, alert.Level, model.AlertRaised, now).Count(&waiting).Error
		if err != nil || waiting > 0 {
			return err
		}
		if alert.UnitID == 0 {
			var root model.Unit
			err := tx.Where("parent_id = 0").Order("id").Take(&root).Error
			if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
				return err
			}
			alert.UnitID = root.ID
		}
		alert.ID, alert.Status, alert.RaisedAt, alert.DueAt = s.store.NewID(), model.AlertRaised, now, now.Add(alert.Level.Deadline())
		return tx.Create(&alert).Error
	})
	if err != nil {
		return fmt.Errorf("raise alert: %w", err)
	}
	return nil
}
