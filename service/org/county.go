package org

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

var errNoUnit = model.NotFound("unit")

// County returns the county of the name, and makes it where there is none: the
// root of a tree, which no manager can make. It is for commands.
func (s *Service) County(ctx context.Context, name string) (model.Unit, error) {
	name, err := unitName(name)
	if err != nil {
		return model.Unit{}, err
	}
	var county model.Unit
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if county, err = unit.RootByName(tx, name); !errors.Is(err, errNoUnit) {
			return err
		}
		units := []model.Unit{{ID: s.store.NewID(), Kind: model.UnitCounty, Name: name, CreatedAt: s.store.Now()}}
		err = unit.Insert(tx, units, func(model.ID) []model.ID { return nil })
		if store.IsDuplicate(err) { // another process was quicker
			county, err = unit.RootByName(tx, name)
			return err
		}
		county = units[0]
		return err
	})
	return county, err
}

// Towns makes those of the towns that the county does not have yet. It is for commands.
func (s *Service) Towns(ctx context.Context, county model.ID, names []string) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := unit.LockTree(s.store, tx, county); err != nil {
			return err
		}
		parent, err := unit.Get(tx, county)
		if err != nil {
			return err
		}
		if parent.Kind != model.UnitCounty {
			return errKind
		}
		for _, given := range names {
			name, err := unitName(given)
			if err != nil {
				return err
			}
			there, err := unit.List(tx, 1, unit.ChildOf(county), unit.Named(name))
			if err != nil {
				return err
			}
			if len(there) > 0 {
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
	return unit.ByCode(s.store.Read(ctx), code)
}

// RootByName finds a root of a tree by its name, for commands.
func (s *Service) RootByName(ctx context.Context, name string) (model.Unit, error) {
	return unit.RootByName(s.store.Read(ctx), name)
}
