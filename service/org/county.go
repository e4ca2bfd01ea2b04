package org

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// County answers the county of the name, and makes it where there is none: the
// root of a tree, which no manager can make. It is for commands.
func (s *Service) County(ctx context.Context, name string) (model.Unit, error) {
	name, err := unitName(name)
	if err != nil {
		return model.Unit{}, err
	}
	var county model.Unit
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		err := tx.Take(&county, "parent_id = 0 AND name = ?", name).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		units := []model.Unit{{ID: s.store.NewID(), Kind: model.UnitCounty, Name: name, CreatedAt: s.store.Now()}}
		if err := s.insertUnits(tx, units, func(model.Unit) []model.ID { return nil }); err != nil {
			if store.IsDuplicate(err) { // another process was quicker
				return tx.Take(&county, "parent_id = 0 AND name = ?", name).Error
			}
			return err
		}
		county = units[0]
		return nil
	})
	return county, err
}

// Towns makes those of the towns that the county does not have yet. It is for commands.
func (s *Service) Towns(ctx context.Context, county model.ID, names []string) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockTree(tx, county); err != nil {
			return err
		}
		var parent model.Unit
		if err := tx.Take(&parent, "id = ?", county).Error; err != nil {
			return store.Found(err, "unit")
		}
		if parent.Kind != model.UnitCounty {
			return errKind
		}
		for _, given := range names {
			name, err := unitName(given)
			if err != nil {
				return err
			}
			var there int64
			if err := tx.Model(&model.Unit{}).Where("parent_id = ? AND name = ?", county, name).Count(&there).Error; err != nil {
				return err
			}
			if there > 0 {
				continue
			}
			if _, err := s.addUnit(tx, parent, model.UnitTown, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// UnitByCode finds a unit by its code, for commands.
func (s *Service) UnitByCode(ctx context.Context, code string) (model.Unit, error) {
	var unit model.Unit
	err := s.store.Read(ctx).Take(&unit, "code = ?", code).Error
	return unit, store.Found(err, "unit")
}

// RootByName finds a root of a tree by its name, for commands.
func (s *Service) RootByName(ctx context.Context, name string) (model.Unit, error) {
	var unit model.Unit
	err := s.store.Read(ctx).Take(&unit, "parent_id = 0 AND name = ?", name).Error
	return unit, store.Found(err, "unit")
}
