package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// undoLife is for how long an applied import can be undone. What was before is
// kept, sealed, as long.
const undoLife = 7 * 24 * time.Hour

var (
	errUndoOver    = model.Conflict("undo_over", "只能撤销 7 天以内、并且已经完成的导入")
	errUndoNotLast = model.Conflict("undo_not_last", "这次导入之后又导入过花名册，只能撤销最近的一次")
	errUndoChanged = model.Conflict("undo_changed", "导入之后花名册又有变动，不能整体撤销，没有改动任何内容。请导入正确的花名册来更正")
)

// before is what an applied import has changed, and how it was.
type before struct {
	Added       []model.ID // in the order of their ids
	Moves       []coverage.Move
	Corrections []family.Correction
	Numbers     []family.Number
	Classes     []model.ID // made, or taken into use again
	Renamed     []renamed
	Unbound     int // pupils whose families had to bind anew
}

type renamed struct {
	ID   model.ID
	Name string
}

// beforeOf reads what the plan is about to change.
func beforeOf(tx *gorm.DB, p *plan) (before, error) {
	b := before{Moves: p.moves, Corrections: p.before, Unbound: len(p.claimed)}
	numbered := store.Each(p.numbers, func(n renumbering) model.ID { return n.pupil })
	slices.Sort(numbered)
	var err error
	if b.Numbers, err = family.NumbersOf(tx, numbered); err != nil {
		return b, err
	}
	for _, list := range [][]*node{p.forest.fresh, p.forest.reopened} {
		for _, n := range list {
			if n.Kind == model.UnitClass { // a school or town that was made stays, empty
				b.Classes = append(b.Classes, n.ID)
			}
		}
	}
	for _, n := range p.forest.renamed {
		b.Renamed = append(b.Renamed, renamed{n.ID, n.was})
	}
	return b, nil
}

// UndoImport brings the rosters back to what they were before the import, all of
// it or nothing: those who came depart, those who left or moved are back, and
// names and numbers are the old ones. Ties that the import ended stay ended. The
// error says why it can't be undone: undo_over, undo_not_last, undo_bound where
// a family has been bound to a pupil who came, or something covers the pupil
// since, undo_changed. Done again it changes nothing.
func (s *Service) UndoImport(ctx context.Context, actor model.Actor, id model.ID) (ImportDetail, error) {
	var (
		done  before
		again bool
		out   coverage.Change
	)
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.managedImport(tx, actor, id)
		if err != nil {
			return err
		}
		if err := unit.LockTree(s.store, tx, row.UnitID); err != nil {
			return err
		}
		if row, err = s.managedImport(s.store.ForUpdate(tx), actor, id); err != nil {
			return err
		}
		if again = row.Status == model.ImportUndone; again {
			return nil
		}
		if err := s.mayUndo(tx, row); err != nil {
			return err
		}
		done = before{}
		if err := s.openParts(tx, id, undoPart, &done); err != nil {
			return err
		}
		if out, err = s.undo(tx, row.UnitID, done); err != nil {
			return err
		}
		now := s.store.Now()
		res := tx.Model(&model.RosterImport{}).Where("id = ? AND status = ?", id, model.ImportApplied).
			Updates(map[string]any{"status": model.ImportUndone, "undone_at": now, "undone_by": actor.AccountID})
		if err := store.Changed(res, errUndoOver); err != nil {
			return err
		}
		if err := tx.Where("import_id = ?", id).Delete(&model.RosterImportPart{}).Error; err != nil {
			return err
		}
		return s.logImport(tx, actor, row)
	})
	if store.IsDuplicate(err) || errors.Is(err, coverage.ErrMoved) {
		err = errUndoChanged.WithCause(err)
	}
	if err != nil {
		return ImportDetail{}, err
	}
	if !again {
		moved := store.Each(done.Moves, func(m coverage.Move) model.ID { return m.PupilID })
		s.sessions.ForgetFamilies(ctx, append(moved, done.Added...))
		s.coverage.Publish(ctx, out)
	}
	return s.Import(ctx, actor, id)
}

