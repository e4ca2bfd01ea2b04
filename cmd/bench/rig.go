package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/testserver"
	"xinyu/service/platform/vault"
)

// mariaDBArgs give both sides room enough to keep the county in memory, as the
// deployment's own settings do; durability stays as in production.
var mariaDBArgs = []string{"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"}

// productDB is the product's database, baselineDB that of the baselines beside it.
const (
	productDB  = "xinyu"
	baselineDB = "baseline"
)

// rig is what every measurement stands on: a durable MariaDB, a Redis, the
// product's own binary, and the printer of the results.
type rig struct {
	printer
	only    []string // the figures or trials to run; none: all
	rounds  int
	dir     string
	binary  string // the built product
	keyset  string
	db      *testserver.MariaDB
	redis   *testserver.Redis
	closers []func() error
}

// wants reports whether any of the figures or trials is to be run.
func (r *rig) wants(names ...string) bool {
	return len(r.only) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(r.only, n) })
}

// build compiles the product as its image is built.
func (r *rig) build(ctx context.Context) {
	r.dir = must(os.MkdirTemp("", "xinyu-bench-"))
	r.onClose(func() error { return os.RemoveAll(r.dir) })
	r.binary = filepath.Join(r.dir, "xinyu")
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", r.binary, "xinyu/cmd/xinyu"}
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // our own arguments
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		check(fmt.Errorf("build the product: %w\n%s", err, out))
	}
	r.keyset = must(vault.Generate())
}

// start starts MariaDB and Redis.
func (r *rig) start(ctx context.Context, redisArgs ...string) {
	r.db = must(testserver.StartMariaDB(ctx, testserver.MariaDBOptions{Durable: true, ExtraArgs: mariaDBArgs}))
	r.onClose(r.db.Close)
	r.redis = must(testserver.StartRedis(ctx, testserver.RedisOptions{Password: "bench", ExtraArgs: redisArgs}))
	r.onClose(r.redis.Close)
}

func (r *rig) onClose(f func() error) { r.closers = append(r.closers, f) }

// close ends everything that was started, the newest first.
func (r *rig) close() error {
	var errs []error
	for _, f := range slices.Backward(r.closers) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// createDatabase makes a database with the product's tables on the rig's MariaDB.
func (r *rig) createDatabase(ctx context.Context, name string) *store.Store {
	check(r.db.CreateDatabase(ctx, name))
	return r.openStore(ctx, store.Options{DSN: r.db.DSN(name)})
}

// openStore opens a database and brings it up to date.
func (r *rig) openStore(ctx context.Context, opts store.Options) *store.Store {
	st := must(store.Open(ctx, opts))
	r.onClose(st.Close)
	must(st.Migrate(ctx))
	return st
}

// server is a program under load, the product or a baseline, in a process of
// its own that dies with this one.
type server struct{ *testserver.Program }

// onMariaDB is a product server on a database of the rig's MariaDB and one of
// the 16 databases of its Redis. It runs as in production, where WeChat is
// asked only when somebody logs in.
func (r *rig) onMariaDB(database string, redisDB int) server {
	return r.newProduct("XINYU_DB_DSN="+r.db.DSN(database), "XINYU_REDIS_URL="+r.redis.URL(redisDB))
}

// newProduct is a product server with further settings; Start starts it.
func (r *rig) newProduct(settings ...string) server {
	s := r.newServer(r.binary)
	s.Args = []string{"serve"}
	s.Env = append(settings, "XINYU_ADDR="+s.Addr(), "XINYU_DEMO=false", "XINYU_KEYSET="+r.keyset,
		"XINYU_WECHAT_APP_ID=wxbench0000000000", "XINYU_WECHAT_SECRET=no-call-is-made")
	return s
}

// startBaseline starts this program again as one of the baselines.
func (r *rig) startBaseline(ctx context.Context, command string, args ...string) server {
	s := r.newServer(must(os.Executable()))
	s.Args = append([]string{command, s.Addr()}, args...)
	check(s.Start(ctx))
	return s
}

func (r *rig) newServer(bin string) server {
	p := must(testserver.NewProgram(bin, "/readyz"))
	r.onClose(p.Close)
	return server{p}
}

// get reads a page of the API as the account, outside the load.
func (s server) get(ctx context.Context, path string, as model.ID, into any) {
	s.succeed(ctx, http.MethodGet, path, as, nil, into)
}

// succeed makes a call of the API as the account, outside the load, and decodes the response.
func (s server) succeed(ctx context.Context, method, path string, as model.ID, body []byte, into any) {
	var text json.RawMessage
	if status := s.call(ctx, method, "/api/v1"+path, as, body, &text); status >= http.StatusBadRequest {
		check(fmt.Errorf("%s %s: %d %.300s", method, path, status, text))
	}
	check(json.Unmarshal(text, into))
}

func (s server) call(ctx context.Context, method, path string, as model.ID, body []byte, into any) (status int) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := must(http.NewRequestWithContext(ctx, method, "http://"+s.Addr()+path, bytes.NewReader(body)))
	req.Header.Set("Authorization", "Bearer "+tokenOf(as))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	check(err)
	defer res.Body.Close()
	check(json.NewDecoder(res.Body).Decode(into))
	return res.StatusCode
}

// residentMB is the memory that the server holds, in MiB.
func (s server) residentMB() float64 {
	if statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.Pid())); err == nil {
		pages := must(strconv.Atoi(strings.Fields(string(statm))[1]))
		return float64(pages*os.Getpagesize()) / (1 << 20)
	}
	ps := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(s.Pid())) //nolint:gosec // where there is no /proc
	return float64(must(strconv.Atoi(strings.TrimSpace(string(must(ps.Output())))))) / 1024
}
