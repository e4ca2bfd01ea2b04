package wechat

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/cache"
)

// redisDeadline bounds one look into Redis for the token, so that a Redis
// that hangs costs less than asking WeChat.
const redisDeadline = 500 * time.Millisecond

// tokenCache keeps access tokens for the library: in Redis, where all
// replicas find them, and, while there is no Redis or it fails, in this
// process. The library knows no miss from a failure and takes a failed Set
// for a failed token, so a failing Redis must not show.
type tokenCache struct {
	rdb redis.UniversalClient // nil: this process only

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

// Get implements cache.Cache.
func (t *tokenCache) Get(key string) any { return t.GetContext(context.Background(), key) }

// GetContext gives the string kept under key, or nil.
func (t *tokenCache) GetContext(ctx context.Context, key string) any {
	if t.rdb != nil {
		ctx, cancel := context.WithTimeout(ctx, redisDeadline)
		defer cancel()
		value, err := t.rdb.Get(ctx, key).Result()
		if err == nil {
			return value
		}
		if errors.Is(err, redis.Nil) {
			return nil
		}
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
	if t.rdb != nil {
		ctx, cancel := context.WithTimeout(ctx, redisDeadline)
		defer cancel()
		// Lost on a failure: the copy in this process serves until Redis is
		// back, and a stable token asked for again is the same token.
		_ = t.rdb.Set(ctx, key, value, timeout).Err()
	}
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
	ctx, cancel := context.WithTimeout(ctx, redisDeadline)
	defer cancel()
	if err := t.rdb.Del(ctx, key).Err(); err != nil {
		return errors.New("wechat: the token could not be dropped from Redis")
	}
	return nil
}
