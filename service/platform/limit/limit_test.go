package limit_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"xinyu/service/platform/cache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/testserver"
)

// slowly gives back nothing within a test.
var slowly = limit.Rate{Count: 5, Period: time.Hour}

// client is of the Redis at the address.
func client(t *testing.T, addr string) *cache.Cache {
	t.Helper()
	c, err := cache.Open("redis://" + addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// each runs the test wherever tries are counted.
func each(t *testing.T, test func(t *testing.T, l *limit.Limiter)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T) *cache.Cache{
		"miniredis":    func(t *testing.T) *cache.Cache { return storetest.InProcessRedis(t) },
		"redis-server": func(t *testing.T) *cache.Cache { return storetest.Redis(t) },
		"no redis":     func(t *testing.T) *cache.Cache { return client(t, "127.0.0.1:1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, limit.New(open(t)))
		})
	}
}

func TestParallelGuessesGetNoMorePermitsThanTheRate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, l *limit.Limiter) {
		var allowed atomic.Int32
		storetest.Contend(100, func(int) error {
			_, wait, ok := l.Take(context.Background(), "bind:1", slowly)
			if ok {
				allowed.Add(1)
			} else if wait <= 0 || wait > slowly.Period {
				t.Errorf("refused for %v", wait)
			}
			return nil
		})
		require.EqualValues(t, slowly.Count, allowed.Load())

		_, _, ok := l.Take(t.Context(), "bind:2", slowly)
		require.True(t, ok, "another key is not held up")
	})
}

func TestOnlyFailuresCountWhereSuccessGivesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, l *limit.Limiter) {
		right := func() {
			t.Helper()
			permit, _, ok := l.Take(t.Context(), "k", slowly)
			require.True(t, ok)
			permit.GiveBack(t.Context())
		}
		wrong := func() bool {
			_, _, ok := l.Take(t.Context(), "k", slowly)
			return ok
		}
		for range 20 {
			right()
		}
		for i := range slowly.Count {
			require.True(t, wrong(), "failure %d: the right guesses before it cost nothing", i+1)
			if i < slowly.Count-1 {
				right() // and they do not forgive the failures
			}
		}
		require.False(t, wrong())
		limit.Permit{}.GiveBack(t.Context())
		require.False(t, wrong())
	})
}

func TestGivingBackUnderContentionNeverAddsPermits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, l *limit.Limiter) {
		var kept atomic.Int32
		storetest.Contend(100, func(i int) error {
			permit, _, ok := l.Take(context.Background(), "k", slowly)
			if ok && i%2 == 0 {
				permit.GiveBack(context.Background())
			} else if ok {
				kept.Add(1)
			}
			return nil
		})
		for range slowly.Count {
			if _, _, ok := l.Take(t.Context(), "k", slowly); ok {
				kept.Add(1)
			}
		}
		require.EqualValues(t, slowly.Count, kept.Load())
	})
}

func TestGivingBackKeepsTheOtherFailuresForTheirTime(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	l := limit.New(client(t, server.Addr()))
	_, _, ok := l.Take(t.Context(), "k", slowly)
	require.True(t, ok)
	permit, _, ok := l.Take(t.Context(), "k", slowly)
	require.True(t, ok)
	before := server.TTL("rate:k")
	permit.GiveBack(t.Context())
	require.Equal(t, before, server.TTL("rate:k"))
	require.Greater(t, before, slowly.Period/10)
}

func TestTriesComeBackOneByOne(t *testing.T) {
	t.Parallel()
	rate := limit.Rate{Count: 2, Period: 4 * time.Second}
	each(t, func(t *testing.T, l *limit.Limiter) {
		take := func() (time.Duration, bool) {
			_, wait, ok := l.Take(t.Context(), "k", rate)
			return wait, ok
		}
		_, first := take()
		_, second := take()
		wait, third := take()
		require.Equal(t, []bool{true, true, false}, []bool{first, second, third})
		require.Positive(t, wait)
		require.LessOrEqual(t, wait, rate.Period/2)
		// Redis counted each try a round trip later than the process did,
		// so it may name a little more when the process's time is up.
		time.Sleep(wait)
		wait, ok := take()
		for more := 0; !ok && more < 3; more++ {
			require.Less(t, wait, rate.Period/8)
			time.Sleep(wait)
			wait, ok = take()
		}
		require.True(t, ok, "after the time that was named")
	})
}

