package wechat

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/cache"
)

const (
	// redisDeadline bounds one look into Redis for the token, so that a Redis
	// that hangs costs less than asking WeChat.
	redisDeadline = 500 * time.Millisecond
	// redisRest is how long a Redis that failed is left alone, so that one
	// that hangs delays a call in a while, not each.
	redisRest = time.Second
)

var errRedisAway = errors.New("wechat: Redis is away")

// tokenCache keeps access tokens for the library: in Redis, where all
// replicas find them, and, while there is no Redis or it fails, in this
// process. The library knows no miss from a failure and takes a failed Set
// for a failed token, so a failing Redis must not show.
type tokenCache struct {
	rdb       redis.UniversalClient // nil: this process only
	restUntil atomic.Int64          // Unix nanoseconds; until then Redis is not asked

	mu    sync.Mutex
	local map[string]localToken // a handful of keys: one or two per mini-program
}

type localToken struct {
	value   string
	expires time.Time
}

var _ cache.ContextCache = (*tokenCache)(nil)

func newTokenCache(rdb redis.UniversalClient) *tokenCache {
	return &tokenCache{rdb: rdb, local: map[string]localToken{}}
}

// ask lets op ask Redis, with a deadline. Any error but redis.Nil is errRedisAway.
func (t *tokenCache) ask(ctx context.Context, op func(context.Context) error) error {
	if t.rdb == nil || time.Now().UnixNano() < t.restUntil.Load() {
		return errRedisAway
	}
	bounded, cancel := context.WithTimeout(ctx, redisDeadline)
	defer cancel()
	err := op(bounded)
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	if ctx.Err() == nil { // else the caller left, and Redis may be well
		t.restUntil.Store(time.Now().Add(redisRest).UnixNano())
	}
	return errRedisAway
}

// Get implements cache.Cache.
func (t *tokenCache) Get(key string) any { return t.GetContext(context.Background(), key) }

// GetContext gives the string kept under key, or nil.
func (t *tokenCache) GetContext(ctx context.Context, key string) any {
	var value string
	err := t.ask(ctx, func(ctx context.Context) (err error) {
		value, err = t.rdb.Get(ctx, key).Result()
		return err
	})
	switch {
	case err == nil:
		return value
	case errors.Is(err, redis.Nil):
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, ok := t.local[key]; ok && time.Now().Before(kept.expires) {
		return kept.value
	}
	return nil
}

// Set implements cache.Cache.
func (t *tokenCache) Set(key string, val any, timeout time.Duration) error {
	return t.SetContext(context.Background(), key, val, timeout)
}

// SetContext keeps val, which must be a string, for the time given. A
// lifetime that is not positive keeps nothing and drops what was there: Redis
// would take it for "for ever", and the library computes one from a token
// that is about to expire.
func (t *tokenCache) SetContext(ctx context.Context, key string, val any, timeout time.Duration) error {
	value, ok := val.(string)
	if !ok {
		return errors.New("wechat: only a string can be cached")
	}
	if timeout <= 0 {
		_ = t.DeleteContext(ctx, key) // what is left in a Redis that fails expires by itself
		return nil
	}
	t.mu.Lock()
	t.local[key] = localToken{value: value, expires: time.Now().Add(timeout)}
	t.mu.Unlock()
	// Lost on a failure: the copy in this process serves until Redis is back,
	// and a stable token asked for again is the same token.
	_ = t.ask(ctx, func(ctx context.Context) error { return t.rdb.Set(ctx, key, value, timeout).Err() })
	return nil
}

// IsExist implements cache.Cache.
func (t *tokenCache) IsExist(key string) bool { return t.Get(key) != nil }

// IsExistContext tells whether something is kept under key.
func (t *tokenCache) IsExistContext(ctx context.Context, key string) bool {
	return t.GetContext(ctx, key) != nil
}

// Delete implements cache.Cache.
func (t *tokenCache) Delete(key string) error { return t.DeleteContext(context.Background(), key) }

// DeleteContext forgets key. Unlike the others it tells when Redis fails:
// a token known to be bad would still be served to the other replicas.
func (t *tokenCache) DeleteContext(ctx context.Context, key string) error {
	t.mu.Lock()
	delete(t.local, key)
	t.mu.Unlock()
	if t.rdb == nil {
		return nil
	}
	return t.ask(ctx, func(ctx context.Context) error { return t.rdb.Del(ctx, key).Err() })
}

// drop forgets key while it still holds the value, here and in Redis; it
// reports whether it did. What cannot be dropped from a Redis that is away
// expires by itself.
func (t *tokenCache) drop(ctx context.Context, key, value string) (dropped bool) {
	t.mu.Lock()
	if t.local[key].value == value {
		delete(t.local, key)
		dropped = true
	}
	t.mu.Unlock()
	var n int64
	err := t.ask(ctx, func(ctx context.Context) (err error) {
		n, err = dropIf.Run(ctx, t.rdb, []string{key}, value).Int64()
		return err
	})
	if err == nil {
		dropped = n > 0
	}
	return dropped
}

// claim keeps value under key in Redis where nothing is kept there.
func (t *tokenCache) claim(ctx context.Context, key, value string, lasts time.Duration) (won bool, err error) {
	err = t.ask(ctx, func(ctx context.Context) (err error) {
		won, err = t.rdb.SetNX(ctx, key, value, lasts).Result()
		return err
	})
	return won, err
}

// once reports true to one caller in the period, of all replicas or, while
// there is no Redis, of this process.
func (t *tokenCache) once(ctx context.Context, key string, period time.Duration) bool {
	if won, err := t.claim(ctx, key, "1", period); err == nil {
		return won
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.local[key].expires) {
		return false
	}
	t.local[key] = localToken{value: "1", expires: time.Now().Add(period)}
	return true
}
