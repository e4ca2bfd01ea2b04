package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
)

// Use returns what the database is for, or "" while no start has decided it.
func (s *Store) Use(ctx context.Context) (model.DatabaseUse, error) {
	var uses []model.DatabaseUse
	err := s.Read(ctx).Model(&model.DatabaseMark{}).Where("id = 1").Pluck("used_for", &uses).Error
	if err != nil || len(uses) == 0 {
		return "", err
	}
	return uses[0], nil
}

// Dedicate says what the database is for, unless an earlier start has. It
// returns what it is for now.
func (s *Store) Dedicate(ctx context.Context, use model.DatabaseUse) (model.DatabaseUse, error) {
	mark := model.DatabaseMark{ID: 1, UsedFor: use}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&mark).Error
	})
	if err != nil {
		return "", err
	}
	return s.Use(ctx)
}
