package api

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var valuesOf = regexp.MustCompile(`(?m)^func \((\w+)\) Values\(\) \[\](\w+) `)

// An enum that is not registered is any text to the contract, and to the check of inputs.
func TestEveryEnumIsRegistered(t *testing.T) {
	t.Parallel()
	registered, err := os.ReadFile("enums.go")
	require.NoError(t, err)
	root := os.DirFS("..")
	found := 0
	require.NoError(t, fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && file != "model" && !strings.HasPrefix(file, "service"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, file)
		for _, m := range valuesOf.FindAllStringSubmatch(string(source), -1) {
			found++
			require.Contains(t, string(registered), "rest.EnumOf["+path.Base(path.Dir(file))+"."+m[1]+"]()", "register the enum of %s in enums.go", file)
		}
		return err
	}))
	require.Equal(t, strings.Count(string(registered), "rest.EnumOf["), found, "enums.go registers each once")
}
