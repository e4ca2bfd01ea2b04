package logwatch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// watching is what a TestMain says whose tests are watched.
var watching = regexp.MustCompile(`(?s)func TestMain\(m \*testing\.M\) .*(logwatch\.Watch|storetest\.Main|[^.]Watch)\(m\)`)

// Every package with tests is watched, but for model: it logs nothing, as it
// may import nothing of the program's.
func TestEveryPackagesTestsAreWatched(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	watched := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && path != root):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		dir := filepath.Dir(path)
		watched[dir] = watched[dir] || watching.Match(text)
		return err
	}))
	require.Greater(t, len(watched), 20)
	for dir, is := range watched {
		require.True(t, is || dir == filepath.Join(root, "model"), "%s: its TestMain must run the tests through logwatch.Watch", dir)
	}
	files, err := filepath.Glob(filepath.Join(root, "model", "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(text), `"log/slog"`, file)
	}
}
