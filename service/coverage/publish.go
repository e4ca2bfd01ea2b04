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
// A change that commits before the loader reads and is published after it has
// stored must not count twice: for every class the hash has a field "<class>v",
// the version of the tally as it was read, and an increment whose tally has that
// version or a lower one is in the hash already.

const rosterKey = "xinyu:{roster}"

func (k counterKey) redisKey() string {
	return "xinyu:{cov:" + string(k.kind) + ":" + k.id.String() + ":" + string(k.side) + "}"
}

func loadingKey(key string) string { return key + ":loading" }

// increment adds to a hash that is there what it lacks, and stops loaders. The
// arguments are for every class its field of the version, the version, started,
// covered, the number of units up the tree, and these.
var increment = redis.NewScript(`
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local i = 1
while i <= #ARGV do
  local version, started, covered, units = tonumber(ARGV[i+1]), ARGV[i+2], ARGV[i+3], tonumber(ARGV[i+4])
  if version > tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or 0) then
    for j = i + 5, i + 4 + units do
      if started ~= '0' then redis.call('HINCRBY', KEYS[1], ARGV[j] .. 's', started) end
      if covered ~= '0' then redis.call('HINCRBY', KEYS[1], ARGV[j] .. 'c', covered) end
    end
  end
  i = i + 5 + units
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
	sums := map[tallyKey]count{}
	for _, d := range change.deltas {
		path, err := e.path(ctx, d.class)
		if err != nil {
			return err
		}
		if !slices.Contains(path, d.unit) {
			continue // not owed by this class
		}
		sum := sums[d.tallyKey]
		sums[d.tallyKey] = count{started: sum.started + d.started, covered: sum.covered + d.covered, version: change.versions[d.tallyKey]}
	}
	increments := map[counterKey][]any{}
	for key, sum := range sums {
		if sum.started == 0 && sum.covered == 0 {
			continue
		}
		path, err := e.path(ctx, key.class)
		if err != nil {
			return err
		}
		args := append(increments[key.counterKey], key.class.String()+"v", sum.version, sum.started, sum.covered, len(path))
		for _, unit := range path {
			args = append(args, unit.String())
		}
		increments[key.counterKey] = args
	}
	stale := make([]string, 0, len(change.stale)+1)
	for _, key := range change.stale {
		stale = append(stale, key.redisKey())
		delete(increments, key)
	}
	if change.rosters {
		stale = append(stale, rosterKey)
	}
	if len(increments) == 0 && len(stale) == 0 {
		return nil
	}
	return e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		_, err := rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for key, args := range increments {
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
