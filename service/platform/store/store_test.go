package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/testserver"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// column is a column of a migrated database, with the class of its type.
type column struct {
	Name, Type string
	Required   bool
}

// typeClass is what the types of both dialects stand for; one that is not listed stands for itself.
var typeClass = map[string]string{
	"bigint": "integer", "int": "integer", "smallint": "integer", "tinyint": "integer", "boolean": "integer",
	"varchar": "text", "char": "text", "mediumtext": "text", "varbinary": "blob", "binary": "blob", "mediumblob": "blob", "double": "real",
}

func columnsOf(t *testing.T, st *store.Store, query string) []string {
	t.Helper()
	var rows []column
	require.NoError(t, st.Read(t.Context()).Raw(query).Scan(&rows).Error)
	lines := make([]string, len(rows))
	for i, c := range rows {
		kind := strings.ToLower(c.Type)
		if class, ok := typeClass[kind]; ok {
			kind = class
		}
		lines[i] = fmt.Sprintf("%s %s required=%t", c.Name, kind, c.Required)
	}
	slices.Sort(lines)
	return lines
}

// Both dialects must have the same tables and columns once all migrations have
// run, those that change a table among them.
func TestMigrationsOfBothDialectsAgree(t *testing.T) {
	t.Parallel()
	sqlite := columnsOf(t, storetest.SQLite(t), `SELECT m.name || '.' || c.name AS name, c.type AS type, c."notnull" AS required
		FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%'`)
	mysql := columnsOf(t, storetest.MariaDB(t), `SELECT CONCAT(table_name, '.', column_name) AS name, data_type AS type, is_nullable = 'NO' AS required
		FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name NOT LIKE 'goose%'`)
	require.Greater(t, len(sqlite), 300)
	require.Equal(t, mysql, sqlite)
}

func TestAMySQLMigrationIsOneStatement(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/mysql/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		up, _, ok := strings.Cut(string(b), "-- +goose Down")
		require.True(t, ok, "%s has the two parts that goose reads: -- +goose Up, -- +goose Down", f)
		require.Equal(t, 1, strings.Count(up, ";"), "%s: one statement a file, ended by a semicolon, as MySQL can't take back a half-done one", f)
	}
}

func TestFourReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := storetest.MariaDBDSN(t)
	var wg sync.WaitGroup
	nodes := make(chan model.ID, 4)
	for range 4 {
		wg.Go(func() {
			st, err := store.Open(t.Context(), store.Options{DSN: dsn})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = st.Close() }) // after all have taken their node
			if _, err := st.Migrate(t.Context()); err != nil {
				t.Error("migrate:", err)
				return
			}
			if err := st.Start(t.Context()); err != nil {
				t.Error("start:", err)
				return
			}
			nodes <- st.NewID() >> 12 & (model.MaxNodes - 1)
		})
	}
	wg.Wait()
	close(nodes)
	seen := map[model.ID]bool{}
	for n := range nodes {
		require.False(t, seen[n], "two replicas share node %d", n)
		seen[n] = true
	}
	require.Len(t, seen, 4)
}

