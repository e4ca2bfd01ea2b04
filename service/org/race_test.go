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
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		// Two services are two processes: nothing but the database keeps them apart.
		redis := storetest.InProcessRedis(t)
		second := org.New(b.store, redis, authcache.New(b.store, redis), b.engine, b.vault, scene.New(scene.Config{Store: b.store}))
		t.Cleanup(second.Close)
		data := roster(schoolLines(400, 8)...)
		const imports = 6
		ids := make([]model.ID, imports)
		for i := range ids {
			ids[i] = b.preview(b.school, b.tree.School, data).ID
		}
		results := make([]org.ImportDetail, 2*imports)
		errs := make([]error, 2*imports)
		together(2*imports, func(i int) { // each import is applied twice
			results[i], errs[i] = []*org.Service{b.svc, second}[i%2].ApplyImportNow(ctx, b.school, ids[i/2], nil)
		})
		for i := range errs {
			require.NoError(t, errs[i])
		}
		added := 0
		for _, id := range ids {
			d, err := b.svc.Import(ctx, b.school, id)
			require.NoError(t, err)
			require.Equal(t, model.ImportApplied, d.Status, "%+v", d.Failure)
			require.Equal(t, 400, d.Added+d.Unchanged)
			added += d.Added
		}
		require.Equal(t, 400, added)
		var pupils, classes int64
		require.NoError(t, b.store.Read(ctx).Model(&model.Pupil{}).Count(&pupils).Error)
		require.NoError(t, b.store.Read(ctx).Model(&model.Unit{}).Where("parent_id = ? AND pupil_count = 50", b.tree.School.ID).Count(&classes).Error)
		require.EqualValues(t, 400, pupils)
		require.EqualValues(t, 8, classes)
		b.requireCountsRight()
	})
}

func TestTalliesEqualFactsWhenImportsRaceWatchesAndCheckIns(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		const pupils, rounds = 120, 8
		b.apply(b.school, b.tree.School, roster(schoolLines(pupils, 6)...))
		var ids []model.ID
		require.NoError(t, b.store.Read(ctx).Model(&model.Pupil{}).Order("id").Pluck("id", &ids).Error)
		lessons := []*model.Lesson{b.Lesson(b.tree.County, 60, model.SidePupil), b.Lesson(b.tree.Town, 60, model.SidePupil)}
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
							PupilID: ids[random.IntN(pupils)], At: b.store.Now(), Covered: random.IntN(2) == 0, How: model.CoverWatch, CauseID: lesson.ID})
					}
					err := b.store.Tx(ctx, func(tx *gorm.DB) error {
						_, err := b.engine.Record(tx, marks)
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
			d := b.apply(b.school, b.tree.School, roster(lines[leave:]...))
			moved += d.Transferred + d.Departed + d.Returned
		}
		close(stop)
		marked.Wait()
		close(errs)
		require.NoError(t, errors.Join(<-errs))
		require.Greater(t, moved, pupils)
		var facts int64
		require.NoError(t, b.store.Read(ctx).Model(&model.CoverageFact{}).Count(&facts).Error)
		require.Greater(t, facts, int64(pupils/2))
		b.requireCountsRight()
	})
}

func TestManyMakingTheSameUnitAtOnceMakeOne(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		const n = 40
		errs := make([]error, n)
		together(n, func(i int) {
			_, errs[i] = b.svc.CreateUnit(t.Context(), b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: "三年级1班"})
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
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		d := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		// What a process leaves behind that was killed in the middle.
		past := b.store.Now().Add(-time.Second)
		b.set(d.ID, map[string]any{"status": model.ImportApplying, "holder": "gone", "lease_until": past})
		seen, err := b.svc.Import(ctx, b.school, d.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportFailed, seen.Status)
		require.Equal(t, "import_interrupted", seen.Failure.Code)
		require.NoError(t, b.svc.Sweep(ctx))
		var row model.RosterImport
		require.NoError(t, b.store.Read(ctx).Take(&row, "id = ?", d.ID).Error)
		require.Equal(t, model.ImportFailed, row.Status)
		require.Zero(t, b.partsOf(d.ID))

		alive := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		b.set(alive.ID, map[string]any{"status": model.ImportApplying, "holder": "another", "lease_until": b.store.Now().Add(time.Minute)})
		require.NoError(t, b.svc.Sweep(ctx))
		seen, err = b.svc.Import(ctx, b.school, alive.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportApplying, seen.Status)
		require.Equal(t, 1, b.partsOf(alive.ID))

		old := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		b.set(old.ID, map[string]any{"created_at": b.store.Now().Add(-25 * time.Hour)})
		_, err = b.svc.ApplyImport(ctx, b.school, old.ID)
		require.ErrorIs(t, err, model.Conflict("import_not_previewed", ""))
		require.NoError(t, b.svc.Sweep(ctx))
		require.Zero(t, b.partsOf(old.ID))
		seen, err = b.svc.Import(ctx, b.school, old.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportDiscarded, seen.Status)
	})
}

func (b *bundle) set(id model.ID, values map[string]any) {
	b.t.Helper()
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(&model.RosterImport{}).Where("id = ?", id).Updates(values).Error
	}))
}

func TestAnImportThatIsStoppedBeforeItBeginsChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		d := b.preview(b.school, b.tree.School, roster(schoolLines(200, 4)...))
		before := b.everything()
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := b.svc.ApplyImportNow(stopped, b.school, d.ID, nil)
		require.Error(t, err)
		again, err := b.svc.Import(t.Context(), b.school, d.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportPreviewed, again.Status)

		b.svc.Close() // waits for what runs, and takes nothing new
		_, err = b.svc.ApplyImport(t.Context(), b.school, d.ID)
		require.Equal(t, model.KindUnavailable, model.KindOf(err))
		require.Equal(t, before, b.everything())
	})
}
