package wechat

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/redis/go-redis/v9"
)

// lockPoll is how often a replica looks whether the one that works is done.
const lockPoll = 20 * time.Millisecond

// dropIf deletes a key while it still has the value.
var dropIf = redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`)

// redisLock lets one replica at a time do a piece of work. It is a courtesy to
// WeChat, not a promise: without Redis, or when the holder takes longer than
// lease, several work at once, which here does no harm.
type redisLock struct {
	cache *tokenCache
	key   string
	lease time.Duration
}

func newRedisLock(cache *tokenCache, key string, lease time.Duration) *redisLock {
	return &redisLock{cache: cache, key: key, lease: lease}
}

// acquire waits until this replica may work, until done reports that another
// has done the work, until Redis fails or ctx ends. release is never nil.
func (l *redisLock) acquire(ctx context.Context, done func() bool) (release func()) {
	mine := rand.Text()
	for {
		won, err := l.cache.claim(ctx, l.key, mine, l.lease)
		if err != nil {
			return func() {} // each for itself
		}
		if won {
			return func() { l.cache.drop(context.WithoutCancel(ctx), l.key, mine) }
		}
		if done() {
			return func() {}
		}
		timer := time.NewTimer(lockPoll)
		select {
		case <-ctx.Done():
			timer.Stop()
			return func() {}
		case <-timer.C:
		}
	}
}
