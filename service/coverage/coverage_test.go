package coverage_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// each runs the test on SQLite with Redis inside the process, and on MariaDB with a real one.
func each(t *testing.T, test func(t *testing.T, st *store.Store, c *cache.Cache)) {
	t.Helper()
	storetest.EachWithRedis(t, time.Date(2026, 9, 7, 10, 0, 0, 0, time.UTC), func(t *testing.T, st *store.Store, c *cache.Cache, _ *storetest.Clock) { test(t, st, c) })
}

// county is what a random history happens to.
type county struct {
	*storetest.Fixture
	t       *testing.T
	st      *store.Store
	cache   *cache.Cache
	engine  *coverage.Engine
	units   []*model.Unit
	classes []*model.Unit
	items   []model.Item
	pupils  []model.ID
}

func newCounty(t *testing.T, st *store.Store, c *cache.Cache) *county {
	t.Helper()
	f := storetest.NewFixture(t, st)
	x := &county{Fixture: f, t: t, st: st, cache: c, engine: coverage.New(st, c, time.Second)}
	root := f.Unit(model.UnitCounty, nil)
	x.units = []*model.Unit{root}
	for range 2 {
		town := f.Unit(model.UnitTown, root)
		x.units = append(x.units, town)
		for range 2 {
			school := f.Unit(model.UnitSchool, town)
			x.units = append(x.units, school)
			for range 2 {
				class := f.Unit(model.UnitClass, school)
				x.units, x.classes = append(x.units, class), append(x.classes, class)
				for range 4 {
					x.pupils = append(x.pupils, f.Pupil(class).ID)
				}
			}
		}
	}
	x.items = []model.Item{
		f.Lesson(root, 20, model.SidePupil, model.SideGuardian).Item(),
		f.Lesson(x.units[1], 20, model.SidePupil, model.SideGuardian).Item(), // of one town only
		f.Lecture(root, 4, model.SidePupil, model.SideGuardian).Item(),
	}
	return x
}

// act does one random thing: marks, or the moves that a roster brings.
func (x *county) act(ctx context.Context, r *rand.Rand) error {
	if r.IntN(20) == 0 {
		return x.flush(ctx)
	}
	change, err := x.commit(ctx, r)
	if err == nil {
		x.engine.Publish(ctx, change)
	}
	return err
}

// commit is one transaction of act, which is still to be published.
func (x *county) commit(ctx context.Context, r *rand.Rand) (change coverage.Change, err error) {
	err = x.st.Tx(ctx, func(tx *gorm.DB) (err error) {
		switch r.IntN(8) {
		default:
			change, err = x.engine.Record(tx, x.randomMarks(r))
			return err
		case 0, 1:
			change, err = x.retract(tx, r)
			return err
		case 2, 3:
		}
		change, err = x.move(tx, x.pupils[r.IntN(len(x.pupils))], r)
		return err
	})
	return change, err
}

