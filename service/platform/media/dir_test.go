package media

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func newDir(t testing.TB) *Dir {
	t.Helper()
	d, err := OpenDir(filepath.Join(t.TempDir(), "media"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestDirLeavesNoPartsBehind(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	put(t, d, "a/b.png", []byte("x"))
	require.Error(t, d.Put(t.Context(), "a/c.png", strings.NewReader("short"), 99, TypePNG))
	left, err := os.ReadDir(filepath.Join(d.root.Name(), partsDir))
	require.NoError(t, err)
	require.Empty(t, left)
	info, err := os.Stat(filepath.Join(d.root.Name(), "a/b.png"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestOpenDirRemovesOldPartsOnly(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	parts := filepath.Join(path, partsDir)
	require.NoError(t, os.MkdirAll(parts, 0o700))
	for _, name := range []string{"old", "young"} {
		require.NoError(t, os.WriteFile(filepath.Join(parts, name), []byte("x"), 0o600))
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(parts, "old"), yesterday, yesterday))
	d, err := OpenDir(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	require.NoFileExists(t, filepath.Join(parts, "old"))
	require.FileExists(t, filepath.Join(parts, "young"))
}

func TestDirNeverLeavesItself(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret.png")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o600))
	d := newDir(t)
	require.NoError(t, os.Symlink(outside, filepath.Join(d.root.Name(), "link.png")))
	require.NoError(t, os.Symlink(filepath.Dir(outside), filepath.Join(d.root.Name(), "up")))
	require.NoError(t, os.Mkdir(filepath.Join(d.root.Name(), "folder.png"), 0o700))
	for _, key := range []string{"link.png", "up/secret.png", "folder.png"} {
		_, _, err := d.Open(t.Context(), key)
		require.Error(t, err, key)
	}
	require.Equal(t, model.KindNotFound, model.KindOf(func() error { _, _, err := d.Open(t.Context(), "folder.png"); return err }()))
	require.Error(t, d.Put(t.Context(), "up/new.png", strings.NewReader("x"), 1, TypePNG))
	require.NoFileExists(t, filepath.Join(filepath.Dir(outside), "new.png"))
}

func TestDirHasNoLinksOfItsOwn(t *testing.T) {
	t.Parallel()
	d := newDir(t)
	link, ok, err := d.URL(t.Context(), "a.png", time.Minute)
	require.NoError(t, err)
	require.False(t, ok)
	require.Empty(t, link)
	_, ok, err = d.Upload(t.Context(), "a.png", 1, TypePNG, time.Minute)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestOpenDirNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := OpenDir(file)
	require.ErrorContains(t, err, "media directory")
}
