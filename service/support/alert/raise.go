package alert

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Raise stores an alert in a transaction of its own, so that it stands whatever
// becomes of the call that carried it. While an alert of the same account, about
// the same person and of the same kind of source waits to be acknowledged within
// its deadline, that one stands for this too: a call that is repeated must not
// alarm twice. (Two calls at the very same moment may raise two: better that
// than none.)
//
// The caller gives the level, the pupil and the account. A UnitID of zero stands
// for the root of the tree, so that every alert has a reader. The SourceID is
// what the source will be stored under, if it ever is: it must be fresh, as no
// two alerts have the same.
func (s *Service) Raise(ctx context.Context, alert model.Alert) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		waiting, err := store.Exists(tx.Model(&model.Alert{}).Where("account_id = ? AND pupil_id = ? AND source_kind = ? AND level = ? AND status = ? AND due_at > ?",
			alert.AccountID, alert.PupilID, alert.SourceKind, alert.Level, model.AlertRaised, now))
		if err != nil || waiting {
			return err
		}
		if alert.UnitID == 0 {
			roots, err := unit.List(tx, 1, unit.Roots())
			if err != nil {
				return err
			}
			if len(roots) > 0 {
				alert.UnitID = roots[0].ID
			}
		}
		alert.ID, alert.Status, alert.RaisedAt, alert.DueAt = s.store.NewID(), model.AlertRaised, now, now.Add(alert.Level.Deadline())
		return tx.Create(&alert).Error
	})
	if err != nil {
		return fmt.Errorf("raise alert: %w", err)
	}
	return nil
}
