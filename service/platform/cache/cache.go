// Package cache opens Redis, or stands in for it inside the process. What is
// in it can be lost at any moment: SQL is the truth. A Redis that fails is
// not asked for a second at a time, so that its absence costs no waiting.
package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"xinyu/service/platform/backoff"
)

// ErrDown says that Redis failed within the last moments and was not asked.
var ErrDown = errors.New("redis is down")

// restPeriod is how long a Redis that failed is not asked, so that one that
// hangs delays a call now and then and not each.
const restPeriod = time.Second

// opTimeout bounds one round trip; a cache slower than that is no help.
const opTimeout = 300 * time.Millisecond

// quiet sends what go-redis would print on standard error (it may dial a Redis
// that is away many times a second) to the log, where it is usually passed over.
type quiet struct{}

func (quiet) Printf(ctx context.Context, format string, v ...any) {
	slog.DebugContext(ctx, "go-redis: "+fmt.Sprintf(format, v...))
}

func init() { redis.SetLogger(quiet{}) } // the library's process-wide setting

// Cache is a Redis that may be away.
type Cache struct {
	rdb       redis.UniversalClient
	restUntil atomic.Int64 // Unix nanoseconds
	name      string
	close     func()
}

// errURL doesn't wrap the parser's error, which may quote the password.
var errURL = errors.New("XINYU_REDIS_URL: want redis://:password@host:port/db or unix:///path/of/the.sock")

// parse reads the comma-separated URLs; several mean a cluster. It returns nil for none.
func parse(urls string) (opts *redis.UniversalOptions, err error) {
	if urls == "" {
		return nil, nil
	}
	for u := range strings.SplitSeq(urls, ",") {
		o, err := redis.ParseURL(strings.TrimSpace(u))
		if err != nil {
			return nil, errURL
		}
		if opts == nil {
			opts = &redis.UniversalOptions{DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig}
		}
		opts.Addrs = append(opts.Addrs, o.Addr)
	}
	return opts, nil
}

// CheckURLs refuses a Redis that anyone who reaches its port may use: without a
// password and at no unix socket. The first password is that of a whole cluster.
func CheckURLs(urls string) error {
	opts, err := parse(urls)
	if err != nil {
		return err
	}
	if opts != nil && opts.Password == "" && !strings.HasPrefix(opts.Addrs[0], "/") {
		return errURL
	}
	return nil
}

// Open connects to the comma-separated redis:// URLs (several mean a cluster)
// or, with none, starts a Redis inside the process. It does not wait for
// Redis to respond.
func Open(urls string) (*Cache, error) {
	opts, err := parse(urls)
	if err != nil {
		return nil, err
	}
	if opts == nil {
		return openInProcess()
	}
	opts.DialTimeout = opTimeout
	opts.ReadTimeout = opTimeout
	opts.WriteTimeout = opTimeout
	opts.PoolTimeout = opTimeout
	opts.MaxRetries = 1
	opts.DialerRetries = 1 // a Redis that refuses connections is away: trying on would use up opTimeout
	opts.ContextTimeoutEnabled = true
	name := "redis"
	if len(opts.Addrs) > 1 {
		name = "redis-cluster"
	}
	rdb := redis.NewUniversalClient(opts)
	return &Cache{rdb: rdb, name: name, close: func() {}}, nil
}

func openInProcess() (*Cache, error) {
	server, password := miniredis.NewMiniRedis(), rand.Text()
	server.RequireAuth(password) // it listens on loopback, where other programs are too
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start in-process redis: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var ticking sync.WaitGroup
	ticking.Go(func() { // miniredis expires keys only when told that time has passed
		const tick = 250 * time.Millisecond
		for backoff.Sleep(ctx, tick) == nil {
			server.FastForward(tick)
		}
	})
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), Password: password, ContextTimeoutEnabled: true})
	return &Cache{rdb: rdb, name: "in-process", close: func() {
		stop()
		ticking.Wait()
		server.Close()
	}}, nil
}

// Do runs op with a deadline, unless Redis failed a moment ago. A missing key
// (redis.Nil) is no failure and is passed on.
func (c *Cache) Do(ctx context.Context, op func(ctx context.Context, rdb redis.UniversalClient) error) error {
	if time.Now().UnixNano() < c.restUntil.Load() {
		return ErrDown
	}
	opCtx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	err := op(opCtx, c.rdb)
	if err != nil && ctx.Err() == nil && isFailure(err) {
		c.restUntil.Store(time.Now().Add(restPeriod).UnixNano())
	}
	return err
}

// isFailure tells an ailing server from a response such as redis.Nil.
func isFailure(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrClosed) ||
		redis.HasErrorPrefix(err, "LOADING") || redis.HasErrorPrefix(err, "READONLY") || redis.HasErrorPrefix(err, "CLUSTERDOWN") ||
		strings.Contains(err.Error(), "EOF")
}

// Client is the client itself, for libraries that take one.
func (c *Cache) Client() redis.UniversalClient { return c.rdb }

// Ping reports whether Redis responds now.
func (c *Cache) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	return c.rdb.Ping(ctx).Err()
}

// Name says which Redis is in use, for the start line.
func (c *Cache) Name() string { return c.name }

// Close ends the connections, and the in-process Redis.
func (c *Cache) Close() error {
	err := c.rdb.Close()
	c.close()
	return err
}
