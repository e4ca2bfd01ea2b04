package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// repeatedWithin is how long after its acknowledgement an alert stands for what
// its account says again: a human is with it.
const repeatedWithin = time.Hour

// Raise stores an alert in a transaction of its own, so that it stands whatever
// becomes of the call that carried it. An earlier alert may stand for this one
// too (standing): it then shows how often and when it was said again.
//
// The caller gives the level, the pupil, the account and whether that is loose.
// A UnitID of zero stands for the root of the tree, so that every alert has a
// reader. The SourceID is what the source will be stored under, if it ever is:
// it must be fresh, as no two alerts have the same.
func (s *Service) Raise(ctx context.Context, alert model.Alert) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		// The lock keeps the calls of one account apart.
		if err := s.accounts.Lock(s.store, tx, alert.AccountID); err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		var earlier []model.ID
		if err := tx.Model(&model.Alert{}).Where(standing(alert, now)).Order("id DESC").Limit(1).Pluck("id", &earlier).Error; err != nil {
			return err
		}
		if len(earlier) > 0 {
			return tx.Model(&model.Alert{}).Where("id = ?", earlier[0]).
				Updates(map[string]any{"times": gorm.Expr("times + 1"), "repeated_at": now}).Error
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
		alert.Times, alert.Episode = 1, 1
		if err := tx.Create(&alert).Error; err != nil {
			return err
		}
		return s.escalate(tx, alert)
	})
	if err != nil {
		return fmt.Errorf("raise alert: %w", err)
	}
	return nil
}

// standing keeps the earlier alerts that stand for this one too: of the same
// account, about the same person, of the same level and kind of source, while it
// waits within its deadline or was acknowledged a short while ago. A loose
// account has no more than one that waits, however late.
func standing(alert model.Alert, now time.Time) store.Cond {
	same := store.Where("account_id = ? AND pupil_id = ? AND source_kind = ? AND level = ?", alert.AccountID, alert.PupilID, alert.SourceKind, alert.Level)
	waits := store.Where("status = ? AND due_at > ?", model.AlertRaised, now)
	if alert.Loose {
		waits = store.Where("status = ?", model.AlertRaised)
	}
	return store.All(same, store.Any(waits, store.Where("status = ? AND acknowledged_at > ?", model.AlertAcknowledged, now.Add(-repeatedWithin))))
}
