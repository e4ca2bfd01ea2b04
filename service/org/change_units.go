package org

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var (
	errUnitName     = model.Invalid("name", "unit_name_invalid", "名称应为 1 到 100 个字，且不能以 = + - @ # 开头")
	errNameTaken    = model.Conflict("unit_name_taken", "这里已经有同名的单位")
	errKind         = model.Invalid("kind", "unit_kind_not_allowed", "这类单位不能建在所选的单位下面")
	errHasPupils    = model.Conflict("unit_has_pupils", "这个单位还有在册学生，不能停用")
	errUnitArchived = model.Conflict("unit_archived", "这个单位已经停用")
	errRoot         = model.Conflict("unit_is_root", "最上级的单位不能停用")
	errNotClass     = model.Conflict("unit_not_class", "只有班级才能这样操作")
)

// NewUnit is a unit to make.
type NewUnit struct {
	ParentID model.ID
	Kind     model.UnitKind
	Name     string
}

// unitName brings a name to the form in which names are stored and compared.
func unitName(s string) (string, error) {
	name, ok := model.NormalText(s)
	if !ok || name == "" || utf8.RuneCountInString(name) > 100 || strings.ContainsRune("=+-@#", rune(name[0])) {
		return "", errUnitName
	}
	return name, nil
}

// CreateUnit makes a unit below one that the actor manages.
func (s *Service) CreateUnit(ctx context.Context, actor model.Actor, in NewUnit) (Unit, error) {
	name, err := unitName(in.Name)
	if err != nil {
		return Unit{}, err
	}
	var unit model.Unit
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		parent, err := s.managedUnit(tx, actor, in.ParentID)
		if err != nil {
			return err
		}
		if !in.Kind.MayStandBelow(parent.Kind) {
			return errKind
		}
		unit, err = s.addUnit(tx, parent, in.Kind, name)
		return err
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, unit)
}

// addUnit writes one unit. parent must have been read under the tree's lock.
func (s *Service) addUnit(tx *gorm.DB, parent model.Unit, kind model.UnitKind, name string) (model.Unit, error) {
	if parent.ArchivedAt != nil {
		return model.Unit{}, errUnitArchived
	}
	path, err := unitPath(tx, parent.ID)
	if err != nil {
		return model.Unit{}, err
	}
	above := make([]model.ID, len(path))
	for i, u := range path {
		above[i] = u.ID
	}
	units := []model.Unit{{ID: s.store.NewID(), ParentID: parent.ID, Kind: kind, Name: name, CreatedAt: s.store.Now()}}
	err = s.insertUnits(tx, units, func(model.Unit) []model.ID { return above })
	if store.IsDuplicate(err) {
		err = errNameTaken
	}
	return units[0], err
}

// managedUnit locks the tree and reads a unit that the actor manages.
func (s *Service) managedUnit(tx *gorm.DB, actor model.Actor, id model.ID) (model.Unit, error) {
	var unit model.Unit
	managed := s.managedBy(actor, "units.id")
	if err := tx.Scopes(managed).Take(&unit, "units.id = ?", id).Error; err != nil {
		return unit, store.Found(err, "unit")
	}
	if err := s.lockTree(tx, id); err != nil {
		return unit, err
	}
	unit = model.Unit{} // as it is now that nobody else can change it
	return unit, store.Found(s.store.ForUpdate(tx).Take(&unit, "id = ?", id).Error, "unit")
}

// RenameUnit gives a unit another name, unique below its parent.
func (s *Service) RenameUnit(ctx context.Context, actor model.Actor, id model.ID, newName string) (Unit, error) {
	name, err := unitName(newName)
	if err != nil {
		return Unit{}, err
	}
	var unit model.Unit
	err = s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if unit, err = s.managedUnit(tx, actor, id); err != nil {
			return err
		}
		unit.Name = name
		err = tx.Model(&model.Unit{}).Where("id = ?", id).Update("name", name).Error
		if store.IsDuplicate(err) {
			return errNameTaken
		}
		return err
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, unit)
}

// ArchiveUnit takes a unit and what is below it out of use. It is refused
// while pupils are on a roster there; done again it changes nothing.
func (s *Service) ArchiveUnit(ctx context.Context, actor model.Actor, id model.ID) (Unit, error) {
	var unit model.Unit
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if unit, err = s.managedUnit(tx, actor, id); err != nil || unit.ArchivedAt != nil {
			return err
		}
		if unit.ParentID == 0 {
			return errRoot
		}
		var pupils int64
		below := store.Below("class_id", []model.ID{id}).Scope
		if err := tx.Model(&model.Pupil{}).Scopes(below).Where("departed_at IS NULL").Limit(1).Count(&pupils).Error; err != nil {
			return err
		}
		if pupils > 0 {
			return errHasPupils
		}
		now := s.store.Now()
		unit.ArchivedAt = &now
		return tx.Model(&model.Unit{}).Where(store.Below("id", []model.ID{id})).Where("archived_at IS NULL").Update("archived_at", now).Error
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, unit)
}

// NewClassCode replaces the code of a class, such as one that has leaked. The
// old one leads nowhere from then on; children already bound stay.
func (s *Service) NewClassCode(ctx context.Context, actor model.Actor, id model.ID) (Unit, error) {
	var unit model.Unit
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if unit, err = s.managedUnit(tx, actor, id); err != nil {
			return err
		}
		if unit.Kind != model.UnitClass {
			return errNotClass
		}
		if err := s.scenes.End(tx, model.SceneClass, id); err != nil {
			return err
		}
		for range codeTries {
			if unit.Code, err = newCode(); err != nil {
				return err
			}
			err = tx.Model(&model.Unit{}).Where("id = ?", id).Update("code", unit.Code).Error
			if !store.IsDuplicate(err) {
				return err
			}
		}
		return err
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, unit)
}

func (s *Service) viewUnit(ctx context.Context, actor model.Actor, unit model.Unit) (Unit, error) {
	views, err := s.viewUnits(ctx, actor, []model.Unit{unit})
	if err != nil {
		return Unit{}, err
	}
	return views[0], nil
}
