package identity

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/testserver"
	"xinyu/service/platform/vault"
)

func TestAuthenticateKnowsEveryRole(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		soon := b.store.Now().Add(time.Hour)
		staff := b.Account(model.RoleAt{Role: model.RoleManager, UnitID: tree.School.ID}, model.RoleAt{Role: model.RoleInspector, UnitID: tree.County.ID, EndsAt: &soon})
		got := b.actor(b.login(staff))
		require.Equal(b.t, []model.RoleAt{{Role: model.RoleInspector, UnitID: tree.County.ID, EndsAt: &soon}, {Role: model.RoleManager, UnitID: tree.School.ID}}, got.Roles)
		require.Equal(b.t, staff.AccountID, got.AccountID)
		require.NotZero(b.t, got.TokenID)

		twins := b.Guardian(b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.OtherClass))
		require.Equal(b.t, []model.RoleAt{{Role: model.RoleGuardian, UnitID: tree.Class.ID}, {Role: model.RoleGuardian, UnitID: tree.OtherClass.ID}}, b.actor(b.login(twins)).Roles)

		pupil := b.Pupil(tree.Class)
		own := b.actor(b.login(b.PupilAccount(pupil)))
		require.Equal(b.t, pupil.ID, own.PupilID)
		require.Equal(b.t, []model.RoleAt{{Role: model.RolePupil, UnitID: tree.Class.ID}}, own.Roles)
	})
}

func TestRolesThatHaveEndedDoNotCount(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, now := b.Tree(), b.store.Now()
		past, future := now.Add(-time.Hour), now.Add(time.Hour)
		account := b.Account()
		grant := func(role model.Role, starts time.Time, ends, revoked *time.Time) {
			b.Insert(&model.Grant{ID: b.store.NewID(), AccountID: account.AccountID, Role: role, UnitID: tree.School.ID, StartsAt: starts, EndsAt: ends, RevokedAt: revoked, CreatedAt: now})
		}
		grant(model.RoleManager, past, &past, nil)
		grant(model.RoleTeacher, past, nil, &past)
		grant(model.RoleDuty, future, nil, nil)
		left := b.Pupil(tree.Class)
		b.Bind(account, left)
		b.Set(left, "departed_at", past)
		require.Empty(b.t, b.actor(b.login(account)).Roles)
	})
}

func TestAuthenticateRefusesMalformedAndUnknownTokensAlike(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		good := b.login(b.Account())
		unknown, _ := newToken()
		for _, token := range []string{"", "xy_", unknown, good[3:], "xy_" + good, good + "A", "XY_" + good[3:], good[:45] + "!", good[:45]} {
			b.refused(token)
		}
		b.actor(good)
	})
}

// The clock is ours: a token ends to the millisecond also where Redis knows it.
func TestATokenEndsOnItsTime(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	b := setup(t, storetest.SQLite(t, storetest.WithClock(clock.Now)), storetest.InProcessRedis(t))
	token := b.login(b.Account())
	b.actor(token)
	clock.Advance(tokenLife - time.Millisecond)
	b.actor(token)
	clock.Advance(time.Millisecond)
	b.refused(token)
}

func TestARenewedTokenLivesOnForAMinute(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	b := setup(t, storetest.SQLite(t, storetest.WithClock(clock.Now)), storetest.InProcessRedis(t))
	old := b.login(b.Account())
	actor := b.actor(old)
	fresh, err := b.Renew(t.Context(), actor)
	require.NoError(t, err)
	again, err := b.Renew(t.Context(), actor)
	require.NoError(t, err, "the first answer may be lost")
	clock.Advance(renewGrace - time.Millisecond)
	b.actor(old)
	clock.Advance(time.Millisecond)
	b.refused(old)
	b.actor(fresh.Token)
	b.actor(again.Token)
	_, err = b.Renew(t.Context(), actor)
	require.ErrorIs(t, err, ErrTokenInvalid)
}