// A replica that dies between the two statements that make the version table
// must not keep all others from starting.
func TestMigrateAfterAHalfMadeVersionTable(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{DSN: storetest.MariaDBDSN(t)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Pool().ExecContext(t.Context(), `CREATE TABLE goose_db_version (
		id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, version_id bigint NOT NULL,
		is_applied boolean NOT NULL, tstamp timestamp NULL DEFAULT NOW())`)
	require.NoError(t, err)

	ran, err := st.Migrate(t.Context())
	require.NoError(t, err)
	require.Positive(t, ran)
	ran, err = st.Migrate(t.Context())
	require.NoError(t, err)
	require.Zero(t, ran)
}

func TestTxRunsAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		a, b := f.Unit(model.UnitCounty, nil), f.Unit(model.UnitCounty, nil)
		var wg sync.WaitGroup
		for i := range 8 {
			first, second := a, b
			if i%2 == 1 {
				first, second = b, a // the opposite order
			}
			wg.Go(func() {
				for range 10 {
					err := st.Tx(t.Context(), func(tx *gorm.DB) error {
						for _, u := range []*model.Unit{first, second} {
							if err := tx.Model(u).Where("id = ?", u.ID).Update("pupil_count", gorm.Expr("pupil_count + 1")).Error; err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, u := range []*model.Unit{a, b} {
			var got model.Unit
			require.NoError(t, st.Read(t.Context()).Take(&got, "id = ?", u.ID).Error)
			require.Equal(t, 80, got.PupilCount)
		}
	})
}

func TestTxGivesBackTheErrorOfItsFunctionAndUndoes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		mine := errors.New("mine")
		id := st.NewID()
		err := st.Tx(t.Context(), func(tx *gorm.DB) error {
			require.NoError(t, tx.Create(&model.Account{ID: id, OpenID: "o", CreatedAt: st.Now(), LastLoginAt: st.Now()}).Error)
			return mine
		})
		require.ErrorIs(t, err, mine)
		require.ErrorIs(t, store.Found(st.Read(t.Context()).Take(&model.Account{}, "id = ?", id).Error, "account"), model.NotFound("account"))
	})
}

func TestTimesComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		at := time.Date(2026, 9, 1, 23, 59, 59, 987_000_000, time.UTC)
		id := st.NewID()
		storetest.NewFixture(t, st).Insert(&model.Account{ID: id, OpenID: "o" + id.String(), CreatedAt: at, LastLoginAt: at})
		var a model.Account
		require.NoError(t, st.Read(t.Context()).Take(&a, "id = ?", id).Error)
		require.True(t, at.Equal(a.CreatedAt), a.CreatedAt)
		require.Equal(t, time.UTC, a.CreatedAt.Location())
		var n int64
		require.NoError(t, st.Read(t.Context()).Model(&model.Account{}).Where("id = ? AND created_at >= ? AND created_at < ?", id, at, at.Add(time.Millisecond)).Count(&n).Error)
		require.EqualValues(t, 1, n)
	})
}

func TestDuplicatesAreToldOnBothEngines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		row := func() *model.Account {
			return &model.Account{ID: st.NewID(), OpenID: "same", CreatedAt: st.Now(), LastLoginAt: st.Now()}
		}
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Create(row()).Error }))
		err := st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Create(row()).Error })
		require.True(t, store.IsDuplicate(err), err)
	})
}

// The error comes after the statement has begun to return rows.
func TestAnErrorBetweenRowsIsTranslated(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		endless := "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
		if st.MySQL() {
			endless = "SELECT seq FROM seq_1_to_1000000000000"
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		var rows []int64
		err := st.Read(ctx).Raw(endless).Scan(&rows).Error
		require.NotEmpty(t, rows)
		require.Equal(t, model.KindUnavailable, model.KindOf(err), "%T: %v", err, err)
	})
}

// The server being away must be told at once, and all must work again when it is back.
func TestADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	server, err := testserver.StartMariaDB(t.Context(), testserver.MariaDBOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	require.NoError(t, server.CreateDatabase(t.Context(), "away"))
	st, err := store.Open(t.Context(), store.Options{DSN: server.DSN("away")})
	require.NoError(t, err)
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, st.Start(t.Context()))
	t.Cleanup(func() { _ = st.Close() })

	write := func() error {
		return st.Tx(t.Context(), func(tx *gorm.DB) error {
			id := st.NewID()
			return tx.Create(&model.Account{ID: id, OpenID: id.String(), CreatedAt: st.Now(), LastLoginAt: st.Now()}).Error
		})
	}
	require.NoError(t, write())
	require.NoError(t, server.Kill())
	for range 5 {
		begin := time.Now()
		err := write()
		require.Equal(t, model.KindUnavailable, model.KindOf(err), fmt.Sprint(err))
		err = st.Read(t.Context()).Take(&model.Account{}).Error
		require.Equal(t, model.KindUnavailable, model.KindOf(err), fmt.Sprint(err))
		require.Less(t, time.Since(begin), 3*time.Second)
		require.Error(t, st.Ping(t.Context()))
	}
	require.NoError(t, server.Start(t.Context()))
	require.NoError(t, write(), "no restart of ours is needed")
}

func TestAWrongDSNIsNamedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"nonsense", "user:secret@tcp(127.0.0.1:1)/", "user:secret@tcp(127.0.0.1:1)/xinyu"} {
		_, err := store.Open(t.Context(), store.Options{DSN: dsn})
		require.ErrorContains(t, err, "XINYU_DB_DSN")
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestADatabaseFileIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "xinyu.db")
	require.NoError(t, os.WriteFile(path, nil, 0o644)) // as an older version left it
	st, err := store.Open(t.Context(), store.Options{SQLitePath: path})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	_, err = st.Migrate(t.Context())
	require.NoError(t, err)
	files, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	require.Greater(t, len(files), 1, "the write-ahead log is a file too")
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
}
