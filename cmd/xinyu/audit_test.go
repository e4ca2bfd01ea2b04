package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/counsel"
	"xinyu/service/identity"
)

func TestTheAuditLogIsVerifiedByCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := environment(t, "XINYU_DATA_DIR="+dir)
	_, stderr, code := runOnce(t, env, "audit", "checkpoint")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "checkpoint_not_found")

	cfg, err := loadConfig(map[string]string{"XINYU_DATA_DIR": dir})
	require.NoError(t, err)
	change := func(fn func(tx *gorm.DB, log *audit.Log) error) {
		t.Helper()
		a, err := openApp(t.Context(), cfg, openStore, openVault)
		require.NoError(t, err)
		defer a.close()
		log := audit.New(a.store, a.vault, identity.Directory{}, counsel.MadeBy)
		require.NoError(t, a.store.Tx(t.Context(), func(tx *gorm.DB) error { return fn(tx, log) }))
		require.NoError(t, log.Integrate(t.Context()))
	}
	change(func(tx *gorm.DB, log *audit.Log) error {
		return log.Write(tx, model.Actor{AccountID: 1}, make([]audit.Entry, 5)...)
	})
	kept, _, code := runOnce(t, env, "audit", "checkpoint")
	require.Zero(t, code)
	file := filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, os.WriteFile(file, []byte(kept), 0o600))
	stdout, _, code := runOnce(t, env, "audit", "verify", "-against", file)
	require.Zero(t, code)
	require.Contains(t, stdout, "entries=5 waiting=0 faults=0 root=")

	change(func(tx *gorm.DB, _ *audit.Log) error { return tx.Exec("UPDATE audit_entries SET pupil_id = 1").Error })
	stdout, stderr, code = runOnce(t, env, "audit", "verify")
	require.Equal(t, 1, code)
	require.Contains(t, stdout, "entries=5 waiting=0 faults=5 root=")
	require.Contains(t, stderr, "not as it was written")

	for _, given := range []string{"/dev/null", dir, filepath.Join(dir, "none")} {
		_, stderr, code = runOnce(t, env, "audit", "verify", "-against", given)
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "-against: ")
		require.NotContains(t, stderr, dir)
	}
}
