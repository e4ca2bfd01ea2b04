// Package authcache makes Redis forget who holds a login token, and with which
// roles. service/identity keeps that there, each answer for a short while;
// whatever changes the roles of accounts tells this package after its commit,
// so that the next call of theirs is judged by what is true then.
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

// Tombstone stands in Redis in the place of a holder that has just changed. A
// look-up that read SQL before the change then can't store what it read, and
// one that comes later reads SQL itself.
const Tombstone = "-"

// chunk bounds the values of one IN list, and the commands of one round trip.
const chunk = 500

// Key is where Redis keeps the holder of the token with the hash.
func Key(tokenHash []byte) string { return "xinyu:tok:" + hex.EncodeToString(tokenHash) }

// Cache is the holders that Redis keeps. It is safe for concurrent use.
type Cache struct {
	store *store.Store
	cache *cache.Cache
}

// New makes a Cache.
func New(st *store.Store, c *cache.Cache) *Cache { return &Cache{store: st, cache: c} }

// Forget makes the next call with any token of the accounts read SQL. Call it
// after the commit of what changed; it outlives the caller's ctx. Redis out of
// reach is only logged: what it holds ends by itself soon.
func (c *Cache) Forget(ctx context.Context, accounts ...model.ID) {
	var failed error
	for part := range slices.Chunk(accounts, chunk) {
		if err := c.forget(ctx, part); err != nil {
			failed = err
		}
	}
	if failed != nil {
		slog.Warn("forget token holders", "accounts", len(accounts), "err", failed)
	}
}

// ForgetFamilies is Forget for all who are bound to the pupils: their
// guardians and their own accounts.
func (c *Cache) ForgetFamilies(ctx context.Context, pupils []model.ID) {
	for part := range slices.Chunk(pupils, chunk) {
		accounts, err := c.families(ctx, part)
		if err != nil {
			slog.Warn("forget token holders of families", "pupils", len(part), "err", err)
			continue
		}
		c.Forget(ctx, accounts...)
	}
}

func (c *Cache) families(ctx context.Context, pupils []model.ID) ([]model.ID, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), LookupTimeout)
	defer cancel()
	db := c.store.Read(ctx)
	var guardians, own []model.ID
	err := db.Model(&model.Guardianship{}).Where("pupil_id IN ?", pupils).Distinct().Pluck("account_id", &guardians).Error
	if err == nil {
		err = db.Model(&model.Pupil{}).Where("id IN ? AND account_id IS NOT NULL", pupils).Pluck("account_id", &own).Error
	}
	return slices.Concat(guardians, own), err
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
