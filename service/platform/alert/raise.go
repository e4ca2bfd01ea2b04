// Package alert raises alerts: what any domain does when someone may be in
// danger. Whom it reaches, and by when, is service/support's to see to.
package alert

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Cry is a word that a human must hear.
type Cry struct {
	Level model.AlertLevel
	// UnitID is who is responsible: the pupil's class or a room's unit. Zero
	// stands for the root of the tree, so that no alert is without a reader.
	UnitID     model.ID
	PupilID    model.ID // whom it is about; zero where an adult asks for themselves
	AccountID  model.ID // who spoke
	SourceKind string
	// SourceID is what the source will be stored under, if it ever is: the cry
	// comes first. It must be fresh, as no two alerts have the same.
	SourceID model.ID
}

// Raise stores an alert in a transaction of its own, so that it stands
// whatever becomes of the call that carried it. While an alert about the same
// person from the same person and kind of source still waits for its first
// answer within its deadline, that one stands for this too: a call that is
// repeated must not ring the same bell again. (Two calls at the very same
// moment may raise two: better that than none.)
func Raise(ctx context.Context, st *store.Store, cry Cry) error {
	err := st.Tx(ctx, func(tx *gorm.DB) error {
		now := st.Now()
		var waiting int64
		err := tx.Model(&model.Alert{}).Where("account_id = ? AND pupil_id = ? AND source_kind = ? AND level = ? AND status = ? AND due_at > ?",
			cry.AccountID, cry.PupilID, cry.SourceKind, cry.Level, model.AlertRaised, now).Count(&waiting).Error
		if err != nil || waiting > 0 {
			return err
		}
		if cry.UnitID == 0 {
			var root model.Unit
			err := tx.Where("parent_id = 0").Order("id").Take(&root).Error
			if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
				return err
			}
			cry.UnitID = root.ID
		}
		return tx.Create(&model.Alert{
			ID: st.NewID(), Level: cry.Level, Status: model.AlertRaised, UnitID: cry.UnitID, PupilID: cry.PupilID, AccountID: cry.AccountID,
			SourceKind: cry.SourceKind, SourceID: cry.SourceID, RaisedAt: now, DueAt: now.Add(cry.Level.Deadline()),
		}).Error
	})
	if err != nil {
		return fmt.Errorf("raise alert: %w", err)
	}
	return nil
}
