package coverage

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/redis/go-redis/v9"

	"xinyu/service/platform/cache"
)

// The counters in Redis: per item and side one hash, with the fields
// "<unit>s" (started) and "<unit>c" (covered) for every unit up the tree that
// has any, and the field "_" which says that the hash is complete and holds
// the id of the unit that owns the item. The hash of
// rosters has a field "<unit>" with the number of pupils.
//
// A loader marks its key before it reads SQL; whoever changes counters in the
// meantime deletes the mark, and the loader then does not store what it read.

const rosterKey = "xinyu:{roster}"

func (k counterKey) redisKey() string {
	return "xinyu:{cov:" + string(k.kind) + ":" + k.id.String() + ":" + string(k.side) + "}"
}

func loadingKey(key string) string { return key + ":loading" }

// increment adds to the fields of a hash that is there, and stops loaders.
var increment = redis.NewScript(`
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 1 then
  for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i+1]) end
end
return 0`)

// Publish brings the counters in Redis up to date after the transaction has
// committed. What Redis misses while it is away is corrected when the counters expire,
// so errors are only logged.
func (e *Engine) Publish(ctx context.Context, change Change) {
	if err := e.publish(context.WithoutCancel(ctx), change); err != nil && !errors.Is(err, cache.ErrDown) {
		slog.Warn("publish coverage counters", "err", err)
	}
}

func (e *Engine) publish(ctx context.Context, change Change) error {
	fields := map[counterKey]map[string]int{}
	for _, d := range change.deltas {
		path, err := e.path(ctx, d.class)
		if err != nil {
			return err
		}
		if !slices.Contains(path, d.unit) {
			continue // not owed by this class
		}
		f := fields[d.counterKey]
		if f == nil {
			f = map[string]int{}
			fields[d.counterKey] = f
		}
		for _, unit := range path {
			if d.started != 0 {
				f[unit.String()+"s"] += d.started
			}
			if d.covered != 0 {
				f[unit.String()+"c"] += d.covered
			}
		}
	}
	stale := make([]string, 0, len(change.stale)+1)
	for _, key := range change.stale {
		stale = append(stale, key.redisKey())
		delete(fields, key)
	}
	if change.rosters {
		stale = append(stale, rosterKey)
	}
	if len(fields) == 0 && len(stale) == 0 {
		return nil
	}
	return e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for key, f := range fields {
				args := make([]any, 0, 2*len(f))
				for field, n := range f {
					args = append(args, field, n)
				}
				increment.Eval(ctx, p, []string{key.redisKey(), loadingKey(key.redisKey())}, args...)
			}
			for _, key := range stale {
				p.Del(ctx, key, loadingKey(key))
			}
			return nil
		})
		return err
	})
}