// flush empties Redis; on a busy machine it waits for a Redis that is slow for a moment.
func (x *county) flush(ctx context.Context) (err error) {
	for range 20 {
		err = x.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error { return rdb.FlushDB(ctx).Err() })
		if err == nil {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

func (x *county) randomMarks(r *rand.Rand) []coverage.Mark {
	marks := make([]coverage.Mark, 1+r.IntN(12))
	for i := range marks {
		marks[i] = coverage.Mark{
			Item: x.items[r.IntN(len(x.items))], Side: []model.Side{model.SidePupil, model.SideGuardian}[r.IntN(2)],
			PupilID: x.pupils[r.IntN(len(x.pupils))], At: x.st.Now(), Covered: r.IntN(2) == 0,
			How: []model.Cover{model.CoverWatch, model.CoverSession, model.CoverMakeUp}[r.IntN(3)], CauseID: model.ID(7 + r.IntN(3)),
		}
	}
	return marks
}

// retract takes back random causes of random pupils, some of whom something else covers.
func (x *county) retract(tx *gorm.DB, r *rand.Rand) (coverage.Change, error) {
	marks := x.randomMarks(r)
	list := make([]coverage.Retraction, len(marks))
	ids := make([]model.ID, len(marks))
	for i, m := range marks {
		list[i], ids[i] = coverage.Retraction{Item: m.Item, Side: m.Side, PupilID: m.PupilID, CauseID: m.CauseID}, m.PupilID
		if r.IntN(3) == 0 {
			list[i].Instead = &coverage.Mark{At: m.At, How: m.How, CauseID: 10}
		}
	}
	pupils, err := family.Lock(x.st, tx, ids)
	if err != nil {
		return coverage.Change{}, err
	}
	return x.engine.RetractLocked(tx, pupils, list)
}

// move transfers a pupil, sends it away, or brings it back.
func (x *county) move(tx *gorm.DB, id model.ID, r *rand.Rand) (coverage.Change, error) {
	var p model.Pupil
	if err := x.st.ForUpdate(tx).Take(&p, "id = ?", id).Error; err != nil {
		return coverage.Change{}, err
	}
	to := x.classes[r.IntN(len(x.classes))].ID
	m := coverage.Move{PupilID: id, From: p.ClassID, To: to}
	update := map[string]any{"class_id": to, "departed_at": nil}
	switch {
	case p.DepartedAt != nil:
		m.From = 0
	case r.IntN(3) == 0:
		m.To = 0
		update = map[string]any{"departed_at": x.st.Now()}
	}
	change, err := x.engine.Move(tx, []coverage.Move{m})
	if err != nil {
		return change, err
	}
	return change, tx.Model(&model.Pupil{}).Where("id = ?", id).Updates(update).Error
}

// truth counts the facts of the pupils on the rosters below a unit.
func (x *county) truth(item model.Item, side model.Side, unit model.ID) coverage.Figure {
	x.t.Helper()
	var f coverage.Figure
	db := x.st.Read(x.t.Context())
	below := "p.departed_at IS NULL AND p.class_id IN (SELECT unit_id FROM unit_closure WHERE ancestor_id = ?) AND p.class_id IN (SELECT unit_id FROM unit_closure WHERE ancestor_id = ?)"
	require.NoError(x.t, db.Raw("SELECT COUNT(*) AS roster FROM pupils AS p WHERE "+below, unit, item.UnitID).Scan(&f.Roster).Error)
	require.NoError(x.t, db.Raw("SELECT COUNT(*) AS started, COUNT(f.covered_at) AS covered FROM coverage_facts AS f JOIN pupils AS p ON p.id = f.pupil_id WHERE f.item_kind = ? AND f.item_id = ? AND f.side = ? AND "+below,
		item.Kind, item.ID, side, unit, item.UnitID).Row().Scan(&f.Started, &f.Covered))
	return f
}

// check compares the engine's figures with the facts at every unit, item and side.
func (x *county) check(engine *coverage.Engine, note string) {
	x.t.Helper()
	ids := make([]model.ID, len(x.units))
	for i, u := range x.units {
		ids[i] = u.ID
	}
	for _, item := range x.items {
		for _, side := range []model.Side{model.SidePupil, model.SideGuardian} {
			figures, err := engine.Figures(x.t.Context(), item, side, ids)
			require.NoError(x.t, err)
			for _, u := range x.units {
				require.Equal(x.t, x.truth(item, side, u.ID), figures[u.ID], fmt.Sprintf("%s: %s %d %s at %s", note, item.Kind, item.ID, side, u.Kind))
			}
		}
	}
}

// withoutRedis is an engine that must read SQL.
func (x *county) withoutRedis() *coverage.Engine {
	x.t.Helper()
	gone, err := cache.Open("redis://127.0.0.1:1/0")
	require.NoError(x.t, err)
	x.t.Cleanup(func() { require.NoError(x.t, gone.Close()) })
	return coverage.New(x.st, gone, 0)
}

// Random histories, several at a time on the same pupils, with Redis flushed
// in between: the tallies in SQL equal the facts at once, those in Redis
// within their expiry, and a rebuild finds nothing to mend.
func TestTalliesEqualFactsAfterRandomHistories(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		x := newCounty(t, st, c)
		sql := x.withoutRedis()
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		for round := range 4 {
			var wg sync.WaitGroup
			for worker := range 4 {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(seed, uint64(round*10+worker)))
					for range 25 {
						if err := x.act(t.Context(), r); err != nil {
							t.Errorf("round %d: %v", round, err)
							return
						}
						if _, err := x.engine.Figures(t.Context(), x.items[0], model.SidePupil, []model.ID{x.units[0].ID}); err != nil { // keeps loaders busy
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			x.check(sql, "SQL")
		}
		time.Sleep(1500 * time.Millisecond) // the counters' expiry and a half
		x.check(x.engine, "Redis")
		x.check(x.engine, "Redis, filled")
		wrong, err := x.engine.Rebuild(t.Context(), nil)
		require.NoError(t, err)
		require.Zero(t, wrong)
	})
}

// Without anything going on at the same time, increments alone keep Redis right.
func TestRedisFollowsEveryChangeAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		x := newCounty(t, st, c)
		x.engine = coverage.New(st, c, time.Hour)
		r := rand.New(rand.NewPCG(1, 2))
		for range 15 {
			require.NoError(t, x.act(t.Context(), r))
			x.check(x.engine, "Redis")
		}
		drifted, err := x.engine.CheckDrift(t.Context())
		require.NoError(t, err)
		require.Zero(t, drifted)
	})
}

