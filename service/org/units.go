package org

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Unit is a unit as the caller may see it.
type Unit struct {
	ID       model.ID       `json:"id"`
	ParentID *model.ID      `json:"parentId,omitempty" doc:"Missing for the root"`
	Kind     model.UnitKind `json:"kind"`
	Name     string         `json:"name"`
	// Code is there for teachers and managers at or above the unit.
	Code string `json:"code,omitempty" doc:"What guardians type to bind a child; for the class's teachers and managers only"`
	// PupilCount is there for staff at or above the unit, on classes.
	PupilCount *int       `json:"pupilCount,omitempty" doc:"Pupils on the roster of a class"`
	ArchivedAt *time.Time `json:"archivedAt,omitempty"`
	Version    int        `json:"version" doc:"Send it back with a change"`
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

// ListUnits asks for the children of a unit, or without one for the units at
// the top of what the actor may see.
type ListUnits struct {
	ParentID store.IDParam `query:"parentId" doc:"Lists its children; without it, the units at the top of what you may see"`
	store.PageRequest
}

// Units lists units that are not archived, by name as people count.
func (s *Service) Units(ctx context.Context, actor model.Actor, in ListUnits) (store.Page[Unit], error) {
	listed := store.All(s.visibleTo(actor), unit.ChildOf(in.ParentID.ID))
	if in.ParentID.ID == 0 {
		listed = s.tops(actor)
	} else if _, err := s.visibleUnit(ctx, actor, in.ParentID.ID); err != nil {
		return store.Page[Unit]{}, err
	}
	rows, next, err := unit.Page(s.store.Read(ctx), in.PageRequest, listed, unit.InUse())
	if err != nil {
		return store.Page[Unit]{}, err
	}
	items, err := s.viewUnits(ctx, actor, rows)
	return store.Page[Unit]{Items: items, NextCursor: next}, err
}

// FillCountingKeys is a job: see unit.FillCountingKeys.
func (s *Service) FillCountingKeys(ctx context.Context) error {
	return unit.FillCountingKeys(ctx, s.store)
}

// tops are where the actor works, less what lies below another such unit, and
// for families the roots above their classes.
func (s *Service) tops(actor model.Actor) store.Cond {
	now := s.store.Now()
	return store.Any(unit.Tops(actor.UnitsAs(now, model.Staff...)...),
		store.All(unit.Roots(), unit.Above(actor.UnitsAs(now, model.Families...)...)))
}

// Unit returns one unit and the way to it from the root.
func (s *Service) Unit(ctx context.Context, actor model.Actor, id model.ID) (UnitDetail, error) {
	row, err := s.visibleUnit(ctx, actor, id)
	if err != nil {
		return UnitDetail{}, err
	}
	view, err := s.viewUnit(ctx, actor, row)
	if err != nil {
		return UnitDetail{}, err
	}
	path, err := unit.Path(s.store.Read(ctx), id)
	if err != nil {
		return UnitDetail{}, err
	}
	return UnitDetail{Unit: view, Path: store.Each(path, func(u model.Unit) UnitName { return UnitName{ID: u.ID, Kind: u.Kind, Name: u.Name} })}, nil
}

func (s *Service) visibleUnit(ctx context.Context, actor model.Actor, id model.ID) (model.Unit, error) {
	return unit.Get(s.store.Read(ctx), id, s.visibleTo(actor))
}

// viewUnits shows each unit with as much as the actor may know of it.
func (s *Service) viewUnits(ctx context.Context, actor model.Actor, rows []model.Unit) ([]Unit, error) {
	now := s.store.Now()
	ids := store.Each(rows, func(r model.Unit) model.ID { return r.ID })
	known, err := store.AmongBelow(s.store.Read(ctx), ids, actor.UnitsAs(now, model.Staff...))
	if err != nil {
		return nil, err
	}
	codes, err := store.AmongBelow(s.store.Read(ctx), ids, actor.UnitsAs(now, model.Hosts...))
	if err != nil {
		return nil, err
	}
	views := make([]Unit, len(rows))
	for i, r := range rows {
		v := Unit{ID: r.ID, Kind: r.Kind, Name: r.Name, ArchivedAt: r.ArchivedAt, Version: r.Version}
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
