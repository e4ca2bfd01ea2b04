package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/go-sql-driver/mysql"

	"xinyu/service/platform/testserver"
	"xinyu/service/platform/vault"
)

// mariaDBArgs give both sides room enough to keep the county in memory, as the
// deployment's own settings do; durability stays as in production.
var mariaDBArgs = []string{"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M", "--performance-schema=OFF"}

// productDB is the product's database in the comparisons, baselineDB that of the baselines.
const (
	productDB  = "xinyu"
	baselineDB = "baseline"
)

// rig is what every measurement stands on: a durable MariaDB, a Redis, and the
// product's own binary.
type rig struct {
	dir     string
	xinyu   string // the built binary
	self    string // this program, which also holds the baselines
	keyset  string
	db      *testserver.MariaDB
	redis   *testserver.Redis
	closers []func() error
}

func newRig(ctx context.Context, product string, redisArgs ...string) (_ *rig, err error) {
	r := &rig{xinyu: product}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.dir, err = os.MkdirTemp("", "xinyu-bench-"); err != nil {
		return nil, err
	}
	r.onClose(func() error { return os.RemoveAll(r.dir) })
	if r.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if r.keyset, err = vault.Generate(); err != nil {
		return nil, err
	}
	if r.db, err = testserver.StartMariaDB(ctx, testserver.MariaDBOptions{Durable: true, ExtraArgs: mariaDBArgs}); err != nil {
		return nil, err
	}
	r.onClose(r.db.Close)
	if err := r.db.CreateDatabase(ctx, baselineDB); err != nil {
		return nil, err
	}
	if r.redis, err = testserver.StartRedis(ctx, testserver.RedisOptions{Password: "bench", ExtraArgs: redisArgs}); err != nil {
		return nil, err
	}
	r.onClose(r.redis.Close)
	return r, nil
}

func (r *rig) onClose(f func() error) { r.closers = append(r.closers, f) }

// close ends everything that was started, the newest first.
func (r *rig) close() error {
	var errs []error
	for i := len(r.closers) - 1; i >= 0; i-- {
		errs = append(errs, r.closers[i]())
	}
	r.closers = nil
	return errors.Join(errs...)
}

// build compiles the product as its image is built. With a profile, a file is
// laid over the program that writes its CPU profile.
func (o *options) build(ctx context.Context) (remove func() error, err error) {
	dir, err := os.MkdirTemp("", "xinyu-product-")
	if err != nil {
		return nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	o.product = filepath.Join(dir, "xinyu")
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", o.product}
	if o.profile != "" {
		overlay, err := profileOverlay(dir, o.profile)
		if err != nil {
			return nil, errors.Join(err, remove())
		}
		args = append(args, "-overlay="+overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "xinyu/cmd/xinyu")...) //nolint:gosec // our own arguments
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("build the product: %w\n%s", err, out), remove())
	}
	return remove, nil
}

// onMariaDB is a product server on a database of the rig's MariaDB and one of
// the 16 databases of its Redis. It runs as in production, where WeChat is
// asked only when somebody logs in.
func (r *rig) onMariaDB(database string, redisDB int) *child {
	return r.product("XINYU_DB_DSN="+r.db.DSN(database), "XINYU_REDIS_URL="+r.redis.URL(redisDB))
}

// onSQLite is a product server on a SQLite file in a data directory, with a Redis inside.
func (r *rig) onSQLite(dataDir string) *child { return r.product("XINYU_DATA_DIR=" + dataDir) }

func (r *rig) product(env ...string) *child {
	c := &child{bin: r.xinyu, args: []string{"serve"}}
	c.env = append([]string{
		"XINYU_ADDR=127.0.0.1:0", "XINYU_DEMO=false", "XINYU_DATA_DIR=" + filepath.Join(r.dir, "data"),
		"XINYU_WECHAT_APP_ID=wxbench0000000000", "XINYU_WECHAT_SECRET=no-call-is-made", "XINYU_KEYSET=" + r.keyset,
	}, env...)
	r.onClose(c.kill)
	return c
}

// baseline is one of this program's own servers.
func (r *rig) baseline(args ...string) *child {
	c := &child{bin: r.self, args: args}
	r.onClose(c.kill)
	return c
}

// startTxBaseline starts the baseline that pays a transaction a request, on a
// database of its own on the same MariaDB. Its tables are the product's, with
// the same indexes to keep.
func (r *rig) startTxBaseline(ctx context.Context) (*child, error) {
	db, err := r.open(baselineDB)
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"viewers", "lesson_progress", "check_ins", "coverage_facts", "coverage_tallies"} {
		if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS "+table+" LIKE "+productDB+"."+table); err != nil {
			return nil, fmt.Errorf("make the baseline's tables: %w", err)
		}
	}
	c := r.baseline("serve-tx", "-dsn", r.db.DSN(baselineDB))
	return c, c.start(ctx)
}

// open opens a database of the rig's MariaDB for seeding and comparing.
func (r *rig) open(database string) (*sql.DB, error) {
	cfg, err := mysql.ParseDSN(r.db.DSN(database))
	if err != nil {
		return nil, err
	}
	cfg.InterpolateParams, cfg.ParseTime = true, true
	cfg.MaxAllowedPacket = 0        // as the server has it
	cfg.Logger = &mysql.NopLogger{} // a killed server is no news here
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	r.onClose(db.Close)
	return db, nil
}

// createAndMigrate makes a database with the product's tables.
func (r *rig) createAndMigrate(ctx context.Context, database string) (*sql.DB, error) {
	if err := r.db.CreateDatabase(ctx, database); err != nil {
		return nil, err
	}
	if err := r.migrate(ctx, "XINYU_DB_DSN="+r.db.DSN(database)); err != nil {
		return nil, err
	}
	return r.open(database)
}

func (r *rig) migrate(ctx context.Context, env ...string) error {
	c := r.product(env...)
	cmd := exec.CommandContext(ctx, r.xinyu, "migrate") //nolint:gosec // built by us
	cmd.Env = append(append(os.Environ(), c.env...), "XINYU_REDIS_URL="+r.redis.URL(15))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w\n%s", err, out)
	}
	return nil
}