// A reader may load the counters before a change is committed, between its
// commit and its publication, or later: it counts once.
func TestAChangeCountsOnceWheneverCountersAreLoaded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		for _, returning := range []bool{true, false} {
			x := newCounty(t, st, c)
			x.engine = coverage.New(st, c, time.Hour)
			require.NoError(t, x.flush(t.Context())) // of the other county's rosters
			if !returning {
				coverage.ReadVersions(x.engine)
			}
			cover := func(pupil model.ID) (change coverage.Change) {
				require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) (err error) {
					change, err = x.engine.Record(tx, []coverage.Mark{{Item: x.items[0], Side: model.SidePupil, PupilID: pupil, At: st.Now(), Covered: true, CauseID: 7}})
					return err
				}))
				return change
			}
			first := cover(x.pupils[0])
			x.check(x.engine, "loaded before the publication")
			x.engine.Publish(t.Context(), first)
			x.check(x.engine, "published after the loading")

			second, third := cover(x.pupils[1]), cover(x.pupils[2]) // both of the first one's class
			x.engine.Publish(t.Context(), third)
			x.engine.Publish(t.Context(), second)
			x.check(x.engine, "published in another order than committed")

			fourth := cover(x.pupils[3])
			require.NoError(t, x.flush(t.Context()))
			x.check(x.engine, "loaded anew before the publication")
			fifth := cover(x.pupils[4])
			x.engine.Publish(t.Context(), fifth)
			x.engine.Publish(t.Context(), fourth)
			x.check(x.engine, "one in the loading, one not")

			sixth := cover(x.pupils[5])
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				return tx.Exec("UPDATE coverage_tallies SET covered = covered + 2").Error
			}))
			_, err := x.engine.Rebuild(t.Context(), nil)
			require.NoError(t, err)
			x.check(x.engine, "rebuilt before the publication")
			x.engine.Publish(t.Context(), sixth)
			x.check(x.engine, "published after the rebuild")
		}
	})
}

