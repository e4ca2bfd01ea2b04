package org

import (
	"context"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

var (
	errNameTaken    = model.Conflict("unit_name_taken", "这里已经有同名的单位")
	errKind         = model.Invalid("kind", "unit_kind_not_allowed", "这类单位不能建在所选的单位下面")
	errUnitArchived = model.Conflict("unit_archived", "这个单位已经停用")
	errNotClass     = model.Conflict("unit_not_class", "只有班级才能这样操作")
)

// NewUnit is a unit to make.
type NewUnit struct {
	ParentID model.ID       `json:"parentId"`
	Kind     model.UnitKind `json:"kind" enum:"town,school,station,academy,village,class"`
	Name     string         `json:"name" minLength:"1" maxLength:"100"`
}

// unitName brings a name to the form in which names are stored and compared.
func unitName(s string) (string, error) {
	name, ok := model.NormalText(s)
	if !ok || name == "" || utf8.RuneCountInString(name) > 100 || strings.ContainsRune("=+-@#", rune(name[0])) {
		return "", model.Invalid("name", "unit_name_invalid", "名称应为 1 到 100 个字，且不能以 = + - @ # 开头")
	}
	return name, nil
}

// CreateUnit makes a unit below one that the actor manages.
func (s *Service) CreateUnit(ctx context.Context, actor model.Actor, in NewUnit) (Unit, error) {
	name, err := unitName(in.Name)
	if err != nil {
		return Unit{}, err
	}
	var row model.Unit
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		parent, err := s.managedUnit(tx, actor, in.ParentID)
		if err != nil {
			return err
		}
		if !in.Kind.MayStandBelow(parent.Kind) {
			return errKind
		}
		row, err = s.addUnit(tx, parent, in.Kind, name)
		return err
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, row)
}

// addUnit writes one unit. parent must have been read under the tree's lock.
func (s *Service) addUnit(tx *gorm.DB, parent model.Unit, kind model.UnitKind, name string) (model.Unit, error) {
	if parent.ArchivedAt != nil {
		return model.Unit{}, errUnitArchived
	}
	path, err := unit.Path(tx, parent.ID)
	if err != nil {
		return model.Unit{}, err
	}
	above := store.Each(path, func(u model.Unit) model.ID { return u.ID })
	units := []model.Unit{{ID: s.store.NewID(), ParentID: parent.ID, Kind: kind, Name: name, CreatedAt: s.store.Now()}}
	err = unit.Insert(tx, units, func(model.ID) []model.ID { return above })
	if store.IsDuplicate(err) {
		err = errNameTaken
	}
	return units[0], err
}

// managedUnit locks the tree and reads a unit that the actor manages.
func (s *Service) managedUnit(tx *gorm.DB, actor model.Actor, id model.ID) (model.Unit, error) {
	managed, err := s.managedNow(tx, actor)
	if err != nil {
		return model.Unit{}, err
	}
	if _, err := unit.Get(tx, id, unit.Below(managed...)); err != nil {
		return model.Unit{}, err
	}
	if err := unit.LockTree(s.store, tx, id); err != nil {
		return model.Unit{}, err
	}
	return unit.Get(s.store.ForUpdate(tx), id) // as it is now that nobody else can change it
}

// RenameUnit gives a unit another name, unique below its parent, also one out of
// use, whose name another unit may need. version is the one that the caller saw: a unit that has changed since is refused with
// version_conflict, whose details are the unit as it stands.
func (s *Service) RenameUnit(ctx context.Context, actor model.Actor, id model.ID, version int, newName string) (Unit, error) {
	name, err := unitName(newName)
	if err != nil {
		return Unit{}, err
	}
	var row model.Unit
	err = s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if row, err = s.managedUnit(tx, actor, id); err != nil {
			return err
		}
		if row.Version != version {
			current, err := s.viewUnit(ctx, actor, row)
			if err != nil {
				return err
			}
			return model.Conflict("version_conflict", "单位已被他人修改，请对照后再改").WithDetails(current)
		}
		row.Name = name
		row.Version++
		err = unit.Rename(tx, id, name)
		if store.IsDuplicate(err) {
			return errNameTaken
		}
		return err
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, row)
}

// ArchiveUnit takes a unit and what is below it out of use. It is refused
// while pupils are on a roster there; done again it changes nothing.
func (s *Service) ArchiveUnit(ctx context.Context, actor model.Actor, id model.ID) (Unit, error) {
	var row model.Unit
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if row, err = s.managedUnit(tx, actor, id); err != nil || row.ArchivedAt != nil {
			return err
		}
		if row.ParentID == 0 {
			return model.Conflict("unit_is_root", "最上级的单位不能停用")
		}
		hasPupils, err := store.Exists(family.Enrolled(tx).Where(store.Below("p.class_id", []model.ID{id})))
		if err != nil {
			return err
		}
		if hasPupils {
			return model.Conflict("unit_has_pupils", "这个单位还有在册学生，不能停用")
		}
		now := s.store.Now()
		row.ArchivedAt = &now
		row.Version++
		return unit.Archive(tx, id, now)
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, row)
}

// NewClassCode replaces the code of a class, such as one that has leaked. The
// old one leads nowhere from then on; children already bound stay. That of a class
// out of use leads nowhere as it is.
func (s *Service) NewClassCode(ctx context.Context, actor model.Actor, id model.ID) (Unit, error) {
	var row model.Unit
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if row, err = s.managedUnit(tx, actor, id); err != nil {
			return err
		}
		if row.Kind != model.UnitClass {
			return errNotClass
		}
		if row.ArchivedAt != nil {
			return errUnitArchived
		}
		if err := s.scenes.End(tx, model.SceneClass, id); err != nil {
			return err
		}
		row.Version++
		row.Code, err = unit.ReplaceCode(tx, id)
		return err
	})
	if err != nil {
		return Unit{}, err
	}
	return s.viewUnit(ctx, actor, row)
}

func (s *Service) viewUnit(ctx context.Context, actor model.Actor, row model.Unit) (Unit, error) {
	return store.Only(s.viewUnits(ctx, actor, []model.Unit{row}))
}
