package main

import (
	"context"
	"crypto/hmac"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
)

// matchKeyset refuses to go on with other encryption keys than those that the
// database's data was sealed and hashed with: nothing sealed could be opened,
// and a roster would find none of its pupils by their numbers. The first start
// on a database leaves the mark of its keys there.
func matchKeyset(ctx context.Context, a *app) error {
	want := model.KeysetMark{ID: 1, Mark: a.vault.MAC("keyset-mark", nil)}
	var have model.KeysetMark
	err := a.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&want).Error; err != nil {
			return err
		}
		return tx.Take(&have, "id = ?", want.ID).Error
	})
	if err != nil {
		return err
	}
	if hmac.Equal(have.Mark, want.Mark) {
		return nil
	}
	if a.cfg.Keyset == "" {
		return settingError("XINYU_KEYSET", "the file keyset in XINYU_DATA_DIR holds other keys than the database's data was sealed with")
	}
	return settingError("XINYU_KEYSET", "these are other keys than the database's data was sealed with")
}
