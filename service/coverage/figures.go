package coverage

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"xinyu/model"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Figure is the state of one unit: its pupils, and for how many of them the
// item has been begun and is done.
type Figure struct {
	Roster, Started, Covered int
}

// Rate is the covered share of the roster in percent, 0 to 100, with one
// decimal; 0 for an empty roster. It is 100 only when everyone is covered.
func (f Figure) Rate() float64 {
	if f.Roster == 0 {
		return 0
	}
	return float64(f.Covered*1000/f.Roster) / 10
}

// Figures returns the figure of each unit for one side of an item. A unit
// above the one that owns the item has the owner's figure; one beside it has zeros.
func (e *Engine) Figures(ctx context.Context, item model.Item, side model.Side, units []model.ID) (map[model.ID]Figure, error) {
	counted := make(map[model.ID]model.ID, len(units)) // unit → the unit whose sum is its figure
	var sums []model.ID
	for _, unit := range units {
		sum, err := e.countedUnit(ctx, item, unit)
		if err != nil {
			return nil, err
		}
		counted[unit] = sum
		if sum != 0 && !slices.Contains(sums, sum) {
			sums = append(sums, sum)
		}
	}
	figures := make(map[model.ID]Figure, len(units))
	if len(sums) > 0 {
		rosters, err := e.rosters(ctx, sums)
		if err != nil {
			return nil, err
		}
		counts, err := e.counts(ctx, counterKey{kind: item.Kind, id: item.ID, side: side}, item.UnitID, sums)
		if err != nil {
			return nil, err
		}
		for unit, sum := range counted {
			c := counts[sum]
			figures[unit] = Figure{Roster: rosters[sum], Started: c.started, Covered: c.covered}
		}
	}
	return figures, nil
}

// countedUnit is the unit itself where it stands at or below the item's owner,
// the owner where it stands above, and zero elsewhere.
func (e *Engine) countedUnit(ctx context.Context, item model.Item, unit model.ID) (model.ID, error) {
	path, err := e.path(ctx, unit)
	if err != nil || slices.Contains(path, item.UnitID) {
		return unit, err
	}
	path, err = e.path(ctx, item.UnitID)
	if err != nil || !slices.Contains(path, unit) {
		return 0, err
	}
	return item.UnitID, nil
}

// count is what one unit counts; a class has the version of its tally too.
type count struct {
	started, covered int
	version          int64
}

// storeLoaded puts what a loader read into the hash, with the item's owner in
// the field that says it is complete, unless the mark is gone.
var storeLoaded = redis.NewScript(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], '_', ARGV[3])
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`)

// counts reads the sums of the units.
func (e *Engine) counts(ctx context.Context, key counterKey, owner model.ID, units []model.ID) (map[model.ID]count, error) {
	values, err := e.cached(ctx, key.redisKey(), owner, units, []string{"s", "c"}, func(units []model.ID) (map[string]int, error) {
		sums, err := e.sumTallies(ctx, key, owner, units)
		values := make(map[string]int, 2*len(sums))
		for unit, c := range sums {
			values[unit.String()+"s"], values[unit.String()+"c"] = c.started, c.covered
			if c.version != 0 {
				values[unit.String()+"v"] = int(c.version)
			}
		}
		return values, err
	})
	return store.Keyed(units, func(u model.ID) (model.ID, count) {
		return u, count{started: values[u.String()+"s"], covered: values[u.String()+"c"]}
	}), err
}

// rosters reads the number of pupils of the units.
func (e *Engine) rosters(ctx context.Context, units []model.ID) (map[model.ID]int, error) {
	values, err := e.cached(ctx, rosterKey, 0, units, []string{""}, func(units []model.ID) (map[string]int, error) {
		sums, err := unit.Rosters(e.store.Read(ctx), units)
		values := make(map[string]int, len(sums))
		for id, n := range sums {
			values[id.String()] = n
		}
		return values, err
	})
	return store.Keyed(units, func(u model.ID) (model.ID, int) { return u, values[u.String()] }), err
}

// cached reads the fields of the units, each with the suffixes, from a complete
// hash, or fills the hash from load, which reads all units where it gets nil.
// Where Redis can't be asked load reads the units alone.
func (e *Engine) cached(ctx context.Context, key string, owner model.ID, units []model.ID, suffixes []string, load func([]model.ID) (map[string]int, error)) (map[string]int, error) {
	fields := make([]string, 0, len(suffixes)*len(units))
	for _, u := range units {
		for _, suffix := range suffixes {
			fields = append(fields, u.String()+suffix)
		}
	}
	values := map[string]int{}
	mark := rand.Text()
	complete := false
	err := e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		found, err := rdb.HMGet(ctx, key, append([]string{"_"}, fields...)...).Result()
		if err != nil {
			return err
		}
		if complete = found[0] != nil; complete {
			for i, v := range found[1:] {
				if s, ok := v.(string); ok {
					if values[fields[i]], err = strconv.Atoi(s); err != nil {
						return err
					}
				}
			}
			return nil
		}
		return rdb.Set(ctx, loadingKey(key), mark, e.ttl).Err()
	})
	if err != nil {
		if !errors.Is(err, cache.ErrDown) {
			slog.Warn("read coverage counters", "err", err)
		}
		return load(units)
	}
	if complete {
		return values, nil
	}
	if values, err = load(nil); err != nil {
		return nil, err
	}
	args := make([]any, 0, 3+2*len(values))
	args = append(args, mark, e.ttl.Milliseconds(), int64(owner))
	for field, n := range values {
		args = append(args, field, n)
	}
	err = e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		return storeLoaded.Eval(ctx, rdb, []string{key, loadingKey(key)}, args...).Err()
	})
	if err != nil && !errors.Is(err, cache.ErrDown) {
		slog.Warn("fill coverage counters", "err", err)
	}
	return values, nil
}

// sumTallies adds up the tallies of the classes at or below each unit, for
// all units where units is nil. Classes that don't stand below the owner
// don't owe the item and are left out.
func (e *Engine) sumTallies(ctx context.Context, key counterKey, owner model.ID, units []model.ID) (map[model.ID]count, error) {
	q := e.store.Read(ctx).Table("coverage_tallies AS t").
		Joins(store.JoinAbove("o", "t.class_id")+" AND o.ancestor_id = ?", owner).
		Joins(store.JoinAbove("c", "t.class_id")).
		Where("t.item_kind = ? AND t.item_id = ? AND t.side = ?", key.kind, key.id, key.side).
		Select("c.ancestor_id AS unit_id, SUM(t.started) AS started, SUM(t.covered) AS covered, " +
			"MAX(CASE WHEN c.ancestor_id = t.class_id THEN t.version ELSE 0 END) AS version").
		Group("c.ancestor_id")
	if units != nil {
		q = q.Where("c.ancestor_id IN ?", units)
	}
	type row struct {
		UnitID           model.ID
		Started, Covered int
		Version          int64
	}
	var rows []row
	err := q.Scan(&rows).Error
	return store.Keyed(rows, func(r row) (model.ID, count) { return r.UnitID, count{r.Started, r.Covered, r.Version} }), err
}
