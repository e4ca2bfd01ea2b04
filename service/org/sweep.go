package org

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// isDead reports whether the process that was applying the import has ended.
func (s *Service) isDead(row model.RosterImport) bool {
	_, here := s.running.Load(row.ID)
	return !here && row.LeaseUntil != nil && row.LeaseUntil.Before(s.store.Now())
}

// Sweep is a job: it discards previews that nobody applied for a day, ends
// imports whose process died, and forgets what was before imports that can't be
// undone any more.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.store.Now()
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		over := tx.Model(&model.RosterImport{}).Where("applied_at <= ?", now.Add(-undoLife)).Select("id")
		return tx.Where("part >= ? AND import_id IN (?)", undoPart, over).Delete(&model.RosterImportPart{}).Error
	})
	if err != nil {
		return err
	}
	var rows []model.RosterImport
	dead := s.lease().Expired(now)
	stale := store.Where("status = ? AND created_at <= ?", model.ImportPreviewed, now.Add(-previewLife))
	err = s.store.Read(ctx).Select("id", "status", "lease_until").Where(store.Any(stale, store.All(store.Where("status = ?", model.ImportApplying), dead))).
		Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		err := s.store.Tx(ctx, func(tx *gorm.DB) error {
			if row.Status == model.ImportApplying {
				if !s.isDead(row) {
					return nil
				}
				return s.endImport(tx, row.ID, func(rows *gorm.DB) *gorm.DB { return rows.Where(dead) }, interrupted)
			}
			res := tx.Model(&model.RosterImport{}).Where("id = ? AND status = ?", row.ID, model.ImportPreviewed).Update("status", model.ImportDiscarded)
			if res.Error != nil || res.RowsAffected == 0 {
				return res.Error
			}
			return dropContent(tx, row.ID)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
