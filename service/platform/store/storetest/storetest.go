// Package storetest gives each test a fresh, migrated database on every
// engine, and fixtures to fill it. Main starts one private MariaDB and one
// Redis for the package under test.
package storetest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store"
	"xinyu/service/platform/testserver"
)

// The private servers of this test process, started when first asked for, and a
// migrated SQLite database.
var (
	mariaDB = sync.OnceValues(func() (*testserver.MariaDB, error) {
		return ownServer(testserver.StartMariaDB(context.Background(), testserver.MariaDBOptions{}))
	})
	redisServer = sync.OnceValues(func() (*testserver.Redis, error) {
		return ownServer(testserver.StartRedis(context.Background(), testserver.RedisOptions{ExtraArgs: []string{"--databases", strconv.Itoa(redisDatabases)}}))
	})
	sqliteTemplate = sync.OnceValues(migratedSQLite)

	databases atomic.Int64 // on MariaDB, made so far
	redisDBs  atomic.Int64 // on Redis, used so far

	ownServers   []io.Closer // to be closed by Main
	ownServersMu sync.Mutex
)

// ownServer has Main close the server.
func ownServer[S io.Closer](server S, err error) (S, error) {
	if err == nil {
		ownServersMu.Lock()
		defer ownServersMu.Unlock()
		ownServers = append(ownServers, server)
	}
	return server, err
}

// Main runs the package's tests, reading what they log, and then ends the servers that they used.
// Call it from TestMain: os.Exit(storetest.Main(m)).
func Main(m *testing.M) int {
	code := logwatch.Watch(m).Run()
	for _, server := range ownServers {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "close a server of the tests:", err)
		}
	}
	return code
}

// SQLite is a fresh migrated SQLite database on the system clock.
func SQLite(t testing.TB, opts ...Option) *store.Store {
	t.Helper()
	template, err := sqliteTemplate()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "test.db")
	require.NoError(t, os.WriteFile(path, template, 0o600))
	return open(t, store.Options{SQLitePath: path, NoSync: true}, opts)
}

func migratedSQLite() ([]byte, error) {
	dir, err := os.MkdirTemp("", "xinyu-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "template.db")
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{SQLitePath: path})
	if err != nil {
		return nil, err
	}
	if _, err := st.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := st.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// MariaDB is a fresh migrated MariaDB database on the system clock.
func MariaDB(t testing.TB, opts ...Option) *store.Store {
	t.Helper()
	return open(t, store.Options{DSN: MariaDBDSN(t)}, opts)
}

// MariaDBDSN names a fresh, empty database on the private MariaDB.
func MariaDBDSN(t testing.TB) string {
	t.Helper()
	server := MariaDBServer(t)
	name := fmt.Sprintf("t%d", databases.Add(1))
	require.NoError(t, server.CreateDatabase(t.Context(), name))
	return server.DSN(name)
}

// MariaDBServer is the private MariaDB that the package's tests share; a test
// that kills it must start one of its own.
func MariaDBServer(t testing.TB) *testserver.MariaDB {
	t.Helper()
	server, err := mariaDB()
	require.NoError(t, err)
	return server
}

// redisDatabases is more than any package has tests.
const redisDatabases = 4096

// Redis is a cache over the private Redis, in a database of the test's own.
func Redis(t testing.TB) *cache.Cache {
	t.Helper()
	return openCache(t, RedisURL(t))
}

// RedisURL names a fresh database on the private Redis, for further processes.
func RedisURL(t testing.TB) string {
	t.Helper()
	server, err := redisServer()
	require.NoError(t, err)
	n := redisDBs.Add(1)
	require.Less(t, n, int64(redisDatabases))
	return server.URL(int(n))
}

// InProcessRedis is a cache over a Redis inside the process, of the test's own.
func InProcessRedis(t testing.TB) *cache.Cache {
	t.Helper()
	return openCache(t, "")
}

func openCache(t testing.TB, url string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// Option changes how a store is opened.
type Option func(*store.Options)

// WithClock sets the clock.
func WithClock(clock model.Clock) Option {
	return func(o *store.Options) { o.Clock = clock }
}

func open(t testing.TB, o store.Options, opts []Option) *store.Store {
	t.Helper()
	for _, opt := range opts {
		opt(&o)
	}
	st, err := store.Open(t.Context(), o)
	require.NoError(t, err)
	if o.DSN != "" {
		_, err = st.Migrate(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, st.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	return st
}

// Clock is a clock that tests set by hand. It is safe for concurrent use.
type Clock struct{ ms atomic.Int64 }

// NewClock starts a clock at t.
func NewClock(t time.Time) *Clock {
	c := &Clock{}
	c.Set(t)
	return c
}

// Now is the clock's time in UTC; pass it as a model.Clock.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()).UTC() }

// Set puts the clock to t.
func (c *Clock) Set(t time.Time) { c.ms.Store(t.UnixMilli()) }

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// label is a short unique text for names that must not collide.
func label(id model.ID) string { return strings.ToUpper(id.String()[len(id.String())-8:]) }
