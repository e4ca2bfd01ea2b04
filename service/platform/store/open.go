// Package store opens the database, keeps its schema, and gives the one way
// to run a transaction. MySQL, MariaDB, Galera and TiDB share one dialect;
// SQLite is the embedded one.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"xinyu/model"
)

// Options say which database to open.
type Options struct {
	// DSN is "user:pass@tcp(host:3306)/xinyu"; empty opens the SQLite file.
	DSN string
	// SQLitePath is the file used without a DSN.
	SQLitePath string
	// NoSync lets SQLite leave it to the operating system when to write: what
	// was committed survives the process, but not the machine. For tests.
	NoSync bool
	// MaxConns bounds the MySQL pool; 0 means 32.
	MaxConns int
	Clock    model.Clock
}

// Store is the open database. It is safe for concurrent use.
type Store struct {
	writer *gorm.DB
	reader *gorm.DB // SQLite: a pool of its own, so that reads never wait for the one writer
	mysql  bool
	// returning says that an insert can return the rows it wrote.
	returning bool
	clock     model.Clock
	ids       *nodeIDs
}

// Open connects to the database. It neither migrates nor leases a node:
// Migrate and Start do.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.Clock == nil {
		opts.Clock = model.SystemClock
	}
	s := &Store{clock: opts.Clock}
	s.ids = &nodeIDs{store: s}
	var err error
	if opts.DSN != "" {
		s.mysql = true
		err = s.openMySQL(ctx, opts)
	} else {
		err = s.openSQLite(opts)
	}
	if err != nil {
		return nil, err
	}
	rows := &rowCheck{}
	return s, errors.Join(
		s.writer.Callback().Create().Before("gorm:create").Register("xinyu:validate", rows.validate),
		s.writer.Callback().Update().Before("gorm:update").Register("xinyu:validate", rows.validate),
	)
}

func (s *Store) gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		NowFunc:                s.clock,
		Logger:                 logger.Discard, // statements hold personal data; errors are returned, not logged here
	}
}

func (s *Store) openMySQL(ctx context.Context, opts Options) error {
	cfg, err := mysqldriver.ParseDSN(opts.DSN)
	if err != nil {
		return errors.New("XINYU_DB_DSN: want user:pass@tcp(host:3306)/database") // the driver's error may quote the password
	}
	if cfg.DBName == "" {
		return errors.New("XINYU_DB_DSN: no database named")
	}
	cfg.ParseTime = true
	cfg.Loc = time.UTC
	cfg.InterpolateParams = true // one round trip a statement
	cfg.Timeout = 2 * time.Second
	cfg.ReadTimeout = 30 * time.Second
	cfg.WriteTimeout = 10 * time.Second
	cfg.Collation = "utf8mb4_bin"
	cfg.Logger = &mysqldriver.NopLogger{}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	mariaDB, err := isMariaDB(ctx, cfg)
	if err != nil {
		return err
	}
	isolation := "transaction_isolation"
	if mariaDB {
		isolation = "tx_isolation" // MariaDB before 11.1 spells it in its own way
	}
	s.returning = mariaDB
	// READ COMMITTED takes no gap locks, which under group commit would only deadlock.
	cfg.Params[isolation] = "'READ-COMMITTED'"
	cfg.Params["time_zone"] = "'+00:00'"
	cfg.Params["innodb_lock_wait_timeout"] = "5"
	cfg.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return errors.New("XINYU_DB_DSN: the driver refuses it")
	}
	pool := sql.OpenDB(connector)
	maxConns := cmp.Or(opts.MaxConns, 32)
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(30 * time.Minute)
	db, err := gorm.Open(mysqlDialect{mysql.Dialector{Config: &mysql.Config{Conn: pool, DSNConfig: cfg}}}, s.gormConfig())
	if err != nil {
		return fmt.Errorf("XINYU_DB_DSN: connect: %w", err)
	}
	s.writer, s.reader = db, db
	return nil
}

// isMariaDB tells MariaDB from MySQL and TiDB.
func isMariaDB(ctx context.Context, cfg *mysqldriver.Config) (bool, error) {
	connector, err := mysqldriver.NewConnector(cfg.Clone())
	if err != nil {
		return false, errors.New("XINYU_DB_DSN: the driver refuses it")
	}
	pool := sql.OpenDB(connector)
	defer pool.Close()
	var version string
	if err := pool.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return false, fmt.Errorf("XINYU_DB_DSN: connect: %w", err)
	}
	return strings.Contains(version, "MariaDB"), nil
}

func (s *Store) openSQLite(opts Options) error {
	synchronous := "synchronous(FULL)"
	if opts.NoSync {
		synchronous = "synchronous(OFF)"
	}
	open := func(conns int, params url.Values) (*gorm.DB, error) {
		for _, pragma := range []string{"journal_mode(WAL)", synchronous, "busy_timeout(5000)", "cache_size(-16000)"} {
			params.Add("_pragma", pragma)
		}
		pool, err := sql.Open(sqlite.DriverName, "file:"+opts.SQLitePath+"?"+params.Encode())
		if err != nil {
			return nil, fmt.Errorf("open SQLite: %w", err)
		}
		pool.SetMaxOpenConns(conns)
		pool.SetMaxIdleConns(conns)
		return gorm.Open(sqliteDialect{sqlite.Dialector{Conn: pool}}, s.gormConfig())
	}
	if err := ownerOnly(opts.SQLitePath); err != nil {
		return err
	}
	writer, err := open(1, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return err
	}
	reader, err := open(4, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return err
	}
	s.writer, s.reader = writer, reader
	s.returning = true
	return nil
}

// ownerOnly makes the database file, which others on this machine must not
// read. SQLite gives the files beside it the same permissions.
func ownerOnly(path string) error {
	const mode = 0o600
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, mode)
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	return errors.Join(f.Chmod(mode), f.Close()) // an older version left it readable
}

// Read gives a handle for queries outside any transaction.
func (s *Store) Read(ctx context.Context) *gorm.DB { return s.reader.WithContext(ctx) }

// Now is the store's clock: UTC, whole milliseconds.
func (s *Store) Now() time.Time { return s.clock() }

// NewID is a fresh id. Start must have run.
func (s *Store) NewID() model.ID { return s.ids.next() }

// MySQL reports whether the database is of the MySQL family, for the few
// statements that the dialects spell differently.
func (s *Store) MySQL() bool { return s.mysql }

// Returning reports whether an insert can return the rows it wrote: MariaDB and
// SQLite do, MySQL and TiDB don't.
func (s *Store) Returning() bool { return s.returning }

// Name says which database is in use, for the start line.
func (s *Store) Name() string {
	if s.mysql {
		return "mysql"
	}
	return "sqlite"
}

// Ping reports whether the database responds.
func (s *Store) Ping(ctx context.Context) error {
	return s.Pool().PingContext(ctx)
}

// Pool is the writer's connection pool, for metrics.
func (s *Store) Pool() *sql.DB { return pool(s.writer) }

func pool(db *gorm.DB) *sql.DB {
	pool, err := db.DB()
	if err != nil {
		panic(err) // it is always opened over a *sql.DB
	}
	return pool
}

// Close gives the node back and closes the pools.
func (s *Store) Close() error {
	s.ids.release()
	err := s.Pool().Close()
	if s.reader != s.writer {
		err = errors.Join(err, pool(s.reader).Close())
	}
	if err != nil {
		slog.Warn("close database", "err", err)
	}
	return err
}
