package org

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/org/rosterfile"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// NewImport is a roster file for a county, a town or a school.
type NewImport struct {
	UnitID model.ID
	// FileName only helps to word a refusal.
	FileName string
	Data     []byte
	// NewTowns also makes the towns that are in the file only. It is for
	// commands: from anyone else an unknown town is a fault.
	NewTowns bool
	// HiddenRows also takes the rows that are hidden or filtered out in a workbook.
	HiddenRows bool
	Choices    Choices
	// Progress, where not nil, is told how many rows have been read of about how many.
	Progress func(done, total int)
}

// importKinds are the kinds of units for which a roster can be imported.
var importKinds = []model.UnitKind{model.UnitCounty, model.UnitTown, model.UnitSchool}

// previewRate and maxPreviews bound what one manager uploads and leaves lying, each up
// to rosterfile.MaxFileBytes: a school tries a file some times until it is right, and
// who imports a county's schools one by one applies or drops them as they go. Of
// several at one moment each counts against the rate; the number that lie is as exact
// as that allows.
var previewRate = limit.Rate{Count: 30, Period: time.Hour}

const maxPreviews = 10

var errPreviewsFull = model.Conflict("previews_full", "您有10份花名册已经上传，还没有导入，请先导入或取消其中的几份")

// mayPreview takes one of the actor's uploads. A command, which has no account, is not bounded.
func (s *Service) mayPreview(ctx context.Context, actor model.Actor) error {
	if actor.AccountID == 0 {
		return nil
	}
	var lie int64
	err := s.store.Read(ctx).Model(&model.RosterImport{}).
		Where("account_id = ? AND status = ? AND created_at > ?", actor.AccountID, model.ImportPreviewed, s.store.Now().Add(-previewLife)).Count(&lie).Error
	if err != nil {
		return err
	}
	if lie >= maxPreviews {
		return errPreviewsFull
	}
	if _, wait, ok := s.limiter.Take(ctx, "roster:"+actor.AccountID.String(), previewRate); !ok {
		e := model.TooMany("too_many_previews", wait)
		e.Message = "一小时内上传的花名册太多，请稍后再试"
		return e
	}
	return nil
}

// PreviewImport reads the file and compares it with the rosters, which stay as
// they are. The import is refused where there are faults; else it waits a day
// to be applied.
func (s *Service) PreviewImport(ctx context.Context, actor model.Actor, in NewImport) (ImportDetail, error) {
	db := s.store.Read(ctx)
	scope, err := s.managedNow(db, actor)
	if err != nil {
		return ImportDetail{}, err
	}
	target, err := unit.Get(db, in.UnitID, unit.Below(scope...))
	switch {
	case err != nil:
		return ImportDetail{}, err
	case target.ArchivedAt != nil:
		return ImportDetail{}, errUnitArchived
	case !slices.Contains(importKinds, target.Kind):
		return ImportDetail{}, model.Conflict("unit_without_roster", "只能为县、镇（街道）或学校导入花名册")
	}
	if err := s.mayPreview(ctx, actor); err != nil {
		return ImportDetail{}, err
	}
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-ctx.Done():
		return ImportDetail{}, ctx.Err()
	}
	now := s.store.Now()
	// A county's town may stay empty for the schools right below the county, so it is looked at later, row by row.
	file, err := rosterfile.Parse(in.Data, in.FileName, rosterfile.Options{NeedSchool: target.Kind != model.UnitSchool, Today: model.DateOf(now), HiddenRows: in.HiddenRows}, in.Progress)
	if err != nil {
		return ImportDetail{}, err
	}
	row := model.RosterImport{ID: s.store.NewID(), UnitID: target.ID, AccountID: actor.AccountID, Status: model.ImportPreviewed,
		NewTowns: in.NewTowns, Total: file.Total, CreatedAt: now}
	if err := setNotes(&row, notes{New: []ImportUnit{}, Alone: []string{}, HiddenRows: file.HiddenRows, HiddenTaken: in.HiddenRows, Choices: in.Choices}); err != nil {
		return ImportDetail{}, err
	}
	plan, err := s.planImport(db, row, s.linesOf(file.Rows), scope)
	if err != nil {
		return ImportDetail{}, err
	}
	if err := judge(&row, file, plan); err != nil {
		return ImportDetail{}, err
	}
	var parts []model.RosterImportPart
	if row.Status == model.ImportPreviewed {
		if parts, err = s.sealParts(row.ID, rowsPart, file.Rows); err != nil {
			return ImportDetail{}, err
		}
		review, err := s.review(db, row.ID, plan)
		if err != nil {
			return ImportDetail{}, err
		}
		parts = append(parts, review...)
	}
	if err := s.saveImport(ctx, actor, row, parts); err != nil {
		return ImportDetail{}, err
	}
	return s.detailImport(ctx, row)
}

// judge notes the plan in the row, or refuses the file for its faults.
func judge(row *model.RosterImport, file *rosterfile.File, p *plan) error {
	faults := slices.Concat(file.Faults, p.faults)
	row.FaultCount = file.FaultCount + p.count
	if row.FaultCount > 0 {
		row.Status = model.ImportRefused
		inOrder(faults)
		faults = faults[:min(len(faults), rosterfile.MaxFaults)]
	} else if err := noted(row, p); err != nil {
		return err
	}
	text, err := json.Marshal(store.Each(faults, func(f rosterfile.Fault) ImportFault {
		return ImportFault{Sheet: f.Sheet, Row: f.Line, Column: f.Column, Code: f.Code, Message: f.Message}
	}))
	row.Faults = string(text)
	return err
}

// inOrder sorts faults by row within their sheet, and leaves the sheets in the
// order in which they come first.
func inOrder(faults []rosterfile.Fault) {
	sheets := map[string]int{}
	for _, f := range faults {
		if _, known := sheets[f.Sheet]; !known {
			sheets[f.Sheet] = len(sheets)
		}
	}
	slices.SortStableFunc(faults, func(a, b rosterfile.Fault) int {
		if a.Sheet != b.Sheet {
			return sheets[a.Sheet] - sheets[b.Sheet]
		}
		return a.Line - b.Line
	})
}

func (s *Service) saveImport(ctx context.Context, actor model.Actor, row model.RosterImport, parts []model.RosterImportPart) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := insertParts(tx, parts); err != nil {
			return err
		}
		return s.logImport(tx, actor, row)
	})
}
