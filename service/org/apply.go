package org

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// The claim on an import that is being applied. It is renewed long before it
// ends, so that one which has ended means that its process died.
const (
	importLease = 2 * time.Minute
	importRenew = 20 * time.Second
)

var errOutdated = model.Conflict("import_outdated", "花名册在预览之后有了变动，没有改动任何内容，请重新上传文件并核对预览")

// asPreviewed reports whether the plan is the one that was previewed in the row, or
// does nothing any more, as when the same file was applied twice.
func (p *plan) asPreviewed(row model.RosterImport) bool {
	return p.count == 0 && p.forest.root.ArchivedAt == nil && (p.doesNothing() || p.digest() == row.PlanDigest)
}

func (p *plan) doesNothing() bool {
	return len(p.forest.fresh)+len(p.forest.reopened)+len(p.added)+len(p.changes)+len(p.moves)+len(p.claimed) == 0
}

// ApplyImport starts to bring the roster to what the previewed file says, in
// one transaction, and returns before it is done; Import then tells how far it
// is. Asked again it changes nothing. Where it would do anything else than was
// previewed it is import_outdated; what changes later still ends the work with that
// failure. The error is confirmation_needed where the import does what a manager has
// to confirm and has not, and same_pupils_undecided where a question waits for an answer.
func (s *Service) ApplyImport(ctx context.Context, actor model.Actor, id model.ID, confirmed []Confirmation) (ImportDetail, error) {
	if err := s.mustBeAsPreviewed(ctx, actor, id); err != nil {
		return ImportDetail{}, err
	}
	row, claimed, err := s.claim(ctx, actor, id, confirmed)
	if err != nil {
		return ImportDetail{}, err
	}
	if claimed {
		s.imports.Go(func() { s.run(s.ctx, actor, row, nil) })
	}
	return s.Import(ctx, actor, id)
}

// mustBeAsPreviewed returns import_outdated for an import that waits and would do
// something else now than was previewed.
func (s *Service) mustBeAsPreviewed(ctx context.Context, actor model.Actor, id model.ID) error {
	db := s.store.Read(ctx)
	row, err := s.managedImport(db, actor, id)
	if err != nil || row.Status != model.ImportPreviewed {
		return err
	}
	rows, err := s.openRows(db, id)
	if err != nil {
		return err
	}
	if len(rows) == 0 { // somebody has begun to apply it meanwhile, or dropped it
		return nil
	}
	scope, err := s.managedNow(db, actor)
	if err != nil {
		return err
	}
	plan, err := s.planImport(db, row, s.linesOf(rows), scope)
	if err == nil && !plan.asPreviewed(row) {
		return errOutdated
	}
	return err
}

// ApplyImportNow is ApplyImport that returns when it is done. tell, which may
// be nil, is told now and then how far it is.
func (s *Service) ApplyImportNow(ctx context.Context, actor model.Actor, id model.ID, confirmed []Confirmation, tell func(Progress)) (ImportDetail, error) {
	row, claimed, err := s.claim(ctx, actor, id, confirmed)
	if err != nil {
		return ImportDetail{}, err
	}
	if claimed {
		s.run(ctx, actor, row, tell)
	}
	return s.Import(context.WithoutCancel(ctx), actor, id)
}

// lease is this process's hold on the imports that it applies.
func (s *Service) lease() store.Lease {
	return store.Lease{Store: s.store, Holder: s.store.Holder(), Period: importLease}
}

// claim takes the previewed import for this process. claimed is false where it
// is already being applied, or has been.
func (s *Service) claim(ctx context.Context, actor model.Actor, id model.ID, confirmed []Confirmation) (row model.RosterImport, claimed bool, err error) {
	if s.ctx.Err() != nil {
		return row, false, model.Unavailable("shutting_down", 5*time.Second, nil)
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		claimed = false
		if row, err = s.managedImport(s.store.ForUpdate(tx), actor, id); err != nil {
			return err
		}
		if err := mustBeConfirmed(row, confirmed); err != nil {
			return err
		}
		previewed := tx.Model(&model.RosterImport{}).Where("id = ? AND status = ? AND created_at > ?", id, model.ImportPreviewed, s.store.Now().Add(-previewLife))
		n, err := s.lease().Claim(previewed, map[string]any{"status": model.ImportApplying})
		if err != nil {
			return err
		}
		claimed = n == 1
		if claimed {
			s.running.Store(id, &progress{}) // or a look before the work begins would find it dead
			return s.logImport(tx, actor, row)
		}
		if row, err = s.managedImport(tx, actor, id); err != nil {
			return err
		}
		if row.Status != model.ImportApplying && row.Status != model.ImportApplied {
			return errNotPreviewed
		}
		return nil
	})
	return row, claimed, err
}

// run applies a claimed import and notes how it ended.
func (s *Service) run(ctx context.Context, actor model.Actor, row model.RosterImport, tell func(Progress)) {
	defer s.running.Delete(row.ID)
	running, _ := s.running.Load(row.ID)
	p := running.(*progress)
	p.total.Store(int64(row.Total))
	work, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { s.report(work, row.ID, p, tell) })
	// SQLite has one writer, which the import itself holds, and one process,
	// which knows what it runs: there the lease need not be renewed.
	if s.store.MySQL() {
		beside.Go(func() { s.keep(work, row.ID) })
	}
	applied, err := s.inTurn(work, actor, row, p)
	cancel()
	beside.Wait()
	if err != nil {
		s.fail(context.WithoutCancel(ctx), row.ID, ctx.Err() != nil, err)
		return
	}
	s.sessions.ForgetFamilies(ctx, applied.moved)
	s.coverage.Publish(ctx, applied.change)
	if tell != nil {
		tell(*p.view())
	}
}

