package org_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/identity/authcache"
	"xinyu/service/org"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/scene"
)

// together runs n goroutines from the same moment.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func schoolLines(n, classes int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("%d班,学生,N%04d,,", i%classes+1, i)
	}
	return lines
}

func TestTheSameFileImportedByManyAtOnceMakesEveryPupilOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		// Two services are two processes: nothing but the database keeps them apart.
		redis := storetest.InProcessRedis(t)
		second := org.New(w.store, redis, authcache.New(w.store, redis), w.engine, w.vault, scene.New(scene.Config{Store: w.store}))
		t.Cleanup(second.Close)
		data := roster(schoolLines(400, 8)...)
		const imports = 6
		ids := make([]model.ID, imports)
		for i := range ids {
			ids[i] = w.preview(w.school, w.tree.School, data).ID
		}
		results := make([]org.ImportDetail, 2*imports)
		errs := make([]error, 2*imports)
		together(2*imports, func(i int) { // each import is applied twice
			results[i], errs[i] = []*org.Service{w.svc, second}[i%2].ApplyImportNow(ctx, w.school, ids[i/2], nil)
		})
		for i := range errs {
			require.NoError(t, errs[i])
		}
		added := 0
		for _, id := range ids {
			d, err := w.svc.Import(ctx, w.school, id)
			require.NoError(t, err)
			require.Equal(t, model.ImportApplied, d.Status, "%+v", d.Failure)
			require.Equal(t, 400, d.Added+d.Unchanged)
			added += d.Added
		}
		require.Equal(t, 400, added)
		var pupils, classes int64
		require.NoError(t, w.store.Read(ctx).Model(&model.Pupil{}).Count(&pupils).Error)
		require.NoError(t, w.store.Read(ctx).Model(&model.Unit{}).Where("parent_id = ? AND pupil_count = 50", w.tree.School.ID).Count(&classes).Error)
		require.EqualValues(t, 400, pupils)
		require.EqualValues(t, 8, classes)
		w.requireCountsRight()
	})
}

func TestTalliesEqualFactsWhenImportsRaceWatchesAndCheckIns(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		const pupils, rounds = 120, 8
		w.apply(w.school, w.tree.School, roster(schoolLines(pupils, 6)...))
		var ids []model.ID
		require.NoError(t, w.store.Read(ctx).Model(&model.Pupil{}).Order("id").Pluck("id", &ids).Error)
		lessons := []*model.Lesson{w.Lesson(w.tree.County, 60, model.SidePupil), w.Lesson(w.tree.Town, 60, model.SidePupil)}
		stop := make(chan struct{})
		var marked sync.WaitGroup
		errs := make(chan error, 8)
		for worker := range 4 {
			marked.Go(func() {
				random := rand.New(rand.NewPCG(uint64(worker), 7))
				for {
					select {
					case <-stop:
						return
					default:
					}
					var marks []coverage.Mark
					for range 10 {
						lesson := lessons[random.IntN(2)]
						marks = append(marks, coverage.Mark{Item: model.Item{Kind: model.ItemLesson, ID: lesson.ID, UnitID: lesson.UnitID}, Side: model.SidePupil,
							PupilID: ids[random.IntN(pupils)], At: w.store.Now(), Covered: random.IntN(2) == 0, How: model.CoverWatch, CauseID: lesson.ID})
					}
					err := w.store.Tx(ctx, func(tx *gorm.DB) error {
						_, err := w.engine.Record(tx, marks)
						return err
					})
					if err != nil {
						errs <- err
						return
					}
				}
			})
		}
		moved := 0
		for round := range rounds {
			lines := schoolLines(pupils, 6-round%3) // other classes for most
			leave := round % 4 * 5
			d := w.apply(w.school, w.tree.School, roster(lines[leave:]...))
			moved += d.Transferred + d.Departed + d.Returned
		}
		close(stop)
		marked.Wait()
		close(errs)
		require.NoError(t, errors.Join(<-errs))
		require.Greater(t, moved, pupils)
		var facts int64
		require.NoError(t, w.store.Read(ctx).Model(&model.CoverageFact{}).Count(&facts).Error)
		require.Greater(t, facts, int64(pupils/2))
		w.requireCountsRight()
	})
}

func TestManyMakingTheSameUnitAtOnceMakeOne(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		const n = 40
		errs := make([]error, n)
		together(n, func(i int) {
			_, errs[i] = w.svc.CreateUnit(t.Context(), w.school, org.NewUnit{ParentID: w.tree.School.ID, Kind: model.UnitClass, Name: "三年级1班"})
		})
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
				continue
			}
			require.ErrorIs(t, err, model.Conflict("unit_name_taken", ""))
		}
		require.Equal(t, 1, made)
	})
}

func TestAnImportWhoseProcessDiedIsEndedAndNothingIsStuck(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		ctx := t.Context()
		d := w.preview(w.school, w.tree.School, roster("1班,甲甲,A001,,"))
		// What a process leaves behind that was killed in the middle.
		past := w.store.Now().Add(-time.Second)
		w.set(d.ID, map[string]any{"status": model.ImportApplying, "holder": "gone", "lease_until": past})
		seen, err := w.svc.Import(ctx, w.school, d.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportFailed, seen.Status)
		require.Equal(t, "import_interrupted", seen.Failure.Code)
		require.NoError(t, w.svc.Sweep(ctx))
		var row model.RosterImport
		require.NoError(t, w.store.Read(ctx).Take(&row, "id = ?", d.ID).Error)
		require.Equal(t, model.ImportFailed, row.Status)
		require.Zero(t, w.partsOf(d.ID))

		alive := w.preview(w.school, w.tree.School, roster("1班,甲甲,A001,,"))
		w.set(alive.ID, map[string]any{"status": model.ImportApplying, "holder": "another", "lease_until": w.store.Now().Add(time.Minute)})
		require.NoError(t, w.svc.Sweep(ctx))
		seen, err = w.svc.Import(ctx, w.school, alive.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportApplying, seen.Status)
		require.Equal(t, 1, w.partsOf(alive.ID))

		old := w.preview(w.school, w.tree.School, roster("1班,甲甲,A001,,"))
		w.set(old.ID, map[string]any{"created_at": w.store.Now().Add(-25 * time.Hour)})
		_, err = w.svc.ApplyImport(ctx, w.school, old.ID)
		require.ErrorIs(t, err, model.Conflict("import_not_previewed", ""))
		require.NoError(t, w.svc.Sweep(ctx))
		require.Zero(t, w.partsOf(old.ID))
		seen, err = w.svc.Import(ctx, w.school, old.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportDiscarded, seen.Status)
	})
}

func (w *world) set(id model.ID, values map[string]any) {
	w.t.Helper()
	require.NoError(w.t, w.store.Tx(w.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(&model.RosterImport{}).Where("id = ?", id).Updates(values).Error
	}))
}

func TestAnImportThatIsStoppedBeforeItBeginsChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		d := w.preview(w.school, w.tree.School, roster(schoolLines(200, 4)...))
		before := w.everything()
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.svc.ApplyImportNow(stopped, w.school, d.ID, nil)
		require.Error(t, err)
		again, err := w.svc.Import(t.Context(), w.school, d.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportPreviewed, again.Status)

		w.svc.Close() // waits for what runs, and takes nothing new
		_, err = w.svc.ApplyImport(t.Context(), w.school, d.ID)
		require.Equal(t, model.KindUnavailable, model.KindOf(err))
		require.Equal(t, before, w.everything())
	})
}
