package deploy_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestTheShippedSettingsKeepWhatSecurityPromises reads the promises of
// SECURITY.md's last part and checks each against the files that are shipped. A
// promise without a check fails, and so does a check whose promise is gone.
func TestTheShippedSettingsKeepWhatSecurityPromises(t *testing.T) {
	t.Parallel()
	_, list, ok := strings.Cut(file(t, "../SECURITY.md"), "\n## What the shipped settings keep\n")
	require.True(t, ok)
	var promised []string
	for _, m := range regexp.MustCompile(`(?m)^- ((?:.+\n)(?:  .+\n)*)`).FindAllStringSubmatch(list, -1) {
		promised = append(promised, strings.Join(strings.Fields(m[1]), " "))
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(promises)), promised, "each promise has its check, word for word")
	for promise, kept := range promises {
		t.Run(promise, func(t *testing.T) {
			t.Parallel()
			kept(t, shippedFiles(t))
		})
	}
}

// shipped are the files of settings, read.
type shipped struct {
	compose     composeFile
	composeText string
	image       []string // the lines of the Dockerfile's last stage
	unit        map[string][]string
	nginx       []server
}

var promises = map[string]func(t *testing.T, s shipped){
	"Redis is reached at a socket of its group, or with a password; its port is not published.": func(t *testing.T, s shipped) {
		conf := settings(t, "redis/redis.conf")
		require.Contains(t, conf, "port 0")
		require.Contains(t, conf, "unixsocketperm 770")
		require.Contains(t, conf, "protected-mode yes")
		require.Contains(t, settings(t, "systemd/xinyu.env.example"), "XINYU_REDIS_URL=unix:///run/redis/redis-server.sock?db=0")
		redis := s.compose.Services["redis"]
		require.Empty(t, redis.Ports)
		at := slices.Index(redis.Command, "--requirepass")
		require.Positive(t, at)
		require.Regexp(t, demanded, redis.Command[at+1])
		require.Regexp(t, `^redis://:\$\{XINYU_REDIS_PASSWORD:\?[^}]*\}@`, s.compose.Services["xinyu"].Environment["XINYU_REDIS_URL"])
	},
	"MariaDB's port is not published, and nobody knows its root's password.": func(t *testing.T, s shipped) {
		db := s.compose.Services["mariadb"]
		require.Empty(t, db.Ports)
		require.Equal(t, "yes", db.Environment["MARIADB_RANDOM_ROOT_PASSWORD"])
		require.Regexp(t, demanded, db.Environment["MARIADB_PASSWORD"])
		require.NotContains(t, db.Environment, "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD")
		require.NotContains(t, file(t, "mysql/xinyu.cnf"), "bind", "Debian's own setting stands: this machine only")
	},
	"Demo mode and the emulator's address are set nowhere.": func(t *testing.T, s shipped) {
		for name := range everyShippedFile(t) {
			for _, line := range settingsOrNone(t, name) {
				for _, setting := range notForProduction {
					require.NotRegexp(t, `\b`+setting+`\s*[=:]`, line, name)
				}
			}
		}
		require.NotEmpty(t, s.compose.Services["xinyu"].Environment["XINYU_DB_DSN"], "which makes it a production start")
	},
	"The keyset is a setting that production can't start without; no volume holds it.": func(t *testing.T, s shipped) {
		require.Regexp(t, `^\$\{XINYU_KEYSET\?[^}]+\}$`, s.compose.Services["xinyu"].Environment["XINYU_KEYSET"]) // empty only while it is being made
		require.Contains(t, settings(t, "systemd/xinyu.env.example"), "XINYU_KEYSET=")
		for name, service := range s.compose.Services {
			for _, v := range service.Volumes {
				require.NotRegexp(t, `(?i)key|\.env`, v, name)
			}
			require.True(t, name == "xinyu" || service.Environment["XINYU_KEYSET"] == "", name)
		}
		require.Equal(t, []string{"data:/data"}, s.compose.Services["xinyu"].Volumes, "the media alone")
	},
	"The outside comes in by nginx alone, over TLS 1.2 or later; plain HTTP is led there, and browsers are told to stay.": func(t *testing.T, s shipped) {
		for name, service := range s.compose.Services {
			for _, port := range service.Ports {
				require.True(t, name == "nginx" || strings.HasPrefix(port, "127.0.0.1:"), "%s publishes %s", name, port)
			}
		}
		require.Contains(t, s.unit["Environment"][0], "XINYU_ADDR=127.0.0.1:")
		for _, server := range s.nginx {
			if !slices.ContainsFunc(server.own, func(d string) bool { return strings.HasPrefix(d, "listen") && strings.Contains(d, " ssl") }) {
				require.Contains(t, server.own, "return 301 https://$host$request_uri")
				require.Empty(t, server.locations)
				continue
			}
			require.Contains(t, server.own, "ssl_protocols TLSv1.2 TLSv1.3")
			require.Contains(t, server.own, hsts)
		}
		require.Len(t, s.nginx, 2)
		for _, location := range append(s.nginx[1].locations, parseNginx(t, file(t, "nginx/jssdk.conf"))...) {
			adds := slices.ContainsFunc(location.own, func(d string) bool { return strings.HasPrefix(d, "add_header ") })
			require.True(t, !adds || slices.Contains(location.own, hsts), "%s: a location that adds a header inherits none", location.name)
		}
	},
	"nginx tells xinyu the caller's own address and scheme, never what the caller says of them, and passes cookies and headers of protection on as they are.": func(t *testing.T, s shipped) {
		own := []string{"proxy_set_header X-Forwarded-For $remote_addr", "proxy_set_header X-Forwarded-Proto $scheme"}
		require.Subset(t, s.nginx[1].own, own)
		for _, location := range append(s.nginx[1].locations, parseNginx(t, file(t, "nginx/jssdk.conf"))...) {
			sets := slices.ContainsFunc(location.own, func(d string) bool { return strings.HasPrefix(d, "proxy_set_header ") })
			if sets {
				require.Subset(t, location.own, own, "%s: a location that sets a header inherits none", location.name)
			}
			for _, d := range location.own {
				require.NotRegexp(t, `^proxy_(cookie|ignore_headers|pass_header)`, d, location.name)
				if strings.HasPrefix(d, "proxy_hide_header ") {
					require.Equal(t, "proxy_hide_header Content-Security-Policy", d)
					require.True(t, slices.ContainsFunc(location.own, func(d string) bool { return strings.HasPrefix(d, "add_header Content-Security-Policy ") }), "another stands in its place")
				}
			}
		}
		require.NotContains(t, file(t, "nginx/xinyu.conf"), "proxy_add_x_forwarded_for")
	},
	"`/metrics` and `/readyz` are for the machines that watch the system: nginx refuses them, and no port of theirs is published.": func(t *testing.T, s shipped) {
		for _, path := range []string{"/metrics", "/readyz"} {
			at := slices.IndexFunc(s.nginx[1].locations, func(l server) bool { return l.name == "= "+path })
			require.NotEqual(t, -1, at, path)
			require.Equal(t, []string{"return 404"}, s.nginx[1].locations[at].own)
		}
		metrics := s.compose.Services["xinyu"].Environment["XINYU_METRICS_ADDR"]
		port := regexp.MustCompile(`:-:(\d+)\}$`).FindStringSubmatch(metrics)
		require.Len(t, port, 2)
		for name, service := range s.compose.Services {
			require.NotContains(t, strings.Join(service.Ports, " "), port[1], name)
		}
		require.Contains(t, settings(t, "systemd/xinyu.env.example"), "XINYU_METRICS_ADDR=", "empty: to this machine only")
	},
	"No access log of nginx's holds the query of a call; its error log, for the administrator alone, may where one fails.": func(t *testing.T, s shipped) {
		format := regexp.MustCompile(`(?s)log_format xinyu (.*?);`).FindStringSubmatch(file(t, "nginx/xinyu.conf"))
		require.Len(t, format, 2)
		require.NotRegexp(t, `\$(request|request_uri|args|query_string|arg_\w+|http_\w+|request_body)\b`, format[1])
		for _, server := range s.nginx {
			require.Contains(t, server.own, "access_log /var/log/nginx/access.log xinyu", "nginx's own format holds the query")
		}
	},
	"xinyu runs as a user without rights, who can write to its data and nothing else; files that it makes are its own.": func(t *testing.T, s shipped) {
		require.True(t, slices.ContainsFunc(s.image, regexp.MustCompile(`^USER [1-9]\d*:[1-9]\d*$`).MatchString), "the image's user is not root")
		require.Contains(t, s.image, "FROM scratch")
		xinyu := s.compose.Services["xinyu"]
		require.True(t, xinyu.ReadOnly)
		require.Equal(t, []string{"ALL"}, xinyu.CapDrop)
		require.Equal(t, []string{"no-new-privileges:true"}, xinyu.SecurityOpt)
		for setting, want := range map[string]string{
			"DynamicUser": "yes", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
			"StateDirectory": "xinyu", "StateDirectoryMode": "0700", "UMask": "0077", "EnvironmentFile": "/etc/xinyu/xinyu.env",
		} {
			require.Equal(t, []string{want}, s.unit[setting], setting)
		}
		require.NotContains(t, s.unit, "ReadWritePaths")
		readme := file(t, "README.md")
		for _, step := range []string{"cp .env.example .env && chmod 600 .env", "install -m 600 deploy/systemd/xinyu.env.example", "install -d -m 700 /etc/xinyu",
			"install -m 600 privkey.pem deploy/nginx/tls/xinyu.key", "install -d -m 700 /etc/nginx/tls", "install -m 640 -g redis deploy/redis/redis.conf"} {
			require.Contains(t, readme, step)
		}
	},
	"No secret is shipped; what you fill in is neither committed nor copied into an image.": func(t *testing.T, s shipped) {
		for _, path := range []string{"../.env.example", "systemd/xinyu.env.example"} {
			for _, line := range settings(t, path) {
				name, value, _ := strings.Cut(line, "=")
				require.True(t, value == "" || name == "XINYU_REDIS_URL" && !strings.Contains(value, "@"), "%s has a value for %s", path, name)
			}
		}
		secret := regexp.MustCompile(`(?i)(PASS|SECRET|TOKEN|KEY)`)
		for name, service := range s.compose.Services {
			for setting, value := range service.Environment {
				require.True(t, !secret.MatchString(setting) || value == "yes" || strings.HasPrefix(value, "${"), "%s of %s", setting, name)
			}
		}
		require.Regexp(t, `^xinyu:\$\{XINYU_DB_PASSWORD:\?[^}]*\}@`, s.compose.Services["xinyu"].Environment["XINYU_DB_DSN"])
		for name, text := range everyShippedFile(t) {
			require.NotRegexp(t, `-----BEGIN|AKIA[0-9A-Z]{16}|\bwx[0-9a-f]{16}\b|requirepass [^$"]|IDENTIFIED BY '[^a]`, text, name)
		}
		require.Contains(t, settingsOrNone(t, "../.gitignore"), "/.env")
		for _, kept := range []string{".env", "**/*.env", "deploy/nginx/tls/*"} {
			require.Contains(t, settingsOrNone(t, "../.dockerignore"), kept)
		}
		require.Equal(t, []string{"*", "!.gitignore"}, settingsOrNone(t, "nginx/tls/.gitignore"), "no certificate's key is committed")
		require.NotContains(t, strings.Join(s.image, "\n"), "COPY . ", "the image holds the binary, not the tree")
	},
}

