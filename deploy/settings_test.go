package deploy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// notForProduction are the settings of demos and of tests.
var notForProduction = []string{"XINYU_DEMO", "XINYU_WECHAT_BASE_URL"}

// programSettings is the program's own list of settings: the env tags of its configuration.
func programSettings(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../cmd/xinyu/config.go", nil, 0)
	require.NoError(t, err)
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil {
			tag, err := strconv.Unquote(field.Tag.Value)
			require.NoError(t, err)
			if name := reflect.StructTag(tag).Get("env"); name != "" {
				names = append(names, name)
			}
		}
		return true
	})
	require.Greater(t, len(names), 20)
	return names
}

var settingName = regexp.MustCompile(`\bXINYU_[A-Z0-9_]*[A-Z0-9]\b`)

// names are those that begin a line of the form NAME=VALUE.
func names(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	for _, line := range settings(t, path) {
		name, _, ok := strings.Cut(line, "=")
		require.True(t, ok, line)
		out = append(out, name)
	}
	return out
}

// What is shipped carries every setting that production needs, and none that the program would refuse.
func TestWhatIsShippedCarriesEverySetting(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	var compose composeFile
	require.NoError(t, yaml.Unmarshal([]byte(read("../docker-compose.yml")), &compose))
	var inContainer []string
	for name := range compose.Services["xinyu"].Environment {
		inContainer = append(inContainer, name)
	}
	var inImage, inUnit []string
	for line := range strings.Lines(read("Dockerfile")) {
		if strings.HasPrefix(line, "ENV ") {
			inImage = append(inImage, settingName.FindAllString(line, -1)...)
		}
	}
	for line := range strings.Lines(read("systemd/xinyu.service")) {
		if strings.HasPrefix(line, "Environment=") {
			inUnit = append(inUnit, settingName.FindAllString(line, -1)...)
		}
	}
	want := programSettings(t)
	for place, have := range map[string][]string{
		"docker-compose.yml and the Dockerfile": append(inContainer, inImage...),
		"deploy/systemd":                        append(inUnit, names(t, "systemd/xinyu.env.example")...),
		"the table of deploy/README.md":         settingName.FindAllString(read("README.md"), -1),
	} {
		for _, name := range want {
			if !strings.Contains(strings.Join(notForProduction, " "), name) {
				require.Contains(t, have, name, "%s is missing in %s", name, place)
			}
		}
		for _, name := range have {
			require.Contains(t, want, name, "%s of %s is no setting of the program's", name, place)
		}
	}
	for _, name := range names(t, "../.env.example") {
		if name != "XINYU_DB_PASSWORD" && name != "XINYU_REDIS_PASSWORD" { // docker-compose.yml makes addresses from them
			require.Contains(t, want, name, ".env.example")
		}
	}
	for _, path := range []string{"../README.md", "../README.zh-CN.md"} {
		for _, name := range settingName.FindAllString(read(path), -1) {
			require.Contains(t, want, name, path)
		}
	}
}
