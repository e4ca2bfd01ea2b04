package testserver

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/go-sql-driver/mysql"
)

// The account that every MariaDB of this package has. It may do everything.
const (
	dbUser     = "xinyu"
	dbPassword = "xinyu"
)

// initSQL runs at every start, before the first connection is taken.
const initSQL = "CREATE USER IF NOT EXISTS '" + dbUser + "'@'%' IDENTIFIED BY '" + dbPassword + "';\n" +
	"GRANT ALL PRIVILEGES ON *.* TO '" + dbUser + "'@'%' WITH GRANT OPTION;\n"

// MariaDBOptions says how a MariaDB is to run. The zero value is the fast one for tests.
type MariaDBOptions struct {
	// Durable writes and flushes the log to a real disk before each commit
	// returns, as in production: for benchmarks and power-cut arguments. Without
	// it, what was committed still survives Kill, but not the loss of the
	// machine, and lies in memory where the machine has enough.
	Durable bool
	// Dir is the directory in which the server's own directory is made; empty chooses by Durable.
	Dir string
	// ExtraArgs are further arguments of mariadbd, which win over the package's own.
	ExtraArgs []string
}

// MariaDB is a private MariaDB server. Its methods may be called from any goroutine.
type MariaDB struct {
	process
	opts MariaDBOptions
}

// StartMariaDB makes a new, empty server and returns once it responds. The
// context bounds the start only. The caller must Close the server. The error
// carries the end of the server's own log, or names the package to install.
func StartMariaDB(ctx context.Context, opts MariaDBOptions) (*MariaDB, error) {
	bin, err := findBinary("mariadbd", "mariadb-server", "mariadb")
	if err != nil {
		return nil, err
	}
	install, err := findBinary("mariadb-install-db", "mariadb-server", "mariadb")
	if err != nil {
		return nil, err
	}
	parent := fastParent()
	if opts.Durable {
		parent = diskParent()
	}
	m := &MariaDB{opts: opts}
	m.bin, m.args, m.ping = bin, m.arguments, m.pingServer
	return m, m.launch(ctx, cmp.Or(opts.Dir, parent), func() error { return m.prepare(ctx, install) })
}

// prepare makes the system tables, which takes a second or two.
func (m *MariaDB) prepare(ctx context.Context, install string) error {
	if err := os.WriteFile(m.initFile(), []byte(initSQL), 0o600); err != nil {
		return fmt.Errorf("write init file: %w", err)
	}
	if err := os.Mkdir(m.tempDir(), 0o700); err != nil {
		return fmt.Errorf("make temporary directory: %w", err)
	}
	args := []string{"--no-defaults", "--datadir=" + m.dataDir(), "--tmpdir=" + m.tempDir(), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"}
	cmd := exec.CommandContext(ctx, install, append(args, asRoot()...)...) //nolint:gosec // the installed program
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	return nil
}

func (m *MariaDB) arguments() []string {
	args := []string{
		"--no-defaults",
		"--datadir=" + m.dataDir(),
		"--tmpdir=" + m.tempDir(),
		"--socket=server.sock", // relative to the data directory: absolute ones can be too long for a socket
		"--pid-file=server.pid",
		"--init-file=" + m.initFile(),
		"--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(m.port),
		"--skip-name-resolve",
		"--skip-log-bin",
		"--max-connections=300",
		"--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_bin",
		"--transaction-isolation=READ-COMMITTED", // as deploy/mysql/xinyu.cnf
		"--performance-schema=OFF",
		"--innodb-buffer-pool-size=128M",
		"--innodb-log-file-size=64M",
		"--max-allowed-packet=64M",
	}
	if m.opts.Durable {
		args = append(args, "--innodb-flush-log-at-trx-commit=1")
	} else {
		args = append(args,
			"--innodb-flush-log-at-trx-commit=2", // written at each commit, so that it survives Kill, never flushed
			"--loose-innodb-flush-method=nosync", // loose: newer servers may have dropped it
			"--skip-innodb-doublewrite",
			"--loose-skip-sync-frm",
		)
	}
	return append(append(args, asRoot()...), m.opts.ExtraArgs...)
}

// asRoot lets root run the server, which refuses that unless it is told so.
func asRoot() []string {
	if os.Geteuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

func (m *MariaDB) dataDir() string { return filepath.Join(m.dir.path, "data") }

// tempDir must be the server's own: a starting server deletes the temporary
// tables of every other that shares its directory.
func (m *MariaDB) tempDir() string { return filepath.Join(m.dir.path, "tmp") }

func (m *MariaDB) initFile() string { return filepath.Join(m.dir.path, "init.sql") }

// DSN is the data source name of a database on this server, in the form of
// XINYU_DB_DSN: user:password@tcp(127.0.0.1:port)/database, without options.
func (m *MariaDB) DSN(database string) string {
	return dbUser + ":" + dbPassword + "@tcp(" + m.Addr() + ")/" + database
}

var databaseName = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// CreateDatabase makes an empty database with utf8mb4_bin as its collation. The
// name is of letters, digits and underscores; one that exists already is an error.
func (m *MariaDB) CreateDatabase(ctx context.Context, name string) error {
	if !databaseName.MatchString(name) {
		return fmt.Errorf("create database: %q is no plain name", name)
	}
	err := m.withDB(func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "CREATE DATABASE `"+name+"` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
		return err
	})
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

func (m *MariaDB) pingServer(ctx context.Context) error {
	return m.withDB(func(db *sql.DB) error { return db.PingContext(ctx) })
}

// withDB opens a connection for one purpose. The driver's own log is silenced:
// it would tell of every try while the server starts.
func (m *MariaDB) withDB(do func(*sql.DB) error) error {
	cfg, err := mysql.ParseDSN(m.DSN(""))
	if err != nil {
		return err
	}
	cfg.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	return errors.Join(do(db), db.Close())
}
