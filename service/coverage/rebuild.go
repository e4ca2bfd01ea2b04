package coverage

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Rebuild counts every class's pupils and tallies anew from rosters and
// facts, class by class while the system runs, and drops the counters in
// Redis. It returns how many classes had been wrong. progress, which may be
// nil, is called after each class.
func (e *Engine) Rebuild(ctx context.Context, progress func(done, total int)) (wrong int, err error) {
	classes, err := unit.NextClasses(e.store.Read(ctx), 0, 0)
	if err != nil {
		return 0, err
	}
	for i, class := range classes {
		changed := false
		err := e.store.Tx(ctx, func(tx *gorm.DB) (err error) {
			changed, err = e.rebuildClass(tx, class)
			return err
		})
		if err != nil {
			return wrong, fmt.Errorf("rebuild class %d: %w", class, err)
		}
		if changed {
			wrong++
		}
		if progress != nil {
			progress(i+1, len(classes))
		}
	}
	return wrong, e.dropCounters(ctx)
}

// rebuildClass locks the class's pupils, as Record and Move do, so that its
// facts stand still. Another transaction may have locked the pupil whom it is
// moving in; its counts then come on top, which the conflict clause adds up.
func (e *Engine) rebuildClass(tx *gorm.DB, class model.ID) (bool, error) {
	pupils, err := family.LockRoster(e.store, tx, class)
	if err != nil {
		return false, err
	}
	before, err := classTallies(tx, class)
	if err != nil {
		return false, err
	}
	row, err := unit.Get(tx, class)
	if err != nil {
		return false, err
	}
	now, err := countFacts(tx, class)
	if err != nil {
		return false, err
	}
	same := row.PupilCount == len(pupils) && len(before) == len(now)
	for key, c := range now {
		same = same && before[key] == c
	}
	if same {
		return false, nil
	}
	// The rows stay, for their versions: a change that is published later must not
	// be taken for one that a reading lacks.
	err = tx.Model(&model.CoverageTally{}).Where("class_id = ?", class).
		Updates(map[string]any{"started": 0, "covered": 0, "version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return false, err
	}
	deltas := make([]delta, 0, len(now))
	for key, c := range now {
		deltas = append(deltas, delta{tallyKey: tallyKey{key, class}, started: c.started, covered: c.covered})
	}
	if _, err := e.addToTallies(tx, deltas); err != nil {
		return false, err
	}
	return true, unit.SetPupilCount(tx, class, len(pupils))
}

// classTallies are the tallies of the class that count anything.
func classTallies(tx *gorm.DB, class model.ID) (map[counterKey]count, error) {
	var rows []model.CoverageTally
	err := tx.Where("class_id = ? AND (started <> 0 OR covered <> 0)", class).Find(&rows).Error
	return countsOf(rows), err
}

// countFacts counts the facts of the pupils now on the class's roster.
func countFacts(tx *gorm.DB, class model.ID) (map[counterKey]count, error) {
	var rows []model.CoverageTally
	err := tx.Table("coverage_facts AS f").Scopes(family.JoinPupil("f.pupil_id")).
		Where(store.All(family.InClasses([]model.ID{class}), family.OnRoster())).
		Select("f.item_kind, f.item_id, f.side, COUNT(*) AS started, COUNT(f.covered_at) AS covered").
		Group("f.item_kind, f.item_id, f.side").Scan(&rows).Error
	return countsOf(rows), err
}

func countsOf(rows []model.CoverageTally) map[counterKey]count {
	return store.Keyed(rows, func(r model.CoverageTally) (counterKey, count) {
		return keyOf(r), count{started: r.Started, covered: r.Covered}
	})
}

func keyOf(r model.CoverageTally) counterKey { return counterKey{r.ItemKind, r.ItemID, r.Side} }

// dropCounters deletes the counters of all items that have tallies.
func (e *Engine) dropCounters(ctx context.Context) error {
	keys, err := e.counterKeys(ctx)
	if err != nil {
		return err
	}
	return e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range keys {
				p.Del(ctx, key.redisKey(), loadingKey(key.redisKey()))
			}
			p.Del(ctx, rosterKey, loadingKey(rosterKey))
			return nil
		})
		return err
	})
}

// counterKeys are the items and sides that have tallies.
func (e *Engine) counterKeys(ctx context.Context) ([]counterKey, error) {
	var rows []model.CoverageTally
	err := e.store.Read(ctx).Model(&model.CoverageTally{}).Distinct("item_kind", "item_id", "side").Scan(&rows).Error
	return store.Each(rows, keyOf), err
}