func TestALogoutEndsTheFormerTokenOfARenewedLogin(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		actor := b.Account()
		tablet, old := b.login(actor), b.login(actor)
		actor = b.actor(old)
		fresh, err := b.Renew(b.t.Context(), actor)
		require.NoError(b.t, err)
		require.NoError(b.t, b.Logout(b.t.Context(), b.actor(fresh.Token)))
		b.refused(fresh.Token)
		b.refused(old)
		_, err = b.Renew(b.t.Context(), actor)
		require.ErrorIs(b.t, err, ErrTokenInvalid)
		b.actor(tablet)
	})
}

// A token can be renewed by many at once: by calls of one phone, and by a thief
// who has it too. The login stays one, and its end is the end of them all.
func TestALoginEndsWithAllThatItWasRenewedTo(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		account := b.Account()
		tablet, first := b.login(account), b.login(account)
		actor := b.actor(first)
		tokens := make([]string, maxTokens-2)
		var wg sync.WaitGroup
		for i := range tokens {
			wg.Go(func() {
				fresh, err := b.Renew(b.t.Context(), actor)
				if err != nil {
					b.t.Error(err)
					return
				}
				tokens[i] = fresh.Token
			})
		}
		wg.Wait()
		again, err := b.Renew(b.t.Context(), b.actor(tokens[7]))
		require.NoError(b.t, err)
		logins, err := b.Logins(b.t.Context(), b.actor(tokens[0]))
		require.NoError(b.t, err)
		require.Len(b.t, logins, 2, "a phone is one line")
		require.True(b.t, logins[0].Current)
		require.False(b.t, logins[1].Current)
		require.NoError(b.t, b.Logout(b.t.Context(), b.actor(tokens[0])))
		for _, token := range append(tokens, first, again.Token) {
			b.refused(token)
		}
		b.actor(tablet)
		require.ErrorIs(b.t, b.EndLogin(b.t.Context(), b.actor(tablet), logins[0].ID), model.NotFound("token"))
	})
}

// Whoever renews while the login ends has a token of an ended login, or none.
func TestARenewalThatRacesWithALogoutDoesNotOutliveIt(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for range 20 {
			actor := b.actor(b.login(b.Account()))
			var mu sync.Mutex
			var renewed []string
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					if i == 4 {
						if err := b.Logout(b.t.Context(), actor); err != nil {
							b.t.Error(err)
						}
						return
					}
					fresh, err := b.Renew(b.t.Context(), actor)
					if err == nil {
						mu.Lock()
						renewed = append(renewed, fresh.Token)
						mu.Unlock()
					} else if !errors.Is(err, ErrTokenInvalid) {
						b.t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, token := range renewed {
				b.refused(token)
			}
		}
	})
}

// A renewal that began before the login ended can add a token whose id is lower
// than the renewed one's: replicas' clocks differ. The end must see it all the same.
func TestTheEndOfALoginWaitsForARenewalUnderWay(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		lower := b.store.NewID()
		first := b.login(b.Account())
		actor := b.actor(first)
		ended := make(chan error, 1)
		require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
			var old model.LoginToken
			if err := b.store.ForUpdate(tx).Take(&old, "id = ?", actor.TokenID).Error; err != nil {
				return err
			}
			go func() { ended <- b.Logout(b.t.Context(), actor) }()
			time.Sleep(100 * time.Millisecond) // until it waits for the row
			return tx.Create(&model.LoginToken{ID: lower, AccountID: actor.AccountID, LoginID: old.Login(), TokenHash: make([]byte, 32),
				CreatedAt: b.store.Now(), ExpiresAt: b.store.Now().Add(time.Hour)}).Error
		}))
		require.NoError(b.t, <-ended)
		var added model.LoginToken
		require.NoError(b.t, b.store.Read(b.t.Context()).Take(&added, "id = ?", lower).Error)
		require.NotNil(b.t, added.RevokedAt)
	})
}

func TestADisabledAccountIsShutOutAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		actor := b.Account()
		phone, tablet := b.login(actor), b.login(actor)
		b.actor(phone)
		b.actor(tablet)
		b.disable(actor.AccountID)
		b.refused(phone)
		b.refused(tablet)
		_, err := b.Login(b.t.Context(), LoginIn{Code: b.wechat.IssueCode("o" + actor.AccountID.String())})
		require.ErrorIs(b.t, err, errAccountDisabled)
	})
}

// A look-up that read SQL before a change must not put what it read into
// Redis after it: the tombstone stands there.
func TestALookUpUnderWayDoesNotUndoAChange(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		actor := b.Account()
		token := b.login(actor)
		hash, ok := parseToken(token)
		require.True(b.t, ok)
		before, err := b.loadTokens(b.t.Context(), []tokenHash{hash})
		require.NoError(b.t, err)
		require.Len(b.t, before, 1)

		require.NoError(b.t, b.Logout(b.t.Context(), before[hash].Actor))
		b.storeCached(b.t.Context(), before, map[tokenHash]bool{hash: true})
		b.refused(token)
		b.refused(token)
	})
}

// Many look-ups race with a change; whoever asks after it must see it.
func TestAfterAChangeNobodySeesTheFormerRoles(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for range 20 {
			actor := b.Account()
			token := b.login(actor)
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { _, _ = b.Authenticate(context.Background(), token) })
			}
			b.disable(actor.AccountID)
			for range 10 {
				wg.Go(func() {
					_, err := b.Authenticate(context.Background(), token)
					if err == nil {
						b.t.Error("a disabled account was let in")
					}
				})
			}
			wg.Wait()
		}
	})
}

// Many phones of one person log in for the first time at once.
func TestFirstLoginsThatRaceMakeOneAccount(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		const phones = 90 // WeChat itself allows 100 a minute
		ids := make([]model.ID, phones)
		var wg sync.WaitGroup
		for i := range phones {
			code := b.wechat.IssueCode("o-racer")
			wg.Go(func() {
				session, err := b.Login(context.Background(), LoginIn{Code: code})
				if err != nil {
					b.t.Error(err)
					return
				}
				ids[i] = session.Account.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			require.Equal(b.t, ids[0], id)
		}
	})
}

func TestALoginHasFewTokensAtATime(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	b := setup(t, storetest.SQLite(t, storetest.WithClock(clock.Now)), storetest.InProcessRedis(t))
	account := b.Account()
	actor := b.actor(b.login(account))
	var last Session
	for range maxTokens - 1 {
		var err error
		last, err = b.Renew(t.Context(), actor)
		require.NoError(t, err)
	}
	_, err := b.Renew(t.Context(), b.actor(last.Token))
	storetest.Refused(t, err, "token_renewed_too_often")
	b.actor(b.login(account)) // another phone is not concerned
	live, err := b.Logins(t.Context(), actor)
	require.NoError(t, err)
	require.Len(t, live, 2)
}

func TestALoginEndsSomeDayHoweverOftenItIsRenewed(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	b := setup(t, storetest.SQLite(t, storetest.WithClock(clock.Now)), storetest.InProcessRedis(t))
	token := b.login(b.Account())
	began := clock.Now()
	for clock.Now().Sub(began) < loginLife-25*24*time.Hour {
		clock.Advance(24 * time.Hour)
		fresh, err := b.Renew(t.Context(), b.actor(token))
		require.NoError(t, err)
		require.LessOrEqual(t, fresh.ExpiresAt.Sub(began), loginLife)
		token = fresh.Token
	}
	clock.Advance(25*24*time.Hour - time.Millisecond)
	b.actor(token)
	clock.Advance(time.Millisecond)
	b.refused(token)
}

