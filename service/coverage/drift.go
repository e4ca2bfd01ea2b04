package coverage

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"xinyu/model"
	"xinyu/service/platform/cache"
)

var (
	driftChecks = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "xinyu_coverage_drift_checks_total", Help: "Counter hashes in Redis compared with SQL."})
	driftFound = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "xinyu_coverage_drift_total", Help: "Counter hashes in Redis that differed from SQL and were dropped."})
)

// Metrics are the package's collectors.
func Metrics() []prometheus.Collector { return []prometheus.Collector{driftChecks, driftFound} }

// CheckDrift compares every counter hash that Redis holds with SQL, counts
// those that differ and drops them, so that the next reader loads the truth.
// A hash that changes while it is compared is looked at a second time before
// it counts. It returns how many differed; with Redis away, none.
func (e *Engine) CheckDrift(ctx context.Context) (int, error) {
	keys, err := e.counterKeys(ctx)
	if err != nil {
		return 0, err
	}
	drifted := 0
	for _, key := range keys {
		wrong, err := e.differs(ctx, key)
		if err == nil && wrong {
			wrong, err = e.differs(ctx, key)
		}
		if errors.Is(err, cache.ErrDown) {
			return drifted, nil
		}
		if err != nil {
			return drifted, err
		}
		driftChecks.Inc()
		if !wrong {
			continue
		}
		drifted++
		driftFound.Inc()
		err = e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
			return rdb.Del(ctx, key.redisKey(), loadingKey(key.redisKey())).Err()
		})
		if err != nil {
			return drifted, err
		}
	}
	return drifted, nil
}

// differs compares one hash, read before and after SQL: where the two
// readings differ, commits were on their way and it can't be told.
func (e *Engine) differs(ctx context.Context, key counterKey) (bool, error) {
	before, owner, err := e.readHash(ctx, key)
	if err != nil || before == nil {
		return false, err
	}
	sums, err := e.sumTallies(ctx, key, owner, nil)
	if err != nil {
		return false, err
	}
	after, _, err := e.readHash(ctx, key)
	if err != nil || after == nil {
		return false, err
	}
	for unit, c := range after {
		if before[unit] != c {
			return false, nil
		}
	}
	for unit, c := range sums {
		c.version = 0 // the hash's versions are those of its loading
		sums[unit] = c
		if after[unit] != c {
			return true, nil
		}
	}
	for unit, c := range after {
		if sums[unit] != c {
			return true, nil
		}
	}
	return false, nil
}

// readHash returns the whole hash, or nil where Redis has none, and the unit
// that owns the item.
func (e *Engine) readHash(ctx context.Context, key counterKey) (counts map[model.ID]count, owner model.ID, err error) {
	var fields map[string]string
	err = e.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) (err error) {
		fields, err = rdb.HGetAll(ctx, key.redisKey()).Result()
		return err
	})
	if err != nil || len(fields) == 0 {
		return nil, 0, err
	}
	counts = make(map[model.ID]count, len(fields)/2)
	for field, value := range fields {
		n, err := strconv.Atoi(value)
		if err != nil {
			continue
		}
		if field == "_" {
			owner = model.ID(n)
			continue
		}
		unit, err := model.ParseID(strings.TrimRight(field, "sc"))
		if err != nil {
			continue // also the version of a class
		}
		c := counts[unit]
		if strings.HasSuffix(field, "s") {
			c.started = n
		} else {
			c.covered = n
		}
		counts[unit] = c
	}
	return counts, owner, nil
}
