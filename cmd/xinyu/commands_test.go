package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/vault"
)

func TestWrongStartsPrintOneLineThatNamesTheSetting(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings []string
		want     string
	}{
		"production without WeChat": {[]string{"XINYU_DB_DSN=" + someDSN}, "XINYU_WECHAT_APP_ID"},
		"no such database":          {environ(production()), "XINYU_DB_DSN"},
		"no DSN at all":             {environ(with(production(), "XINYU_DB_DSN", "S3CRET")), "XINYU_DB_DSN"},
		"a broken Redis address":    {[]string{"XINYU_DEMO=true", "XINYU_REDIS_URL=S3CRET"}, "XINYU_REDIS_URL"},
		"a broken keyset":           {[]string{"XINYU_DEMO=true", "XINYU_KEYSET=S3CRET"}, "XINYU_KEYSET"},
		"a broken WeChat address":   {[]string{"XINYU_WECHAT_BASE_URL=S3CRET"}, "XINYU_WECHAT_BASE_URL"},
		"an S3 store that is away": {[]string{"XINYU_DEMO=true", "XINYU_S3_ENDPOINT=127.0.0.1:1", "XINYU_S3_BUCKET=b", "XINYU_S3_SECURE=false",
			"XINYU_S3_ACCESS_KEY=S3CRET", "XINYU_S3_SECRET_KEY=S3CRET"}, "XINYU_S3_ENDPOINT"},
		"a data directory that is a file": {[]string{"XINYU_DATA_DIR=/dev/null"}, "XINYU_DATA_DIR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := runOnce(t, environment(t, c.settings...))
			require.Equal(t, 1, code)
			require.Empty(t, stdout)
			require.NotContains(t, stderr, secret)
			complaint := slices.DeleteFunc(strings.Split(strings.TrimSpace(stderr), "\n"), func(line string) bool {
				return strings.Contains(line, `"msg":"migrated"`)
			})
			require.Len(t, complaint, 1)
			require.True(t, strings.HasPrefix(complaint[0], "xinyu: "+c.want), complaint[0])
		})
	}
}

func environ(m map[string]string) []string {
	list := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, name+"="+m[name])
	}
	return list
}

func TestUnknownCommandLinesAreUsageErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"nonsense"}, {"serve", "now"}, {"serve", "-fast"}, {"coverage"}, {"keyset", "old"}, {"-v"}, {"openapi", "-o"}} {
		stdout, stderr, code := runOnce(t, environment(t), args...)
		require.Equal(t, 2, code, args)
		require.Empty(t, stdout)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	}
}

func TestHelpNamesEveryCommandAndSetting(t *testing.T) {
	t.Parallel()
	stdout, _, code := runOnce(t, environment(t), "help")
	require.Zero(t, code)
	for _, c := range commands() {
		require.Contains(t, stdout, "  "+c.name+" ")
	}
	for _, s := range settings() {
		require.Contains(t, stdout, "  "+s.name+" ")
		require.NotEmpty(t, s.means, s.name)
	}
	_, _, code = runOnce(t, environment(t), "openapi", "-h")
	require.Zero(t, code)
}

func TestKeysetsArePrintedAndGrow(t *testing.T) {
	t.Parallel()
	old, _, code := runOnce(t, environment(t), "keyset")
	require.Zero(t, code)
	grown, _, code := runOnce(t, environment(t, "XINYU_KEYSET="+strings.TrimSpace(old)), "keyset", "add-key")
	require.Zero(t, code)
	before, err := vault.Open(old)
	require.NoError(t, err)
	after, err := vault.Open(grown)
	require.NoError(t, err)
	sealed, err := before.Seal("test", 1, "words")
	require.NoError(t, err)
	words, err := after.Unseal("test", 1, sealed)
	require.NoError(t, err)
	require.Equal(t, "words", words)

	_, stderr, code := runOnce(t, environment(t), "keyset", "add-key")
	require.Equal(t, 1, code)
	require.Equal(t, "xinyu: XINYU_KEYSET is empty\n", stderr)
}

// With other keys nothing sealed could be opened, and an import would take
// every pupil for a new one.
func TestADatabaseIsNotOpenedWithOtherKeys(t *testing.T) {
	t.Parallel()
	file := rosterOf(t, "roster.csv", "学校,班级,姓名,学籍号\n一小,1班,王芳,T001\n")
	dir := t.TempDir()
	start := func(keyset string, args ...string) (stderr string, code int) {
		env := environment(t, "XINYU_DEMO=true", "XINYU_DATA_DIR="+dir)
		if keyset != "" {
			env = append(env, "XINYU_KEYSET="+strings.TrimSpace(keyset))
		}
		_, stderr, code = runOnce(t, env, args...)
		return stderr, code
	}
	own, _, code := runOnce(t, environment(t), "keyset")
	require.Zero(t, code)
	other, _, code := runOnce(t, environment(t), "keyset")
	require.Zero(t, code)
	grown, _, code := runOnce(t, environment(t, "XINYU_KEYSET="+strings.TrimSpace(own)), "keyset", "add-key")
	require.Zero(t, code)

	create := []string{"import", "--create-county", "示例县", "--create-towns", "甲镇", file}
	_, _ = start(own, create...)
	for _, args := range [][]string{create, {"serve"}} {
		stderr, code := start(other, args...)
		require.Equal(t, 1, code)
		require.Equal(t, "xinyu: XINYU_KEYSET: these are other keys than the database's data was sealed with\n", stderr)
		stderr, code = start("", args...)
		require.Equal(t, 1, code)
		require.True(t, strings.HasPrefix(stderr, "xinyu: XINYU_KEYSET: the file keyset in XINYU_DATA_DIR holds other keys"), stderr)
	}
	stderr, _ := start(grown, create...)
	require.NotContains(t, stderr, "XINYU_KEYSET", "a rotated keyset is the same one")
}

func TestOpenAPINeedsNoDatabase(t *testing.T) {
	t.Parallel()
	printed, _, code := runOnce(t, environment(t, "XINYU_DATA_DIR=/dev/null"), "openapi")
	require.Zero(t, code)
	require.True(t, json.Valid([]byte(printed)))
	file := filepath.Join(t.TempDir(), "openapi.json")
	_, _, code = runOnce(t, environment(t), "openapi", "-o", file)
	require.Zero(t, code)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, printed, string(written))
}

func TestMigrateAndVersion(t *testing.T) {
	t.Parallel()
	env := environment(t)
	for range 2 {
		stdout, stderr, code := runOnce(t, env, "migrate")
		require.Zero(t, code, stderr)
		require.Equal(t, "the tables are up to date\n", stdout)
	}
	stdout, _, code := runOnce(t, env, "version")
	require.Zero(t, code)
	require.Contains(t, stdout, "xinyu ")
}