// demanded is a value that docker compose refuses to do without.
const demanded = `^\$\{XINYU_[A-Z_]+:\?[^}]+\}$`

const hsts = `add_header Strict-Transport-Security "max-age=31536000" always`

func shippedFiles(t *testing.T) shipped {
	t.Helper()
	s := shipped{composeText: file(t, "../docker-compose.yml"), unit: map[string][]string{}}
	require.NoError(t, yaml.Unmarshal([]byte(s.composeText), &s.compose))
	for _, line := range settings(t, "Dockerfile") {
		if strings.HasPrefix(line, "FROM ") {
			s.image = nil
		}
		s.image = append(s.image, line)
	}
	for _, line := range settings(t, "systemd/xinyu.service") {
		name, value, _ := strings.Cut(line, "=")
		s.unit[name] = append(s.unit[name], value)
	}
	for _, block := range parseNginx(t, file(t, "nginx/xinyu.conf")) {
		if block.name == "server" {
			s.nginx = append(s.nginx, block)
		}
	}
	require.Len(t, s.nginx, 2)
	return s
}

// server is a block of nginx's: a server, or a location in one.
type server struct {
	name      string   // of a location, what it is for
	own       []string // directives, single spaces
	locations []server
}

// parseNginx reads the blocks of a file of settings.
func parseNginx(t *testing.T, text string) []server {
	t.Helper()
	text = regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(text, "$1")
	stack := []server{{}}
	for _, m := range regexp.MustCompile(`(?s)((?:"[^"]*"|'[^']*'|[^;{}"'])*)([;{}])`).FindAllStringSubmatch(text, -1) {
		words, top := strings.Join(strings.Fields(m[1]), " "), &stack[len(stack)-1]
		switch m[2] {
		case ";":
			top.own = append(top.own, words)
		case "{":
			stack = append(stack, server{name: strings.TrimPrefix(words, "location ")})
		case "}":
			done := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			above := &stack[len(stack)-1]
			above.locations = append(above.locations, done)
		}
	}
	require.Len(t, stack, 1, "every block ends")
	return stack[0].locations
}

// everyShippedFile are the texts of all that is in this directory, but for the
// tests, and of what stands at the top for operators.
func everyShippedFile(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{"../docker-compose.yml": file(t, "../docker-compose.yml"), "../.env.example": file(t, "../.env.example")}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "nginx/tls" || path == "demo"): // an operator's certificate; no settings
			return fs.SkipDir
		case !d.IsDir() && !slices.Contains([]string{".go", ".png", ".md"}, filepath.Ext(path)):
			texts[path] = file(t, path)
		}
		return nil
	}))
	require.Greater(t, len(texts), 10)
	return texts
}

func file(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// settingsOrNone is settings for files that may have none.
func settingsOrNone(t *testing.T, path string) (lines []string) {
	t.Helper()
	for line := range strings.Lines(file(t, path)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}
