package identity

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"xinyu/model"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/vault"
)

// Authenticate returns whom the token belongs to, or token_invalid without
// saying why. Calls that come at the same time are looked up together: one round trip
// to Redis and, for those that it does not know, a fixed number of queries.
//
// A change (logout, a role, a child, a roster, a disabled account) shows in the
// next call. Only where Redis could not be told of the change, what was true
// before can show for cacheTTL at most.
func (s *Service) Authenticate(ctx context.Context, token string) (model.Actor, error) {
	hash, ok := parseToken(token)
	if !ok {
		return model.Actor{}, ErrTokenInvalid
	}
	h, err := s.tokens.Do(ctx, model.ID(binary.LittleEndian.Uint64(hash[:])), hash)
	if err != nil {
		return model.Actor{}, err
	}
	if h.AccountID == 0 || s.store.Now().UnixMilli() >= h.ExpiresAt {
		return model.Actor{}, ErrTokenInvalid
	}
	return h.Actor, nil
}

// authorization is whom a token belongs to, with which roles, and until when, in
// Unix milliseconds. The zero value is that of an unknown token.
type authorization struct {
	model.Actor `json:"actor"`
	ExpiresAt   int64 `json:"expiresAt"`
	// ReadAt is when the rows were read, in Unix milliseconds of the clock that read them.
	ReadAt int64 `json:"readAt"`
}

// macPurpose keeps the MACs of cached authorizations apart from all others.
const macPurpose = "cached authorization"

// cachedMAC is the MAC of what Redis keeps for the token. Whoever can write to
// Redis can't make one, nor use that of another token.
func (s *Service) cachedMAC(hash tokenHash, text []byte) []byte {
	return s.vault.MAC(macPurpose, append(hash[:], text...))
}

// encodeCached returns what Redis keeps for the token: the MAC, then JSON.
func (s *Service) encodeCached(hash tokenHash, a authorization) ([]byte, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode an authorization: %w", err)
	}
	return append(s.cachedMAC(hash, text), text...), nil
}

// decodeCached returns the authorization that Redis keeps for the token, unless
// we did not write it for this token within cacheTTL: an old one may have been put
// back after the account has lost a role.
func (s *Service) decodeCached(hash tokenHash, value []byte) (a authorization, ok bool) {
	mac, text := value[:min(len(value), vault.HashSize)], value[min(len(value), vault.HashSize):]
	if !hmac.Equal(mac, s.cachedMAC(hash, text)) || json.Unmarshal(text, &a) != nil {
		slog.Warn("Redis holds an authorization that is not ours")
		return authorization{}, false
	}
	return a, s.store.Now().Sub(time.UnixMilli(a.ReadAt)) < cacheTTL
}

// lookUp returns the tokens' authorizations in order.
func (s *Service) lookUp(ctx context.Context, hashes []tokenHash) ([]authorization, error) {
	known := make(map[tokenHash]authorization, len(hashes))
	for _, h := range hashes {
		known[h] = authorization{}
	}
	missing, storable := s.readCached(ctx, known)
	if len(missing) > 0 {
		loaded, err := s.loadTokens(ctx, missing)
		if err != nil {
			return nil, err
		}
		s.storeCached(ctx, loaded, storable)
		for hash, h := range loaded {
			known[hash] = h
		}
	}
	found := make([]authorization, len(hashes))
	for i, h := range hashes {
		found[i] = known[h]
	}
	return found, nil
}

// readCached fills in what Redis knows of the tokens and returns those that must
// be read from SQL, and which of them may then be stored.
func (s *Service) readCached(ctx context.Context, known map[tokenHash]authorization) (missing []tokenHash, storable map[tokenHash]bool) {
	replies := make(map[tokenHash]*redis.StringCmd, len(known))
	err := s.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		// Single GETs, as the keys of one MGET would have to lie in one slot of a cluster.
		pipe := rdb.Pipeline()
		for hash := range known {
			replies[hash] = pipe.Get(ctx, hash.redisKey())
		}
		_, err := pipe.Exec(ctx)
		for _, reply := range replies { // the first error may be a missing key before a failure
			if e := reply.Err(); e != nil && !errors.Is(e, redis.Nil) {
				return e
			}
		}
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	if err != nil && !errors.Is(err, cache.ErrDown) {
		slog.Warn("read cached authorizations", "err", err)
	}
	storable = map[tokenHash]bool{}
	for hash := range known {
		var value []byte
		replyErr := err
		if reply := replies[hash]; reply != nil {
			value, replyErr = reply.Bytes()
		}
		switch {
		case errors.Is(replyErr, redis.Nil):
			storable[hash] = true
		case replyErr == nil && string(value) != authcache.Tombstone:
			if a, ok := s.decodeCached(hash, value); ok {
				known[hash] = a
				continue
			}
		}
		missing = append(missing, hash)
	}
	return missing, storable
}

// loadTokens reads the authorizations of live tokens from SQL.
func (s *Service) loadTokens(ctx context.Context, hashes []tokenHash) (map[tokenHash]authorization, error) {
	keys := make([][]byte, len(hashes))
	for i := range hashes {
		keys[i] = hashes[i][:]
	}
	db, readAt := s.store.Read(ctx), s.store.Now().UnixMilli()
	var rows []struct {
		ID, AccountID model.ID
		TokenHash     []byte
		ExpiresAt     time.Time
	}
	err := db.Table("login_tokens AS t").Joins("JOIN accounts AS a ON a.id = t.account_id").
		Where("t.token_hash IN ? AND t.revoked_at IS NULL AND a.disabled_at IS NULL", keys).
		Select("t.id, t.account_id, t.token_hash, t.expires_at").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("load tokens: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	accounts := make([]model.ID, len(rows))
	for i, r := range rows {
		accounts[i] = r.AccountID
	}
	actors, err := s.actors(db, accounts)
	if err != nil {
		return nil, err
	}
	loaded := make(map[tokenHash]authorization, len(rows))
	for _, r := range rows {
		actor := actors[r.AccountID]
		actor.TokenID = r.ID
		loaded[tokenHash(r.TokenHash)] = authorization{Actor: actor, ExpiresAt: r.ExpiresAt.UnixMilli(), ReadAt: readAt}
	}
	return loaded, nil
}

// storeCached keeps in Redis what was loaded where nothing stands in its place.
func (s *Service) storeCached(ctx context.Context, loaded map[tokenHash]authorization, storable map[tokenHash]bool) {
	values := make(map[tokenHash][]byte, len(loaded))
	for hash, h := range loaded {
		if !storable[hash] {
			continue
		}
		value, err := s.encodeCached(hash, h)
		if err != nil {
			slog.Error("store authorizations", "err", err)
			return
		}
		values[hash] = value
	}
	if len(values) == 0 {
		return
	}
	err := s.cache.Do(ctx, func(ctx context.Context, rdb redis.UniversalClient) error {
		pipe := rdb.Pipeline()
		for hash, value := range values {
			pipe.SetNX(ctx, hash.redisKey(), value, cacheTTL)
		}
		_, err := pipe.Exec(ctx)
		return err
	})
	if err != nil && !errors.Is(err, cache.ErrDown) {
		slog.Warn("store authorizations", "err", err)
	}
}
