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

// world is a database and a real Redis in which holders of tokens stand.
type world struct {
	*storetest.Fixture
	t     *testing.T
	st    *store.Store
	cache *cache.Cache
	*Cache
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		c := storetest.Redis(t)
		test(&world{Fixture: storetest.NewFixture(t, st), t: t, st: st, cache: c, Cache: New(st, c)})
	})
}

// token adds a login of the account whose holder Redis knows, and answers its key there.
func (w *world) token(account model.ID, life time.Duration, revoked bool) string {
	w.t.Helper()
	id, now := w.st.NewID(), w.st.Now()
	hash := sha256.Sum256([]byte(id.String()))
	row := &model.LoginToken{ID: id, AccountID: account, TokenHash: hash[:], CreatedAt: now, ExpiresAt: now.Add(life)}
	if revoked {
		row.RevokedAt = &now
	}
	w.Insert(row)
	require.NoError(w.t, w.cache.Client().Set(w.t.Context(), Key(hash[:]), "{}", time.Minute).Err())
	return Key(hash[:])
}

// forgotten reports whether the key's holder has made way for the tombstone.
func (w *world) forgotten(key string) bool {
	w.t.Helper()
	value, err := w.cache.Client().Get(w.t.Context(), key).Result()
	require.NoError(w.t, err)
	return value == Tombstone
}

func TestEveryLiveTokenOfTheAccountsIsForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		one, two, other := w.Account().AccountID, w.Account().AccountID, w.Account().AccountID
		gone := []string{w.token(one, time.Hour, false), w.token(one, time.Hour, false), w.token(one, time.Hour, true), w.token(two, time.Hour, false)}
		stays := []string{w.token(other, time.Hour, false), w.token(one, -time.Minute, false)}
		ended, cancel := context.WithCancel(w.t.Context())
		cancel() // the phone has hung up after the commit
		w.Forget(ended, one, two)
		for _, key := range gone {
			require.True(w.t, w.forgotten(key))
			ttl, err := w.cache.Client().PTTL(w.t.Context(), key).Result()
			require.NoError(w.t, err)
			require.Greater(w.t, ttl, LookupTimeout, "it outlasts a look-up that began before")
		}
		for _, key := range stays {
			require.False(w.t, w.forgotten(key))
		}
		w.Forget(w.t.Context())
	})
}

func TestTheFamiliesOfPupilsAreForgotten(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		class := w.Tree().Class
		pupils := make([]model.ID, chunk+20) // more than one statement takes
		var gone []string
		for i := range pupils {
			pupil := w.Pupil(class)
			pupils[i] = pupil.ID
			if i%100 == 0 {
				gone = append(gone, w.token(w.Guardian(pupil).AccountID, time.Hour, false), w.token(w.Guardian(pupil).AccountID, time.Hour, false), w.token(w.PupilAccount(pupil).AccountID, time.Hour, false))
			}
		}
		stays := w.token(w.Guardian(w.Pupil(class)).AccountID, time.Hour, false)
		w.ForgetFamilies(w.t.Context(), pupils)
		for _, key := range gone {
			require.True(w.t, w.forgotten(key))
		}
		require.False(w.t, w.forgotten(stays))
	})
}
