// Package limit slows down guessing: so many tries in a period for one key,
// counted in this process and, for all replicas together, in Redis. While
// Redis is gone the process's own count goes on, so that no failure ever
// makes guessing free.
//
// Callers that count only failures take a permit before they check a guess
// and give it back when the guess was right. Counting after the check would
// let any number of guesses through that are made at the same time.
package limit

import (
	"context"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"xinyu/service/platform/cache"
)

// Rate is Count tries at once, each of which comes back after Period/Count.
// A Rate that is not positive allows nothing.
type Rate struct {
	Count  int
	Period time.Duration
}

// interval is the time after which one try comes back.
func (r Rate) interval() time.Duration { return r.Period / time.Duration(r.Count) }

// Limiter counts tries. It is safe for concurrent use.
type Limiter struct {
	cache *cache.Cache
	rate  *redis_rate.Limiter
	local *local
}

// New makes a Limiter over Redis.
func New(c *cache.Cache) *Limiter {
	return &Limiter{cache: c, rate: redis_rate.NewLimiter(c.Client()), local: newLocal()}
}

// Permit is one try that was allowed. The zero Permit gives nothing back.
type Permit struct{ back func(context.Context) }

// GiveBack returns the try, for a guess that was right. Call it at most once.
// Where Redis fails in between, the try stays spent.
func (p Permit) GiveBack(ctx context.Context) {
	if p.back != nil {
		p.back(ctx)
	}
}

// Take takes a permit for one try. Where there is none it tells after what
// time there will be one. key must name the purpose as well as the person
// ("bind:1234"); one key must always come with the same rate. Concurrent
// calls, over all replicas, never get more permits than the rate has; while
// Redis is gone, or too slow to respond, no replica gives out more than that.
//
// It returns within 300 ms or so, whatever Redis does. A ctx that is
// cancelled changes nothing: hanging up at the right moment must neither save
// the try nor switch the counting to the other place.
func (l *Limiter) Take(ctx context.Context, key string, rate Rate) (p Permit, retryAfter time.Duration, ok bool) {
	if rate.Count < 1 || rate.Period <= 0 {
		return Permit{}, rate.Period, false
	}
	if retryAfter, ok = l.local.take(key, rate); !ok {
		return Permit{}, retryAfter, false
	}
	var result *redis_rate.Result
	err := l.cache.Do(context.WithoutCancel(ctx), func(ctx context.Context, _ redis.UniversalClient) (err error) {
		result, err = l.rate.Allow(ctx, key, redis_rate.Limit{Rate: rate.Count, Burst: rate.Count, Period: rate.Period})
		return err
	})
	switch {
	case err != nil || result.Allowed == 0 && (result.RetryAfter <= 0 || result.RetryAfter > rate.Period+time.Second):
		// Redis is away, or holds what was not written here: a try comes back
		// within the period. This process's own count stands.
		return Permit{back: func(context.Context) { l.local.giveBack(key, rate) }}, 0, true
	case result.Allowed == 0:
		l.local.giveBack(key, rate)
		return Permit{}, result.RetryAfter, false
	default:
		return Permit{back: func(ctx context.Context) {
			l.local.giveBack(key, rate)
			l.giveBack(ctx, key, rate)
		}}, 0, true
	}
}

// giveBackScript moves the key's theoretical arrival time (GCRA), which
// redis_rate keeps in seconds, one interval back. A time in the past does no
// harm: redis_rate takes the later of it and now. redis_rate itself cannot
// do this: for a negative count that frees the key it writes nothing.
var giveBackScript = redis.NewScript(`
local tat = redis.call("GET", KEYS[1])
if tat then
  redis.call("SET", KEYS[1], string.format("%.17g", tonumber(tat) - tonumber(ARGV[1])), "KEEPTTL")
end
return 0
`)

// keyPrefix is what redis_rate puts before every key.
const keyPrefix = "rate:"

func (l *Limiter) giveBack(ctx context.Context, key string, rate Rate) {
	// On a failure the try stays spent, which errs on the safe side.
	_ = l.cache.Do(context.WithoutCancel(ctx), func(ctx context.Context, rdb redis.UniversalClient) error {
		return giveBackScript.Run(ctx, rdb, []string{keyPrefix + key}, rate.interval().Seconds()).Err()
	})
}
