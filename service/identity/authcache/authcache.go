// Package authcache is the authorization cache: Redis keeps for a short while
// whom a login token belongs to, with which roles. service/identity writes it;
// whatever changes the roles of accounts has them forgotten here after its
// commit, so that their next call sees the change.
package authcache

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
)

const (
	// LookupTimeout bounds one look-up of a group of tokens.
	LookupTimeout = 5 * time.Second
	// tombstoneTTL is how long a changed token is read from SQL only. It must
	// outlast any look-up that began before the change.
	tombstoneTTL = 2 * LookupTimeout
)

// Tombstone stands in Redis in the place of a token whose account has just
// changed. A look-up that read SQL before the change then can't store what it
// read, and one that comes later reads SQL itself.
const Tombstone = "-"

// chunk bounds the values of one IN list, and the commands of one round trip.
const chunk = 500

// Key returns the key under which Redis keeps the token with the hash.
func Key(tokenHash []byte) string { return "xinyu:tok:" + hex.EncodeToString(tokenHash) }

// Cache is the authorization cache. It is safe for concurrent use.
type Cache struct {
	store *store.Store
	cache *cache.Cache
}

// New makes a Cache.
func New(st *store.Store, c *cache.Cache) *Cache { return &Cache{store: st, cache: c} }

// Forget makes the next call with any token of the accounts read SQL. Call it
// after the commit of what changed; it outlives the caller's ctx. Where Redis
// can't be reached that is only logged: what it keeps expires soon.
func (c *Cache) Forget(ctx context.Context, accounts ...model.ID) {
	var failed error
	for part := range slices.Chunk(accounts, chunk) {
		if err := c.forget(ctx, part); err != nil {
			failed = err
		}
	}
	if failed != nil {
		slog.Warn("forget authorizations", "accounts", len(accounts), "err", failed)
	}
}

// ForgetFamilies is Forget for the accounts of the pupils' families: their
// guardians' and their own.
func (c *Cache) ForgetFamilies(ctx context.Context, pupils []model.ID) {
	for part := range slices.Chunk(pupils, chunk) {
		accounts, err := c.families(ctx, part)
		if err != nil {
			slog.Warn("forget authorizations of families", "pupils", len(part), "err", err)
			continue
		}
		c.Forget(ctx, accounts...)
	}
}

func (c *Cache) families(ctx context.Context, pupils []model.ID) ([]model.ID, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), LookupTimeout)
	defer cancel()
	return family.Accounts(c.store.Read(ctx), pupils)
}

func (c *Cache) forget(ctx context.Context, accounts []model.ID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), LookupTimeout)
	defer cancel()
	// Revoked ones too: a former look-up may still be on its way to store them.
	var hashes [][]byte
	err := c.store.Read(ctx).Model(&model.LoginToken{}).Where("account_id IN ? AND expires_at > ?", accounts, c.store.Now()).Pluck("token_hash", &hashes).Error
	for part := range slices.Chunk(hashes, chunk) {
		err = errors.Join(err, c.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
			pipe := rdb.Pipeline()
			for _, hash := range part {
				pipe.Set(ctx, Key(hash), Tombstone, tombstoneTTL)
			}
			_, err := pipe.Exec(ctx)
			return err
		}))
	}
	return err
}
