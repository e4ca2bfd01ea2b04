package store

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
)

// pruned bounds the rows of one DELETE.
const pruned = 1000

// Prune deletes the rows of the model's table that meet the condition, a little
// at a time and from the oldest on: ids grow with time, so that no more of the
// table is read than what is old.
func (s *Store) Prune(ctx context.Context, row any, old Cond) error {
	for ctx.Err() == nil {
		var ids []model.ID
		if err := s.Read(ctx).Model(row).Where(old).Order("id").Limit(pruned).Pluck("id", &ids).Error; err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		err := s.Tx(ctx, func(tx *gorm.DB) error { return tx.Where(old).Where("id IN ?", ids).Delete(row).Error })
		if err != nil {
			return err
		}
		if len(ids) < pruned {
			return nil
		}
	}
	return ctx.Err()
}
