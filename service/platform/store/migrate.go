package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to date and returns how many migrations ran.
// Replicas that start at once wait for one another (a lock row on MySQL; a
// SQLite file has one process); a start that finds nothing to do takes no lock.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	dialect, dir := goose.DialectSQLite3, "migrations/sqlite"
	if s.mysql {
		dialect, dir = goose.DialectMySQL, "migrations/mysql"
	}
	files, err := fs.Sub(migrations, dir)
	if err != nil {
		return 0, err
	}
	provider, err := goose.NewProvider(dialect, s.Pool(), files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	versions, err := database.NewStore(dialect, goose.DefaultTablename)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	// goose makes a missing version table even when it is only asked whether
	// anything is pending, and on MySQL in two statements: without the lock
	// another replica could see the table without its first row.
	if done, err := versions.ListMigrations(ctx, s.Pool()); err == nil && len(done) > 0 {
		pending, err := provider.HasPending(ctx)
		if err != nil {
			return 0, fmt.Errorf("look for migrations: %w", err)
		}
		if !pending {
			return 0, nil
		}
	}
	var ran int
	err = s.withSchemaLock(ctx, func() error {
		// Nobody else is at it now, so an empty version table was left by a
		// replica that died before it wrote the first row.
		if done, err := versions.ListMigrations(ctx, s.Pool()); err == nil && len(done) == 0 {
			if err := versions.Insert(ctx, s.Pool(), database.InsertRequest{Version: 0}); err != nil {
				return err
			}
		}
		results, err := provider.Up(ctx)
		ran = len(results)
		return err
	})
	if err != nil {
		return ran, fmt.Errorf("migrate: %w", err)
	}
	return ran, nil
}

// withSchemaLock runs f while no other replica changes the schema.
func (s *Store) withSchemaLock(ctx context.Context, f func() error) (err error) {
	if !s.mysql {
		return f()
	}
	locker, err := lock.NewMySQLTableLocker(lock.WithTableLockTimeout(200*time.Millisecond, 1500))
	if err != nil {
		return err
	}
	if err := locker.Lock(ctx, s.Pool()); err != nil {
		return fmt.Errorf("wait for the schema lock: %w", err)
	}
	defer func() {
		// Given back even when the start was cancelled.
		err = errors.Join(err, locker.Unlock(context.WithoutCancel(ctx), s.Pool()))
	}()
	return f()
}
