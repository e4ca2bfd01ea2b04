package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store/storetest"
)

var dsnParts = regexp.MustCompile(`^([^:@]*)(?::([^@]*))?@tcp\(([^:]*):(\d+)\)/(\w+)`)

// database is a database of MariaDB with the words by which its commands reach it.
type database struct {
	dsn, name string
	client    []string
}

func newDatabase(t *testing.T) database {
	t.Helper()
	dsn := storetest.MariaDBDSN(t)
	p := dsnParts.FindStringSubmatch(dsn)
	require.NotNil(t, p)
	client := []string{"--no-defaults", "--host=" + p[3], "--port=" + p[4], "--user=" + p[1]}
	if p[2] != "" {
		client = append(client, "--password="+p[2])
	}
	return database{dsn: dsn, name: p[5], client: client}
}

func TestABackupHasACheckpointByWhichTheAuditLogCanBeVerified(t *testing.T) {
	t.Parallel()
	db, dir, data, handed := newDatabase(t), t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "handed")
	env := environment(t, "XINYU_DEMO=true", "XINYU_DATA_DIR="+data, "XINYU_DB_DSN="+db.dsn)
	_, stderr, code := runOnce(t, env, "migrate")
	require.Zero(t, code, stderr)
	backup := func() (string, error) {
		t.Helper()
		args := append([]string{"../../deploy/backup.sh", dir}, "cp", "/dev/stdin", handed)
		cmd := exec.Command("bash", args...)
		dump := "mariadb-dump"
		for _, word := range db.client {
			dump += " " + word
		}
		cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "XINYU="+os.Args[0], "MARIADB_DUMP="+dump, "DATABASE="+db.name)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = logwatch.Tee("backup", &said), logwatch.Tee("backup", &said)
		err := cmd.Run()
		return said.String(), err
	}
	checkpoints := func() []string {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(dir, "*.checkpoint"))
		require.NoError(t, err)
		return found
	}
	cfg, err := loadConfig(map[string]string{"XINYU_DEMO": "true", "XINYU_DATA_DIR": data, "XINYU_DB_DSN": db.dsn})
	require.NoError(t, err)
	a, err := openApp(t.Context(), cfg, openStore, openVault)
	require.NoError(t, err)
	defer a.close()
	log := audit.New(a.store, a.vault, nil, nil)
	write := func(n int) {
		t.Helper()
		require.NoError(t, a.store.Tx(t.Context(), func(tx *gorm.DB) error { return log.Write(tx, model.Actor{AccountID: 1}, make([]audit.Entry, n)...) }))
		require.NoError(t, log.Integrate(t.Context()))
	}

	said, err := backup()
	require.NoError(t, err, said)
	require.Empty(t, checkpoints(), "there is none yet")
	write(5)
	time.Sleep(1100 * time.Millisecond) // backups are named by the second
	said, err = backup()
	require.NoError(t, err, said)
	require.Len(t, checkpoints(), 1, said)
	kept, err := os.ReadFile(checkpoints()[0])
	require.NoError(t, err)
	given, err := os.ReadFile(handed)
	require.NoError(t, err)
	require.Equal(t, kept, given, "handed to the unit above")
	info, err := os.Stat(checkpoints()[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	t.Run("what was restored is as the checkpoint states", func(t *testing.T) {
		restored := newDatabase(t)
		dumps, err := filepath.Glob(filepath.Join(dir, "*.sql.gz"))
		require.NoError(t, err)
		require.Len(t, dumps, 2)
		load := exec.Command("bash", append([]string{"-c", `gunzip <"$0" | mariadb "$@"`, dumps[1]}, append(restored.client, restored.name)...)...)
		out, err := load.CombinedOutput()
		require.NoError(t, err, string(out))
		stdout, stderr, code := runOnce(t, append(env, "XINYU_DB_DSN="+restored.dsn), "audit", "verify", "-against", checkpoints()[0])
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "entries=5 waiting=0 faults=0")
	})
	t.Run("a log that was cut off since is told, and backed up all the same", func(t *testing.T) {
		write(1)
		require.NoError(t, a.store.Tx(t.Context(), func(tx *gorm.DB) error {
			for _, table := range []string{"audit_entries", "audit_leaves", "audit_checkpoints"} {
				if err := tx.Exec("DELETE FROM " + table).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		time.Sleep(1100 * time.Millisecond)
		said, err := backup()
		require.Error(t, err)
		require.Contains(t, said, "its end was cut off")
		require.Contains(t, said, "The backup is made.")
		dumps, err := filepath.Glob(filepath.Join(dir, "*.sql.gz"))
		require.NoError(t, err)
		require.Len(t, dumps, 3)
	})
}
