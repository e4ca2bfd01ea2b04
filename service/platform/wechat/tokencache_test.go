package wechat

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/util"
	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat/emulator"
)

func newRedis(t *testing.T) (*miniredis.Miniredis, *redis.Client) {
	t.Helper()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	return server, rdb
}

func TestTokenCacheKeepsAStringForItsTime(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	one, other := newTokenCache(rdb), newTokenCache(rdb)

	require.Nil(t, one.Get("k"))
	require.False(t, one.IsExist("k"))
	require.NoError(t, one.Set("k", "v", time.Minute))
	require.Equal(t, "v", other.Get("k"), "another replica finds it")
	require.True(t, other.IsExist("k"))
	require.Equal(t, time.Minute, server.TTL("k"))

	server.FastForward(time.Minute)
	require.Nil(t, one.Get("k"), "what has expired in Redis has expired")

	require.NoError(t, one.Set("k", "v", time.Minute))
	require.NoError(t, other.Delete("k"))
	require.Nil(t, one.Get("k"), "what another replica dropped is gone")

	require.Error(t, one.Set("k", 7, time.Minute))
}

func TestTokenCacheNeverKeepsWithoutALifetime(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	for _, cache := range []*tokenCache{newTokenCache(rdb), newTokenCache(nil)} {
		for _, lifetime := range []time.Duration{0, -time.Nanosecond, -300 * time.Second, redis.KeepTTL} {
			require.NoError(t, cache.Set("k", "old", time.Minute))
			require.NoError(t, cache.Set("k", "new", lifetime))
			require.Nil(t, cache.Get("k"))
			require.False(t, server.Exists("k"))
		}
	}
}

func TestTokenCacheWithoutRedisServesThisProcess(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	for name, cache := range map[string]*tokenCache{"none": newTokenCache(nil), "stopped": newTokenCache(rdb)} {
		server.Close()
		require.Nil(t, cache.Get("k"), name)
		require.NoError(t, cache.Set("k", "v", time.Minute), name)
		require.Equal(t, "v", cache.Get("k"), name)
		require.NoError(t, cache.Set("short", "v", time.Millisecond), name)
		require.Eventually(t, func() bool { return cache.Get("short") == nil }, 5*time.Second, time.Millisecond, name)
	}
	require.NoError(t, newTokenCache(nil).Delete("k"))
	require.Error(t, newTokenCache(rdb).Delete("k"), "a token that is still there for others")
}

// tokenServer counts the calls for tokens.
func tokenServer(t *testing.T, handler http.Handler) (address string, calls *atomic.Int32) {
	t.Helper()
	calls = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

func (c *Client) tokenForTest(t *testing.T) (string, error) {
	t.Helper()
	return c.tokens.get(t.Context(), "")
}

func TestReplicasShareOneStableToken(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	address, calls := tokenServer(t, emulator.New(emulator.Options{AppID: "wx1", Secret: "s1"}))
	replicas := make([]*Client, 5)
	for i := range replicas {
		replicas[i] = New(Config{AppID: "wx1", Secret: "s1", BaseURL: address, Redis: rdb})
		t.Cleanup(replicas[i].Close)
	}
	first, err := replicas[0].tokenForTest(t)
	require.NoError(t, err)
	require.NotEmpty(t, first)
	require.EqualValues(t, 1, calls.Load())

	var all sync.WaitGroup
	for _, replica := range replicas {
		for range 20 {
			all.Go(func() {
				if got, err := replica.tokenForTest(t); err != nil || got != first {
					t.Errorf("another token, %v", err)
				}
			})
		}
	}
	all.Wait()
	require.EqualValues(t, 1, calls.Load(), "the token comes from Redis")

	server.Close()
	again, err := replicas[0].tokenForTest(t)
	require.NoError(t, err)
	require.Equal(t, first, again)
	fresh, err := replicas[1].tokenForTest(t) // never kept it itself
	require.NoError(t, err)
	require.Equal(t, first, fresh, "a stable token asked for again is the same")
}

func TestATokenAboutToExpireIsNotKept(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	address, calls := tokenServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"access_token":"short","expires_in":300}`))
	}))
	c := New(Config{AppID: "wx1", Secret: "s1", BaseURL: address, Redis: rdb})
	t.Cleanup(c.Close)
	for i := range 3 {
		got, err := c.tokenForTest(t)
		require.NoError(t, err)
		require.Equal(t, "short", got)
		require.EqualValues(t, i+1, calls.Load())
	}
	require.Empty(t, server.Keys())
}

func TestALibraryCallWithoutAClientIsRefused(t *testing.T) {
	t.Parallel()
	_, err := util.HTTPGet("https://api.weixin.qq.com/")
	require.ErrorIs(t, err, errNoClient)
	require.Equal(t, errNoClient, safeCause(err))
}

func TestAnAPIErrorKeepsOnlyCodeAndRequestID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "wechat: errcode 40029, rid 6129ee10-272863a4-64d75414", newAPIError(40029, "invalid code s3cret, rid: 6129ee10-272863a4-64d75414").Error())
	require.Equal(t, "wechat: errcode -1", newAPIError(-1, "system error, rid: s3cret").Error())
}
