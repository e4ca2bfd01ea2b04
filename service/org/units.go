package org

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Unit is a unit as the caller may see it.
type Unit struct {
	ID       model.ID       `json:"id"`
	ParentID *model.ID      `json:"parentId,omitempty" doc:"Missing for the root"`
	Kind     model.UnitKind `json:"kind" enum:"county,town,school,station,academy,village,class"`
	Name     string         `json:"name"`
	// Code is there for teachers and managers at or above the unit.
	Code string `json:"code,omitempty" doc:"What guardians type to bind a child; for the class's teachers and managers only"`
	// PupilCount is there for staff at or above the unit, on classes.
	PupilCount *int       `json:"pupilCount,omitempty" doc:"Pupils on the roster of a class"`
	ArchivedAt *time.Time `json:"archivedAt,omitempty"`
}

// UnitName is a step of the way from the root to a unit.
type UnitName struct {
	ID   model.ID       `json:"id"`
	Kind model.UnitKind `json:"kind"`
	Name string         `json:"name"`
}

// UnitDetail is a unit with the units above it, the root first.
type UnitDetail struct {
	Unit
	Path []UnitName `json:"path"`
}

// UnitList is a page of units.
type UnitList struct {
	Items      []Unit   `json:"items"`
	NextCursor model.ID `json:"nextCursor,omitempty" doc:"Give it as cursor for the next page; missing on the last"`
}

// ListUnits asks for the children of a unit, or without one for the units at
// the top of what the actor may see.
type ListUnits struct {
	ParentID model.ID
	Cursor   model.ID // the last id of the page before
	Limit    int
}

// Units lists units that are not archived, in the order in which they were made.
func (s *Service) Units(ctx context.Context, actor model.Actor, in ListUnits) (UnitList, error) {
	db := s.store.Read(ctx)
	query := db.Scopes(s.visibleTo(actor)).Where("parent_id = ?", in.ParentID)
	if in.ParentID == 0 {
		query = s.tops(db, actor)
	} else if _, err := s.visibleUnit(ctx, actor, in.ParentID); err != nil {
		return UnitList{}, err
	}
	var rows []model.Unit
	err := query.Where("archived_at IS NULL AND units.id > ?", in.Cursor).Order("units.id").Limit(in.Limit + 1).Find(&rows).Error
	if err != nil {
		return UnitList{}, store.Translate(err)
	}
	list := UnitList{}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		list.NextCursor = rows[in.Limit-1].ID
	}
	list.Items, err = s.viewUnits(ctx, actor, rows)
	return list, err
}

// tops are where the actor works, less what lies below another such unit, and
// for families the roots above their classes.
func (s *Service) tops(db *gorm.DB, actor model.Actor) *gorm.DB {
	now := s.store.Now()
	staff := append([]model.ID{0}, actor.UnitsAs(now, staffRoles...)...)
	classes := append([]model.ID{0}, actor.UnitsAs(now, model.RoleGuardian, model.RolePupil)...)
	return db.Where("((units.id IN ? AND NOT EXISTS (SELECT 1 FROM unit_closure AS c WHERE c.unit_id = units.id AND c.ancestor_id <> units.id AND c.ancestor_id IN ?))"+
		" OR (parent_id = 0 AND units.id IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN ?)))", staff, staff, classes)
}

// Unit answers one unit and the way to it from the root.
func (s *Service) Unit(ctx context.Context, actor model.Actor, id model.ID) (UnitDetail, error) {
	row, err := s.visibleUnit(ctx, actor, id)
	if err != nil {
		return UnitDetail{}, err
	}
	views, err := s.viewUnits(ctx, actor, []model.Unit{row})
	if err != nil {
		return UnitDetail{}, err
	}
	path, err := unitPath(s.store.Read(ctx), id)
	if err != nil {
		return UnitDetail{}, store.Translate(err)
	}
	detail := UnitDetail{Unit: views[0], Path: make([]UnitName, len(path))}
	for i, u := range path {
		detail.Path[i] = UnitName{ID: u.ID, Kind: u.Kind, Name: u.Name}
	}
	return detail, nil
}

func (s *Service) visibleUnit(ctx context.Context, actor model.Actor, id model.ID) (model.Unit, error) {
	var row model.Unit
	err := s.store.Read(ctx).Scopes(s.visibleTo(actor)).Take(&row, "units.id = ?", id).Error
	return row, store.Found(err, "unit")
}

// unitPath reads the unit and those above it, the root first.
func unitPath(db *gorm.DB, id model.ID) ([]model.Unit, error) {
	var above []model.Unit
	if err := db.Where(store.Above("id", []model.ID{id})).Find(&above).Error; err != nil {
		return nil, err
	}
	parent := make(map[model.ID]model.Unit, len(above))
	for _, u := range above {
		parent[u.ID] = u
	}
	path := make([]model.Unit, 0, len(above))
	for u, ok := parent[id]; ok; u, ok = parent[u.ParentID] {
		path = append(path, u)
	}
	slices.Reverse(path)
	return path, nil
}

// viewUnits shows each unit with as much as the actor may know of it.
func (s *Service) viewUnits(ctx context.Context, actor model.Actor, rows []model.Unit) ([]Unit, error) {
	now := s.store.Now()
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	known, err := s.among(ctx, ids, actor.UnitsAs(now, staffRoles...))
	if err != nil {
		return nil, err
	}
	codes, err := s.among(ctx, ids, actor.UnitsAs(now, codeRoles...))
	if err != nil {
		return nil, err
	}
	views := make([]Unit, len(rows))
	for i, r := range rows {
		v := Unit{ID: r.ID, Kind: r.Kind, Name: r.Name, ArchivedAt: r.ArchivedAt}
		if r.ParentID != 0 {
			v.ParentID = &rows[i].ParentID
		}
		if known[r.ID] && r.Kind == model.UnitClass {
			v.PupilCount = &rows[i].PupilCount
		}
		if codes[r.ID] {
			v.Code = r.Code
		}
		views[i] = v
	}
	return views, nil
}

// among tells which of the units stand at or below one of the roots.
func (s *Service) among(ctx context.Context, units, roots []model.ID) (map[model.ID]bool, error) {
	found := map[model.ID]bool{}
	if len(units) == 0 || len(roots) == 0 {
		return found, nil
	}
	for part := range slices.Chunk(units, lookupChunk) {
		var ids []model.ID
		err := s.store.Read(ctx).Model(&model.UnitAncestor{}).Where("unit_id IN ? AND ancestor_id IN ?", part, roots).Distinct().Pluck("unit_id", &ids).Error
		if err != nil {
			return nil, store.Translate(err)
		}
		for _, id := range ids {
			found[id] = true
		}
	}
	return found, nil
}
