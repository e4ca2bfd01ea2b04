package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// Each runs the test on SQLite and on MariaDB, in parallel.
func Each(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Helper()
	each(t, func(t *testing.T, open opener, _ func(testing.TB) *cache.Cache) { test(t, open(t)) })
}

// EachAt is Each on a clock that begins at start and is set by hand.
func EachAt(t *testing.T, start time.Time, test func(t *testing.T, st *store.Store, clock *Clock)) {
	t.Helper()
	each(t, func(t *testing.T, open opener, _ func(testing.TB) *cache.Cache) {
		clock := NewClock(start)
		test(t, open(t, WithClock(clock.Now)), clock)
	})
}

// EachWithRedis is EachAt with a Redis: one inside the process beside SQLite, a
// real one beside MariaDB.
func EachWithRedis(t *testing.T, start time.Time, test func(t *testing.T, st *store.Store, c *cache.Cache, clock *Clock)) {
	t.Helper()
	each(t, func(t *testing.T, open opener, redis func(testing.TB) *cache.Cache) {
		clock := NewClock(start)
		test(t, open(t, WithClock(clock.Now)), redis(t), clock)
	})
}

type opener func(testing.TB, ...Option) *store.Store

func each(t *testing.T, test func(t *testing.T, open opener, redis func(testing.TB) *cache.Cache)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite, InProcessRedis)
	})
	t.Run("mariadb", func(t *testing.T) {
		t.Parallel()
		test(t, MariaDB, Redis)
	})
}

// Vault is a vault with keys of its own.
func Vault(t testing.TB) *vault.Vault {
	t.Helper()
	keyset, err := vault.Generate()
	require.NoError(t, err)
	v, err := vault.Open(keyset)
	require.NoError(t, err)
	return v
}

// Refused asserts that a call failed with the code, and returns its error.
func Refused(t testing.TB, err error, code string) model.Error {
	t.Helper()
	var e *model.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
	return *e
}