func TestRedisGoneAndBack(t *testing.T) {
	t.Parallel()
	server, err := testserver.StartRedis(t.Context(), testserver.RedisOptions{}) // of the test's own, which it kills
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	l := limit.New(client(t, server.Addr()))
	take := func() bool {
		_, _, ok := l.Take(t.Context(), "k", slowly)
		return ok
	}
	permit, _, ok := l.Take(t.Context(), "k", slowly)
	require.True(t, ok)
	require.NoError(t, server.Kill())
	allowed := 0
	for range 100 {
		if take() {
			allowed++
		}
	}
	require.Equal(t, slowly.Count-1, allowed, "the tries made before count on")
	permit.GiveBack(t.Context())
	require.True(t, take(), "given back in the process, though Redis did not hear of it")
	require.False(t, take())
}

func TestRedisIsAskedAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	l := limit.New(client(t, server.Addr()))
	server.SetError("LOADING")
	_, _, ok := l.Take(t.Context(), "k", slowly)
	require.True(t, ok)
	require.Empty(t, server.Keys())
	server.SetError("")
	require.Eventually(t, func() bool {
		l.Take(t.Context(), "other", limit.Rate{Count: 1000, Period: time.Hour})
		return server.Exists("rate:other")
	}, 5*time.Second, 100*time.Millisecond)
}

func TestARedisThatHangsDelaysOneGuessNotEach(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel and never replies
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	l := limit.New(client(t, listener.Addr().String()))
	started := time.Now()
	allowed := 0
	for range 50 {
		if _, _, ok := l.Take(t.Context(), "k", slowly); ok {
			allowed++
		}
	}
	require.Equal(t, slowly.Count, allowed)
	require.Less(t, time.Since(started), 2*time.Second)
}

func TestACancelledCallSpendsItsTry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, l *limit.Limiter) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		allowed := 0
		for i := range 20 {
			ctx := gone
			if i%2 == 0 {
				ctx = t.Context()
			}
			if _, _, ok := l.Take(ctx, "k", slowly); ok {
				allowed++
			}
		}
		require.Equal(t, slowly.Count, allowed)
	})
}

func TestARateThatIsNotPositiveAllowsNothing(t *testing.T) {
	t.Parallel()
	l := limit.New(client(t, miniredis.RunT(t).Addr()))
	for _, rate := range []limit.Rate{{}, {Count: 5}, {Period: time.Hour}, {Count: -1, Period: time.Hour}, {Count: 1, Period: -time.Hour}} {
		_, _, ok := l.Take(t.Context(), "k", rate)
		require.False(t, ok, "%+v", rate)
	}
}

// Whatever stands in Redis, nobody is shut out for longer than the period, and
// nobody guesses more often than this process counts.
func TestRedisIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *cache.Cache{"miniredis": storetest.InProcessRedis, "redis-server": storetest.Redis} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			for value, put := range map[string]func(key string) error{
				"text":       func(key string) error { return c.Client().Set(t.Context(), key, "soon", 0).Err() },
				"nothing":    func(key string) error { return c.Client().Set(t.Context(), key, "", 0).Err() },
				"no number":  func(key string) error { return c.Client().Set(t.Context(), key, "nan", 0).Err() },
				"never":      func(key string) error { return c.Client().Set(t.Context(), key, "1e18", 0).Err() },
				"for ever":   func(key string) error { return c.Client().Set(t.Context(), key, "inf", 0).Err() },
				"long ago":   func(key string) error { return c.Client().Set(t.Context(), key, "-1e300", 0).Err() },
				"other kind": func(key string) error { return c.Client().HSet(t.Context(), key, "a", "1").Err() },
			} {
				l, allowed := limit.New(c), 0
				for range 2 * slowly.Count {
					key := "bind:" + value
					require.NoError(t, c.Client().Del(t.Context(), "rate:"+key).Err())
					require.NoError(t, put("rate:"+key))
					if _, wait, ok := l.Take(t.Context(), key, slowly); ok {
						allowed++
					} else {
						require.Positive(t, wait, value)
						require.LessOrEqual(t, wait, slowly.Period, value)
					}
				}
				require.Equal(t, slowly.Count, allowed, value)
			}
		})
	}
}
