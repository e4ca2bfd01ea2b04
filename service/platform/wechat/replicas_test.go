package wechat_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"xinyu/service/platform/testserver"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve is the address of a server that handler answers.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// counting counts the calls of one path, and keeps the tokens seen.
type counting struct {
	*emulator.Emulator
	tokens atomic.Int32
	seen   sync.Map
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "token") {
		c.tokens.Add(1)
	}
	if token := r.URL.Query().Get("access_token"); token != "" {
		c.seen.Store(token, true)
	}
	c.Emulator.ServeHTTP(w, r)
}

// fleet is five replicas before one WeChat and one real Redis.
func fleet(t *testing.T) (*counting, []*wechat.Client, *testserver.Redis, *redis.Client) {
	t.Helper()
	server, err := testserver.StartRedis(t.Context(), testserver.RedisOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	world := &counting{Emulator: emulator.New(emulator.Options{AppID: appID, Secret: secret})}
	address := serve(t, world)
	world.Accept(reminder.OpenID, reminder.TemplateID, 1_000_000)
	replicas := make([]*wechat.Client, 5)
	for i := range replicas {
		// Each replica has its own connections, as processes have.
		own := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
		t.Cleanup(func() { _ = own.Close() })
		replicas[i] = wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: address, Redis: own})
		t.Cleanup(replicas[i].Close)
	}
	return world, replicas, server, rdb
}

// sendAll sends n messages from each replica at once.
func sendAll(t *testing.T, replicas []*wechat.Client, n int) {
	t.Helper()
	var all sync.WaitGroup
	for _, replica := range replicas {
		for range n {
			all.Go(func() {
				if err := replica.SendSubscribe(context.Background(), reminder); err != nil {
					t.Errorf("a message was lost: %v", err)
				}
			})
		}
	}
	all.Wait()
}

func TestFiveReplicasShareOneTokenThroughAllTroubles(t *testing.T) {
	world, replicas, server, rdb := fleet(t)
	sendAll(t, replicas, 20)
	require.EqualValues(t, 1, world.tokens.Load(), "one token is fetched")

	require.NoError(t, rdb.FlushAll(t.Context()).Err())
	sendAll(t, replicas, 20)
	require.EqualValues(t, 2, world.tokens.Load(), "one more after the flush")

	world.RevokeToken()
	sendAll(t, replicas, 20)
	require.EqualValues(t, 3, world.tokens.Load(), "one more for all after the token was revoked")
	require.Len(t, world.Sent(), 300)

	require.NoError(t, server.Kill())
	sendAll(t, replicas, 5)
	require.LessOrEqual(t, world.tokens.Load(), int32(8), "without Redis each replica asks once at the most")
	require.NoError(t, server.Start(context.Background()))
	sendAll(t, replicas, 5)
	require.Len(t, world.Sent(), 350)
	require.LessOrEqual(t, world.tokens.Load(), int32(9), "and all share again once it is back")
}

func TestADeadReplicasLockDoesNotHoldTheOthersUp(t *testing.T) {
	t.Parallel()
	world, replicas, _, rdb := fleet(t)
	sendAll(t, replicas[:1], 1)
	keys, err := rdb.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.NoError(t, rdb.Del(t.Context(), keys[0]).Err())
	require.NoError(t, rdb.Set(t.Context(), keys[0]+":lock", "of a dead one", 2*time.Second).Err())
	began := time.Now()
	sendAll(t, replicas, 1)
	require.Less(t, time.Since(began), 5*time.Second)
	require.LessOrEqual(t, world.tokens.Load(), int32(2))
	left, err := rdb.TTL(t.Context(), keys[0]).Result()
	require.NoError(t, err)
	require.Greater(t, left, time.Hour)
	require.LessOrEqual(t, left, 115*time.Minute, "never kept to its very end")
}

func TestADeadWeChatCostsCallersNothing(t *testing.T) {
	world := &counting{Emulator: emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})}
	const timeout, rest = 100 * time.Millisecond, 400 * time.Millisecond
	c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: serve(t, world), Timeout: timeout, Rest: rest})
	t.Cleanup(c.Close)
	world.Accept(reminder.OpenID, reminder.TemplateID, 10)
	require.NoError(t, c.SendSubscribe(t.Context(), reminder))

	world.SetMode(emulator.ModeSlow(time.Minute))
	for range 5 {
		require.Error(t, c.SendSubscribe(t.Context(), reminder))
		_, err := c.Login(t.Context(), "demo-parent")
		requireError(t, err, unavailable, "demo-parent")
	}
	began := time.Now()
	for range 100 {
		err := c.SendSubscribe(t.Context(), reminder)
		require.True(t, wechat.NotSent(err), "%v", err)
		_, err = c.Login(t.Context(), "demo-parent")
		requireError(t, err, unavailable, "demo-parent")
	}
	require.Less(t, time.Since(began), timeout, "all are turned away at once")

	time.Sleep(rest + 50*time.Millisecond)
	began = time.Now()
	require.False(t, wechat.NotSent(c.SendSubscribe(t.Context(), reminder)), "one tries")
	require.GreaterOrEqual(t, time.Since(began), timeout)
	require.True(t, wechat.NotSent(c.SendSubscribe(t.Context(), reminder)), "and it is shut again")

	world.SetMode(emulator.ModeUp)
	require.Eventually(t, func() bool { return c.SendSubscribe(t.Context(), reminder) == nil }, 10*rest, rest/4)
	_, err := c.Login(t.Context(), "demo-parent")
	require.NoError(t, err)
	require.NoError(t, c.SendSubscribe(t.Context(), reminder))
}

func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	was := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(was) })
	world := &counting{Emulator: emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})}
	c := newClient(t, serve(t, world), 100*time.Millisecond)
	calls := everyCall(t, c)
	calls["subscribe"] = func() error { return c.SendSubscribe(t.Context(), reminder) }
	calls["login"] = func() error { _, err := c.Login(t.Context(), "demo-parent"); return err }
	for _, mode := range []emulator.Mode{emulator.ModeUp, emulator.ModeDown, emulator.ModeBusy, emulator.ModeSlow(time.Second),
		emulator.ModeError(40001, "access_token invalid"), emulator.ModeError(40125, secret)} {
		world.SetMode(mode)
		for name, call := range calls {
			slog.Info("called", "call", name, "client", c, "err", call())
		}
	}
	require.Contains(t, log.String(), "called")
	hidden := []string{secret, "oPerson", reminder.OpenID, "demo-parent", "13800001234", "心里话", "您有一条待办"}
	world.seen.Range(func(token, _ any) bool { hidden = append(hidden, token.(string)); return true })
	require.Greater(t, len(hidden), 7)
	for _, text := range hidden {
		require.NotContains(t, log.String(), text)
	}
}
