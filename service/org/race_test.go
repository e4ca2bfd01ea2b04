package org_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/identity/authcache"
	"xinyu/service/org"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/scene"
)

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
		second := org.New(b.store, redis, authcache.New(b.store, redis), identity.Directory{}, audit.New(b.store, b.vault, identity.Directory{}, nil), b.engine, b.vault, scene.New(scene.Config{Store: b.store}), limit.New(redis))
		t.Cleanup(second.Close)
		data := roster(schoolLines(400, 8)...)
		const imports = 6
		ids := make([]model.ID, imports)
		for i := range ids {
			ids[i] = b.preview(b.school, b.tree.School, data).ID
		}
		results := make([]org.ImportDetail, 2*imports)
		errs := storetest.Contend(2*imports, func(i int) (err error) { // each import is applied twice
			results[i], err = []*org.Service{b.svc, second}[i%2].ApplyImportNow(ctx, b.school, ids[i/2], nil, nil)
			return err
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
		require.Equal(t, 400, b.Count(&model.Pupil{}))
		require.Equal(t, 8, b.Count(&model.Unit{}, "parent_id = ? AND pupil_count = 50", b.tree.School.ID))
		b.requireCountsRight()
	})
}

func TestTalliesEqualFactsWhenImportsRaceWatchesAndCheckIns(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		const pupils, rounds = 120, 8
		b.apply(b.school, b.tree.School, roster(schoolLines(pupils, 6)...))
		var ids []model.ID
		require.NoError(t, b.store.Read(t.Context()).Model(&model.Pupil{}).Order("id").Pluck("id", &ids).Error)
		stop := b.keepMarking(ids, b.Lesson(b.tree.County, 60, model.SidePupil), b.Lesson(b.tree.Town, 60, model.SidePupil))
		moved := 0
		for round := range rounds {
			lines := schoolLines(pupils, 6-round%3) // other classes for most
			leave := round % 4 * 5
			d := b.apply(b.school, b.tree.School, roster(lines[leave:]...))
			moved += d.Transferred + d.Departed + d.Returned
		}
		require.NoError(t, stop())
		require.Greater(t, moved, pupils)
		require.Greater(t, b.Count(&model.CoverageFact{}), pupils/2)
		b.requireCountsRight()
	})
}

// keepMarking has four workers mark the pupils in random lessons until stop is
// called, which returns the first error.
func (b *bundle) keepMarking(pupils []model.ID, lessons ...*model.Lesson) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	var workers errgroup.Group
	for worker := range 4 {
		workers.Go(func() error {
			random := rand.New(rand.NewPCG(uint64(worker), 7))
			for ctx.Err() == nil {
				var marks []coverage.Mark
				for range 10 {
					lesson := lessons[random.IntN(len(lessons))]
					marks = append(marks, coverage.Mark{Item: lesson.Item(), Side: model.SidePupil,
						PupilID: pupils[random.IntN(len(pupils))], At: b.store.Now(), Covered: random.IntN(2) == 0, How: model.CoverWatch, CauseID: lesson.ID})
				}
				err := b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
					_, err := b.engine.Record(tx, marks)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return func() error {
		cancel()
		return workers.Wait()
	}
}

func TestManyMakingTheSameUnitAtOnceMakeOne(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		errs := storetest.Contend(40, func(int) error {
			_, err := b.svc.CreateUnit(t.Context(), b.school, org.NewUnit{ParentID: b.tree.School.ID, Kind: model.UnitClass, Name: "三年级1班"})
			return err
		})
		require.Equal(t, map[string]int{"": 1, "unit_name_taken": 39}, storetest.Codes(t, errs))
	})
}

func TestTheImportOfADeadProcessIsEnded(t *testing.T) {
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
		require.Zero(t, b.parts(d.ID))

		alive := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		b.set(alive.ID, map[string]any{"status": model.ImportApplying, "holder": "another", "lease_until": b.store.Now().Add(time.Minute)})
		require.NoError(t, b.svc.Sweep(ctx))
		seen, err = b.svc.Import(ctx, b.school, alive.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportApplying, seen.Status)
		require.Equal(t, 1, b.parts(alive.ID))

		old := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		b.set(old.ID, map[string]any{"created_at": b.store.Now().Add(-25 * time.Hour)})
		_, err = b.svc.ApplyImport(ctx, b.school, old.ID, nil)
		require.ErrorIs(t, err, model.Conflict("import_not_previewed", ""))
		require.NoError(t, b.svc.Sweep(ctx))
		require.Zero(t, b.parts(old.ID))
		seen, err = b.svc.Import(ctx, b.school, old.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportDiscarded, seen.Status)
	})
}

// parts is how many parts of an import's file are kept; those from 2,000,000 on
// hold what was before it.
func (b *bundle) parts(id model.ID) int {
	return b.Count(&model.RosterImportPart{}, "import_id = ? AND part < 2000000", id)
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
		_, err := b.svc.ApplyImportNow(stopped, b.school, d.ID, nil, nil)
		require.Error(t, err)
		again, err := b.svc.Import(t.Context(), b.school, d.ID)
		require.NoError(t, err)
		require.Equal(t, model.ImportPreviewed, again.Status)

		b.svc.Close() // waits for what runs, and takes nothing new
		_, err = b.svc.ApplyImport(t.Context(), b.school, d.ID, nil)
		require.Equal(t, model.KindUnavailable, model.KindOf(err))
		require.Equal(t, before, b.everything())
	})
}
