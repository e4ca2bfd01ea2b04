package vault

import (
	"context"
	"crypto/hmac"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Matches reports whether these are the keys that the database's data was
// sealed and hashed with. The first to ask leaves the mark of its keys there.
func (v *Vault) Matches(ctx context.Context, st *store.Store) (bool, error) {
	want := model.KeysetMark{ID: 1, Mark: v.MAC("keyset-mark", nil)}
	var have model.KeysetMark
	err := st.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&want).Error; err != nil {
			return err
		}
		return tx.Take(&have, "id = ?", want.ID).Error
	})
	return hmac.Equal(have.Mark, want.Mark), err
}