// mayUndo refuses an import that is none of the last days, or has been followed
// by another of the same pupils.
func (s *Service) mayUndo(tx *gorm.DB, row model.RosterImport) error {
	if row.Status != model.ImportApplied || row.AppliedAt == nil || !row.AppliedAt.After(s.store.Now().Add(-undoLife)) {
		return errUndoOver
	}
	kept, err := store.Exists(tx.Model(&model.RosterImportPart{}).Where("import_id = ? AND part >= ?", row.ID, undoPart))
	if err != nil {
		return err
	}
	if !kept { // applied by an earlier version
		return errUndoOver
	}
	later, err := store.Exists(tx.Model(&model.RosterImport{}).Where("status = ? AND id <> ? AND (applied_at > ? OR applied_at = ? AND id > ?)", model.ImportApplied, row.ID, row.AppliedAt, row.AppliedAt, row.ID).
		Where(store.Any(store.Below("unit_id", []model.ID{row.UnitID}), store.Above("unit_id", []model.ID{row.UnitID}))))
	if err == nil && later {
		return errUndoNotLast
	}
	return err
}

// undo writes what was before.
func (s *Service) undo(tx *gorm.DB, unitID model.ID, b before) (coverage.Change, error) {
	now := s.store.Now()
	if err := mustStandBelow(tx, unitID, b); err != nil {
		return coverage.Change{}, err
	}
	if err := s.mustBeUntouched(tx, b.Added); err != nil {
		return coverage.Change{}, err
	}
	moves, err := backwards(tx, b)
	if err != nil {
		return coverage.Change{}, err
	}
	change, err := s.coverage.Move(tx, moves)
	if err != nil {
		return change, err
	}
	if err := writeMoves(tx, moves, now, &progress{}); err != nil {
		return change, err
	}
	if err := writeChanges(tx, b.Corrections, now, &progress{}); err != nil {
		return change, err
	}
	if err := family.Renumber(tx, b.Numbers, now); err != nil {
		return change, err
	}
	for _, u := range b.Renamed {
		if err := unit.Rename(tx, u.ID, u.Name); err != nil {
			return change, err
		}
	}
	for part := range slices.Chunk(b.Classes, lookupChunk) {
		if err := unit.ArchiveEmpty(tx, part, now); err != nil {
			return change, err
		}
	}
	return change, nil
}

// mustStandBelow refuses to write an old name or number to a pupil who has gone to
// a school beside the unit since: an import there is not one of this unit.
func mustStandBelow(tx *gorm.DB, unitID model.ID, b before) error {
	changed := store.Each(b.Corrections, func(c family.Correction) model.ID { return c.PupilID })
	changed = store.Distinct(append(changed, store.Each(b.Numbers, func(n family.Number) model.ID { return n.PupilID })...))
	for part := range slices.Chunk(changed, lookupChunk) {
		here, err := family.List(tx, store.In("p.id", part), store.Below("p.class_id", []model.ID{unitID}))
		if err != nil {
			return err
		}
		if len(here) != len(part) {
			return errUndoChanged
		}
	}
	return nil
}

// mustBeUntouched refuses to take pupils off the roster again to whom a family
// has been bound, or whom something covers.
func (s *Service) mustBeUntouched(tx *gorm.DB, pupils []model.ID) error {
	bound, err := family.Bound(tx, pupils)
	if err != nil {
		return err
	}
	begun, err := s.coverage.Begun(tx, pupils)
	if err != nil {
		return err
	}
	touched := map[model.ID]bool{}
	for _, id := range append(bound, begun...) {
		touched[id] = true
	}
	if len(touched) > 0 {
		return model.Conflict("undo_bound", fmt.Sprintf("这次导入新增的学生中，有 %d 名已经有家长绑定或有了学习、签到记录，不能整体撤销，没有改动任何内容。请导入正确的花名册来更正", len(touched)))
	}
	return nil
}

// backwards are the moves that undo those of the import. Who came departs.
func backwards(tx *gorm.DB, b before) ([]coverage.Move, error) {
	moves := store.Each(b.Moves, func(m coverage.Move) coverage.Move { return coverage.Move{PupilID: m.PupilID, From: m.To, To: m.From} })
	for part := range slices.Chunk(b.Added, lookupChunk) {
		pupils, err := family.List(tx, store.In("p.id", part), family.OnRoster())
		if err != nil {
			return nil, err
		}
		if len(pupils) != len(part) {
			return nil, errUndoChanged
		}
		for _, p := range pupils {
			moves = append(moves, coverage.Move{PupilID: p.ID, From: p.ClassID})
		}
	}
	return moves, nil
}