func TestWhatRedisHoldsIsNeitherTokenNorSecret(t *testing.T) {
	t.Parallel()
	c := storetest.InProcessRedis(t)
	b := setup(t, storetest.SQLite(t), c)
	token := b.login(b.Account())
	b.actor(token)
	hash, _ := parseToken(token)
	value, err := c.Client().Get(t.Context(), hash.redisKey()).Result()
	require.NoError(t, err)
	_, ok := b.decodeCached(hash, []byte(value))
	require.True(t, ok)
	keys, err := c.Client().Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	for _, text := range append(keys, value) {
		require.NotContains(t, text, token)
	}
	ttl, err := c.Client().PTTL(t.Context(), hash.redisKey()).Result()
	require.NoError(t, err)
	require.Positive(t, ttl)
	require.LessOrEqual(t, ttl, cacheTTL)
}

// Whoever can write to Redis gets nothing by it: what is not ours, not of this
// token or not fresh is read from SQL.
func TestRedisIsNotBelieved(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		school := b.Tree().School.ID
		manager, stranger := b.Account(model.RoleAt{Role: model.RoleManager, UnitID: school}), b.Account()
		hashOf := func(token string) tokenHash {
			hash, ok := parseToken(token)
			require.True(b.t, ok)
			return hash
		}
		token := b.login(stranger)
		hash := hashOf(token)
		rdb := b.cache.Client()
		put := func(value []byte) { require.NoError(b.t, rdb.Set(b.t.Context(), hash.redisKey(), value, 0).Err()) }
		forged, err := json.Marshal(authorization{Actor: model.Actor{AccountID: manager.AccountID, Roles: manager.Roles},
			ExpiresAt: b.store.Now().Add(time.Hour).UnixMilli(), ReadAt: b.store.Now().UnixMilli()})
		require.NoError(b.t, err)

		managers := b.login(manager)
		b.actor(managers)
		swapped, err := rdb.Get(b.t.Context(), hashOf(managers).redisKey()).Bytes()
		require.NoError(b.t, err)
		replayed, err := b.encodeCached(hash, authorization{Actor: model.Actor{AccountID: stranger.AccountID, Roles: manager.Roles},
			ExpiresAt: b.store.Now().Add(time.Hour).UnixMilli(), ReadAt: b.store.Now().Add(-cacheTTL).UnixMilli()})
		require.NoError(b.t, err)
		for name, value := range map[string][]byte{
			"nothing": {}, "no JSON": []byte("{"), "a MAC alone": make([]byte, vault.HashSize),
			"JSON without a MAC":      forged,
			"JSON with a made-up MAC": append(make([]byte, vault.HashSize), forged...),
			"another account's":       swapped,
			"an old one of its own":   replayed,
		} {
			put(value)
			got := b.actor(token)
			require.Equal(b.t, stranger.AccountID, got.AccountID, name)
			require.Empty(b.t, got.Roles, name)
		}

		require.NoError(b.t, b.Logout(b.t.Context(), b.actor(managers)))
		require.NoError(b.t, rdb.Set(b.t.Context(), hashOf(managers).redisKey(), append(make([]byte, vault.HashSize), forged...), 0).Err())
		b.refused(managers)
	})
}

// Redis is stopped for real: everything works, slower, and what changes
// meanwhile shows for no longer than an entry lives.
func TestTokensWorkWithoutRedis(t *testing.T) {
	t.Parallel()
	server, err := testserver.StartRedis(t.Context(), testserver.RedisOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	c, err := cache.Open(server.URL(0))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	b := setup(t, storetest.SQLite(t), c)
	actor := b.Account()
	token := b.login(actor)
	b.actor(token)
	require.NoError(t, server.Kill())
	b.actor(token)
	b.disable(actor.AccountID)
	b.refused(token)
	other := b.Account()
	b.actor(b.login(other))
	require.ErrorIs(t, c.Do(t.Context(), func(context.Context, redis.UniversalClient) error { return nil }), cache.ErrDown)
}
