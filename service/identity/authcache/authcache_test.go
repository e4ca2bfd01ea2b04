package authcache

import (
	"context"
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// bundle is a database and a real Redis that knows tokens.
type bundle struct {
	*storetest.Fixture
	t     *testing.T
	st    *store.Store
	cache *cache.Cache
	*Cache
}

func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		c := storetest.Redis(t)
		test(&bundle{Fixture: storetest.NewFixture(t, st), t: t, st: st, cache: c, Cache: New(st, c)})
	})
}

// token adds a login of the account that Redis knows, and returns its key there.
func (b *bundle) token(account model.ID, life time.Duration, revoked bool) string {
	b.t.Helper()
	id, now := b.st.NewID(), b.st.Now()
	hash := sha256.Sum256([]byte(id.String()))
	row := &model.LoginToken{ID: id, AccountID: account, TokenHash: hash[:], CreatedAt: now, ExpiresAt: now.Add(life)}
	if revoked {
		row.RevokedAt = &now
	}
	b.Insert(row)
	require.NoError(b.t, b.cache.Client().Set(b.t.Context(), Key(hash[:]), "{}", time.Minute).Err())
	return Key(hash[:])
}

// forgotten reports whether the tombstone stands in the place of the key's token.
func (b *bundle) forgotten(key string) bool {
	b.t.Helper()
	value, err := b.cache.Client().Get(b.t.Context(), key).Result()
	require.NoError(b.t, err)
	return value == Tombstone
}

func TestEveryLiveTokenOfTheAccountsIsForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		one, two, other := b.Account().AccountID, b.Account().AccountID, b.Account().AccountID
		gone := []string{b.token(one, time.Hour, false), b.token(one, time.Hour, false), b.token(one, time.Hour, true), b.token(two, time.Hour, false)}
		stays := []string{b.token(other, time.Hour, false), b.token(one, -time.Minute, false)}
		ended, cancel := context.WithCancel(b.t.Context())
		cancel() // the phone has hung up after the commit
		b.Forget(ended, one, two)
		for _, key := range gone {
			require.True(b.t, b.forgotten(key))
			ttl, err := b.cache.Client().PTTL(b.t.Context(), key).Result()
			require.NoError(b.t, err)
			require.Greater(b.t, ttl, LookupTimeout, "it outlasts a look-up that began before")
		}
		for _, key := range stays {
			require.False(b.t, b.forgotten(key))
		}
		b.Forget(b.t.Context())
	})
}

func TestTheFamiliesOfPupilsAreForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		class := b.Tree().Class
		pupils := make([]model.ID, chunk+20) // more than one statement takes
		var gone []string
		for i := range pupils {
			pupil := b.Pupil(class)
			pupils[i] = pupil.ID
			if i%100 == 0 {
				gone = append(gone, b.token(b.Guardian(pupil).AccountID, time.Hour, false), b.token(b.Guardian(pupil).AccountID, time.Hour, false), b.token(b.PupilAccount(pupil).AccountID, time.Hour, false))
			}
		}
		stays := b.token(b.Guardian(b.Pupil(class)).AccountID, time.Hour, false)
		b.ForgetFamilies(b.t.Context(), pupils)
		for _, key := range gone {
			require.True(b.t, b.forgotten(key))
		}
		require.False(b.t, b.forgotten(stays))
	})
}
