package testserver

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"xinyu/service/platform/logwatch"
)

// ownerDir tells this test program to be the owner of a server in that directory, to be killed by a test.
const ownerDir = "XINYU_TESTSERVER_OWNER_DIR"

// programAddr tells this test program to be a Program that listens there.
const programAddr = "XINYU_TESTSERVER_PROGRAM_ADDR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerDir); dir != "" {
		own(dir)
	}
	if addr := os.Getenv(programAddr); addr != "" {
		panic(http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/ready" {
				http.NotFound(w, r)
			}
		})))
	}
	os.Exit(logwatch.Watch(m).Run())
}

// own starts one server of each kind, tells their addresses and waits to be killed.
func own(dir string) {
	ctx := context.Background()
	r, err := StartRedis(ctx, RedisOptions{Dir: dir})
	if err != nil {
		panic(err)
	}
	m, err := StartMariaDB(ctx, MariaDBOptions{Dir: dir})
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Addr())
	fmt.Println(m.Addr())
	select {}
}

func startMariaDB(t *testing.T, opts MariaDBOptions) *MariaDB {
	t.Helper()
	m, err := StartMariaDB(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

func startRedis(t *testing.T, opts RedisOptions) *Redis {
	t.Helper()
	r, err := StartRedis(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func answers(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

func TestMariaDBKeepsCommittedRowsThroughKillAndStop(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]MariaDBOptions{"fast": {}, "durable": {Durable: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			m := startMariaDB(t, opts)
			require.NoError(t, m.CreateDatabase(ctx, "trial"))
			db, err := sql.Open("mysql", m.DSN("trial"))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			_, err = db.ExecContext(ctx, "CREATE TABLE t (word VARCHAR(20) PRIMARY KEY)")
			require.NoError(t, err)

			addr := m.Addr()
			for i, end := range []func() error{m.Kill, m.Stop, m.Kill} {
				_, err = db.ExecContext(ctx, "INSERT INTO t VALUES (?)", fmt.Sprintf("心%d", i))
				require.NoError(t, err)
				require.NoError(t, end())
				require.False(t, answers(addr), "it must be gone")
				require.NoError(t, end(), "ending it twice is no error")
				require.NoError(t, m.Start(ctx))
				require.Equal(t, addr, m.Addr())
				require.Error(t, m.Start(ctx), "it is running already")

				var n int
				require.NoError(t, db.QueryRowContext(ctx, "SELECT COUNT(*) FROM t").Scan(&n))
				require.Equal(t, i+1, n)
			}
		})
	}
}

func TestMariaDBIsSetUpLikeProduction(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := startMariaDB(t, MariaDBOptions{Durable: true, ExtraArgs: []string{"--max-connections=77"}})
	require.NoError(t, m.CreateDatabase(ctx, "trial"))
	require.Error(t, m.CreateDatabase(ctx, "trial"), "it exists")
	require.Error(t, m.CreateDatabase(ctx, "a`b"), "no plain name")

	db, err := sql.Open("mysql", m.DSN("trial"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for variable, want := range map[string]string{
		"collation_database":             "utf8mb4_bin",
		"tx_isolation":                   "READ-COMMITTED",
		"innodb_flush_log_at_trx_commit": "1",
		"innodb_doublewrite":             "ON",
		"log_bin":                        "OFF",
		"max_connections":                "77",
	} {
		var name, got string
		require.NoError(t, db.QueryRowContext(ctx, "SHOW VARIABLES WHERE Variable_name = ?", variable).Scan(&name, &got))
		require.Equal(t, want, got, variable)
	}
}

func TestRedisComesBackOnItsPort(t *testing.T) {
	t.Parallel()
	for name, persistent := range map[string]bool{"cache": false, "append-only": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			opts := RedisOptions{}
			if persistent {
				opts.ExtraArgs = []string{"--appendonly", "yes", "--appendfsync", "always"}
			}
			r := startRedis(t, opts)
			ro, err := redis.ParseURL(r.URL(0))
			require.NoError(t, err)
			c := redis.NewClient(ro)
			t.Cleanup(func() { require.NoError(t, c.Close()) })

			addr := r.Addr()
			for _, end := range []func() error{r.Kill, r.Stop} {
				require.NoError(t, c.Set(ctx, "k", "v", 0).Err())
				require.NoError(t, end())
				require.False(t, answers(addr), "it must be gone")
				require.NoError(t, r.Start(ctx))
				require.Equal(t, addr, r.Addr())
				n, err := c.Exists(ctx, "k").Result()
				require.NoError(t, err)
				require.Equal(t, persistent, n == 1)
			}
		})
	}
}

func TestFailedStartTellsWhatTheServerSaidAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := StartMariaDB(t.Context(), MariaDBOptions{Dir: dir, ExtraArgs: []string{"--no-such-setting=1"}})
	require.ErrorContains(t, err, "no-such-setting")
	_, err = StartRedis(t.Context(), RedisOptions{Dir: dir, ExtraArgs: []string{"--no-such-setting", "1"}})
	require.ErrorContains(t, err, "no-such-setting")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestMissingBinaryNamesThePackage(t *testing.T) {
	t.Parallel()
	_, err := findBinary("no-such-server", "debian-package", "brew-formula")
	require.ErrorContains(t, err, "apt-get install debian-package")
	require.ErrorContains(t, err, "brew install brew-formula")
}

// The kernel takes the end of the thread that started a server for the end of
// its parent. Two threads, because a program's first thread never ends.
func TestServersOutliveTheThreadsThatAskedForThem(t *testing.T) {
	t.Parallel()
	const threads = 2
	var both sync.WaitGroup
	both.Add(threads)
	started := make(chan *Redis)
	for range threads {
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			both.Done()
			both.Wait()
			r, err := StartRedis(context.Background(), RedisOptions{})
			if err != nil {
				t.Error(err)
			}
			started <- r
		}()
	}
	for range threads {
		r := <-started
		require.NotNil(t, r)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
		require.Never(t, func() bool { return !answers(r.Addr()) }, time.Second, 50*time.Millisecond)
	}
}

func TestServersDieWithTheirKilledOwnerAndAreSwept(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	owner := exec.Command(self)
	owner.Env = append(os.Environ(), ownerDir+"="+dir)
	out, err := owner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, owner.Start())
	t.Cleanup(func() { _ = owner.Process.Kill() }) // where the test failed before it did so
	var addrs []string
	lines := bufio.NewScanner(out)
	for len(addrs) < 2 && lines.Scan() {
		addrs = append(addrs, lines.Text())
	}
	require.Len(t, addrs, 2)

	// A living owner's directories are left alone.
	mine := startRedis(t, RedisOptions{Dir: dir})
	require.Len(t, serverDirs(t, dir), 3)
	for _, addr := range addrs {
		require.True(t, answers(addr))
	}

	require.NoError(t, owner.Process.Kill())
	require.Error(t, owner.Wait())
	for _, addr := range addrs {
		require.Eventually(t, func() bool { return !answers(addr) }, 10*time.Second, 20*time.Millisecond)
	}
	startRedis(t, RedisOptions{Dir: dir})
	require.Len(t, serverDirs(t, dir), 2, "the dead owner's two are gone, ours remain")
	require.True(t, answers(mine.Addr()))
}

func serverDirs(t *testing.T, parent string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(parent, dirPrefix+"*"))
	require.NoError(t, err)
	return dirs
}

func TestFreePortsAreNoEphemeralOnes(t *testing.T) {
	t.Parallel()
	for range 50 {
		port, err := FreePort()
		require.NoError(t, err)
		require.GreaterOrEqual(t, port, firstPort)
		require.Less(t, port, 32768)
	}
}

func TestProgramIsReadyOnceItsPageIs(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	for ready, want := range map[string]string{"/ready": "", "/other": "returned 404"} {
		t.Run(ready, func(t *testing.T) {
			t.Parallel()
			p, err := NewProgram(self, ready)
			require.NoError(t, err)
			p.Env = []string{programAddr + "=" + p.Addr()}
			t.Cleanup(func() { require.NoError(t, p.Close()) })
			for range 2 { // again on the same port after a kill
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				err = p.Start(ctx)
				require.Equal(t, want == "", answers(p.Addr()))
				if want != "" {
					require.ErrorContains(t, err, want)
					return
				}
				require.NoError(t, err)
				require.NoError(t, p.Kill())
				require.False(t, answers(p.Addr()))
			}
		})
	}
}