// Changes are published late and in any order, while readers load: once the
// last is published every counter in Redis is right, without waiting for its expiry.
func TestRedisIsRightOnceEveryLateChangeIsPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		x := newCounty(t, st, c)
		x.engine = coverage.New(st, c, time.Hour)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		for range 4 {
			var waiting []coverage.Change
			for range 20 {
				switch r.IntN(6) {
				default:
					change, err := x.commit(t.Context(), r)
					require.NoError(t, err)
					waiting = append(waiting, change)
				case 0:
					require.NoError(t, x.flush(t.Context()))
				case 1, 2: // a reader of one item, or of all
					for _, item := range x.items[r.IntN(len(x.items)):] {
						_, err := x.engine.Figures(t.Context(), item, model.SidePupil, []model.ID{x.units[0].ID})
						require.NoError(t, err)
					}
				case 3:
					if len(waiting) > 0 {
						i := r.IntN(len(waiting))
						x.engine.Publish(t.Context(), waiting[i])
						waiting = slices.Delete(waiting, i, i+1)
					}
				}
			}
			for _, change := range waiting {
				x.engine.Publish(t.Context(), change)
			}
			x.check(x.engine, "published")
		}
	})
}

func TestDriftIsFoundAndHealed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		x := newCounty(t, st, c)
		x.engine = coverage.New(st, c, time.Hour)
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			_, err := x.engine.Record(tx, []coverage.Mark{{Item: x.items[0], Side: model.SidePupil, PupilID: x.pupils[0], At: st.Now(), Covered: true}})
			return err
		}))
		x.check(x.engine, "filled")
		require.NoError(t, c.Do(t.Context(), func(ctx context.Context, rdb redis.UniversalClient) error {
			key := fmt.Sprintf("xinyu:{cov:lesson:%d:pupil}", x.items[0].ID)
			return rdb.HIncrBy(ctx, key, x.units[0].ID.String()+"c", 5).Err()
		}))
		drifted, err := x.engine.CheckDrift(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, drifted)
		x.check(x.engine, "healed")
	})
}

func TestRebuildMendsWrongTalliesAndRosters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		x := newCounty(t, st, c)
		r := rand.New(rand.NewPCG(3, 4))
		for range 30 {
			require.NoError(t, x.act(t.Context(), r))
		}
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			if err := tx.Exec("UPDATE coverage_tallies SET started = started + 3, covered = covered + 2").Error; err != nil {
				return err
			}
			return tx.Exec("UPDATE units SET pupil_count = pupil_count + 1 WHERE kind = 'class'").Error
		}))
		wrong, err := x.engine.Rebuild(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, len(x.classes), wrong)
		x.check(x.withoutRedis(), "rebuilt")
		wrong, err = x.engine.Rebuild(t.Context(), nil)
		require.NoError(t, err)
		require.Zero(t, wrong)
	})
}

func TestFiguresOfUnitsBesideAndAboveTheOwner(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, st *store.Store, c *cache.Cache) {
		x := newCounty(t, st, c)
		county, town, otherTown := x.units[0].ID, x.units[1].ID, x.units[8].ID
		figures, err := x.engine.Figures(t.Context(), x.items[1], model.SidePupil, []model.ID{county, town, otherTown, 99})
		require.NoError(t, err)
		require.Equal(t, coverage.Figure{Roster: 16}, figures[county], "the county's figure is that of the town which owns the item")
		require.Equal(t, coverage.Figure{Roster: 16}, figures[town])
		require.Zero(t, figures[otherTown])
		require.Zero(t, figures[99])
	})
}

func TestRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		figure coverage.Figure
		rate   float64
	}{
		{coverage.Figure{}, 0},
		{coverage.Figure{Roster: 3, Covered: 1}, 33.3},
		{coverage.Figure{Roster: 2001, Covered: 2000}, 99.9},
		{coverage.Figure{Roster: 5, Covered: 5}, 100},
	} {
		require.InDelta(t, c.rate, c.figure.Rate(), 1e-9)
	}
}
