package wechat

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

func newSource(rdb redis.UniversalClient) *tokenSource { return &tokenSource{rdb: rdb, key: "k"} }

func TestATokenIsKeptForItsTime(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	one, other := newSource(rdb), newSource(rdb)
	shared := func() string { token, _ := other.shared(t.Context()); return token }

	require.Empty(t, one.local(""))
	require.Empty(t, shared())
	one.keep(t.Context(), "v", time.Minute)
	require.Equal(t, "v", one.local(""))
	require.Equal(t, "v", shared(), "another replica finds it")
	require.Equal(t, time.Minute, server.TTL("k"))

	server.FastForward(time.Minute)
	require.Empty(t, shared(), "what has expired in Redis has expired")

	one.keep(t.Context(), "v", time.Minute)
	require.Empty(t, one.local("v"), "what WeChat refused is dropped")
	require.Empty(t, one.local(""))

	require.NoError(t, rdb.Set(t.Context(), "k", "for ever", 0).Err())
	_, lasts := other.shared(t.Context())
	require.LessOrEqual(t, lasts, time.Duration(0), "a token without an end is not taken")
}

func TestATokenIsNeverKeptWithoutALifetime(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	for _, source := range []*tokenSource{newSource(rdb), newSource(nil)} {
		for _, lifetime := range []time.Duration{0, -time.Nanosecond, -300 * time.Second, redis.KeepTTL} {
			source.keep(t.Context(), "old", time.Minute)
			source.keep(t.Context(), "new", lifetime)
			require.Empty(t, source.local(""))
			require.False(t, server.Exists("k"))
		}
	}
}

func TestATokenWithoutRedisServesThisProcess(t *testing.T) {
	t.Parallel()
	server, rdb := newRedis(t)
	for name, source := range map[string]*tokenSource{"none": newSource(nil), "stopped": newSource(rdb)} {
		server.Close()
		require.Empty(t, source.local(""), name)
		source.keep(t.Context(), "v", time.Minute)
		require.Equal(t, "v", source.local(""), name)
		source.keep(t.Context(), "short", time.Millisecond)
		require.Eventually(t, func() bool { return source.local("") == "" }, 5*time.Second, time.Millisecond, name)
		require.True(t, source.mayForce(t.Context()), name)
		require.False(t, source.mayForce(t.Context()), name)
	}
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

func TestForcedTokensKeepWithinWeChatsDay(t *testing.T) {
	t.Parallel()
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		server, rdb := newRedis(t)
		replicas, forced := []*tokenSource{newSource(rdb), newSource(rdb)}, 0
		for i := range 2 * forcesADay {
			if replicas[i%2].mayForce(t.Context()) {
				forced++
			}
			require.False(t, replicas[(i+1)%2].mayForce(t.Context()), "too soon after the last")
			server.FastForward(forceEvery)
		}
		require.Equal(t, forcesADay, forced)
	})
	t.Run("without redis", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			source, forced := newSource(nil), 0
			for range 2 * 24 * 12 { // two days
				if source.mayForce(t.Context()) {
					forced++
				}
				require.False(t, source.mayForce(t.Context()), "too soon after the last")
				time.Sleep(forceEvery)
			}
			require.Equal(t, 2*forcesADay, forced)
		})
	})
}