// outcome is what must be published outside the database once an import is committed.
type outcome struct {
	change coverage.Change
	moved  []model.ID // pupils who are in another class or on no roster now: so are their families' roles
}

// inTurn waits until no other import runs here, and turns a panic into an
// error. The panic's value is left out: it may hold personal data.
func (s *Service) inTurn(ctx context.Context, actor model.Actor, row model.RosterImport, p *progress) (applied outcome, err error) {
	select {
	case s.applying <- struct{}{}:
		defer func() { <-s.applying }()
	case <-ctx.Done():
		return applied, ctx.Err()
	}
	defer func() {
		if recover() != nil {
			slog.Error("roster import panicked", "import", row.ID, "stack", string(debug.Stack()))
			err = errors.New("roster import panicked")
		}
	}()
	return s.apply(ctx, actor, row, p)
}

// apply brings the roster to what the file says: all of it or nothing. Who applies it
// must manage the unit still, as SQL says in the same transaction.
func (s *Service) apply(ctx context.Context, actor model.Actor, row model.RosterImport, p *progress) (applied outcome, err error) {
	rows, err := s.openRows(s.store.Read(ctx), row.ID)
	if err != nil {
		return applied, err
	}
	lines := s.linesOf(rows)
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		p.done.Store(0)
		if err := unit.LockTree(s.store, tx, row.UnitID); err != nil {
			return err
		}
		if _, err := s.managedImport(tx, actor, row.ID); err != nil {
			return err
		}
		scope, err := s.managedNow(tx, actor)
		if err != nil {
			return err
		}
		plan, err := s.planImport(tx, row, lines, scope)
		if err != nil {
			return err
		}
		if !plan.asPreviewed(row) {
			return errOutdated
		}
		var was before
		if applied.change, was, err = s.write(tx, row.AccountID, plan, p); err != nil {
			return err
		}
		parts, err := s.sealParts(row.ID, undoPart, was)
		if err != nil {
			return err
		}
		if err := insertParts(tx, parts); err != nil {
			return err
		}
		applied.moved = plan.moved()
		if err := s.logApplied(tx, actor, plan); err != nil {
			return err
		}
		return s.finish(tx, row, plan)
	})
	switch {
	case store.IsDuplicate(err), errors.Is(err, coverage.ErrMoved): // an import into another tree took one of the pupils
		err = errOutdated.WithCause(err)
	}
	return applied, err
}

// finish notes, with the work itself, that it is done. It fails where the
// claim was lost in the meantime.
func (s *Service) finish(tx *gorm.DB, row model.RosterImport, p *plan) error {
	if err := noted(&row, p); err != nil {
		return err
	}
	n, err := s.lease().Release(applying(tx, row.ID), map[string]any{"status": model.ImportApplied, "applied_at": s.store.Now(), "units": row.Units,
		"added": row.Added, "changed": row.Changed, "transferred": row.Transferred, "returned": row.Returned, "departed": row.Departed,
		"unchanged": row.Unchanged, "new_units": row.NewUnits})
	if err != nil {
		return err
	}
	if n != 1 {
		return model.Conflict(interrupted.Code, interrupted.Message)
	}
	return dropContent(tx, row.ID)
}

// fail notes why nothing was changed.
func (s *Service) fail(ctx context.Context, id model.ID, stopped bool, cause error) {
	failure := ImportFailure{Code: "internal", Message: "系统出错了，没有改动任何内容，请稍后重新上传文件"}
	var e *model.Error
	switch {
	case stopped:
		failure = interrupted
	case errors.As(cause, &e) && e.Kind != model.KindInternal:
		failure = ImportFailure{Code: e.Code, Message: e.Message}
	}
	if failure.Code == "internal" || e != nil && e.Kind == model.KindUnavailable {
		slog.Error("roster import failed", "import", id, "err", cause)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		return s.endImport(tx, id, s.lease().Held, failure)
	})
	if err != nil { // its lease ends by itself, and Sweep then notes it
		slog.Warn("note the failure of a roster import", "import", id, "err", err)
	}
}

// applying is the import while it is being applied.
func applying(tx *gorm.DB, id model.ID) *gorm.DB {
	return tx.Model(&model.RosterImport{}).Where("id = ? AND status = ?", id, model.ImportApplying)
}

// endImport makes an import that is being applied a failed one, and forgets its
// rows, if it is among those that which keeps.
func (s *Service) endImport(tx *gorm.DB, id model.ID, which func(*gorm.DB) *gorm.DB, failure ImportFailure) error {
	n, err := s.lease().Revoke(which(applying(tx, id)), map[string]any{"status": model.ImportFailed, "error_code": failure.Code, "last_error": failure.Message})
	if err != nil || n == 0 {
		return err
	}
	return dropContent(tx, id)
}

// keep renews the claim until ctx ends. Where it was lost all the same, finish
// finds out and nothing is changed.
func (s *Service) keep(ctx context.Context, id model.ID) {
	row := func(tx *gorm.DB) *gorm.DB { return applying(tx, id) }
	s.lease().Keep(ctx, importRenew, row, func() {}, func(err error) { slog.Warn("renew the lease of a roster import", "import", id, "err", err) })
}

// report publishes the progress until ctx ends.
func (s *Service) report(ctx context.Context, id model.ID, p *progress, tell func(Progress)) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.tellProgress(ctx, id, p)
		if tell != nil {
			tell(*p.view())
		}
	}
}
