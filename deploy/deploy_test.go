// Package deploy_test proves that the settings in this directory are ones that
// the programs they are for accept, by starting those programs with them.
package deploy_test

import (
	"bufio"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"xinyu/service/platform/testserver"
)

// settings returns the lines of a file that are neither blank, comment nor section.
func settings(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // only read
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && !strings.ContainsAny(line[:1], "#[") {
			out = append(out, line)
		}
	}
	require.NotEmpty(t, out)
	return out
}

func TestMariaDBTakesItsSettings(t *testing.T) {
	t.Parallel()
	var args []string
	for _, line := range settings(t, "mysql/xinyu.cnf") {
		name, value, ok := strings.Cut(line, " = ")
		require.True(t, ok, line)
		args = append(args, "--"+name+"="+value)
	}
	args = append(args, "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M") // the test machine may be small
	m, err := testserver.StartMariaDB(t.Context(), testserver.MariaDBOptions{Durable: true, ExtraArgs: args})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	require.NoError(t, m.CreateDatabase(t.Context(), "trial"))
	db, err := sql.Open("mysql", m.DSN("trial"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for variable, want := range map[string]string{
		"innodb_flush_log_at_trx_commit": "1",
		"innodb_doublewrite":             "ON",
		"sync_binlog":                    "1",
		"log_bin":                        "ON",
		"binlog_format":                  "ROW",
		"tx_isolation":                   "READ-COMMITTED",
		"collation_server":               "utf8mb4_bin",
	} {
		var name, got string
		require.NoError(t, db.QueryRowContext(t.Context(), "SHOW VARIABLES WHERE Variable_name = ?", variable).Scan(&name, &got))
		require.Equal(t, want, got, variable)
	}
}

func TestRedisTakesItsSettings(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "redis.sock")
	var args []string
	for _, line := range settings(t, "redis/redis.conf") {
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case "port": // the test server has its own beside the socket
		case "unixsocket":
			args = append(args, "--"+name, socket)
		default:
			args = append(args, "--"+name, strings.Trim(value, `"`))
		}
	}
	r, err := testserver.StartRedis(t.Context(), testserver.RedisOptions{ExtraArgs: args, Password: "a-long-random-word"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	at, err := os.Stat(socket)
	require.NoError(t, err)
	require.Zero(t, at.Mode().Perm()&0o007, "the socket is not everybody's")
	stranger := redis.NewClient(&redis.Options{Addr: r.Addr()})
	t.Cleanup(func() { require.NoError(t, stranger.Close()) })
	require.ErrorContains(t, stranger.Ping(t.Context()).Err(), "NOAUTH")
	opts, err := redis.ParseURL(r.URL(0))
	require.NoError(t, err)
	c := redis.NewClient(opts)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	for name, want := range map[string]string{"maxmemory": "268435456", "maxmemory-policy": "allkeys-lru", "appendonly": "no", "save": "", "protected-mode": "yes"} {
		got, err := c.ConfigGet(t.Context(), name).Result()
		require.NoError(t, err)
		require.Equal(t, want, got[name], name)
	}
}

// composeFile is as much of the Compose format as docker-compose.yml uses. A key
// that is not here is refused, so that a misspelt one cannot be ignored in silence.
type composeFile struct {
	Name     string
	Services map[string]struct {
		Build struct {
			Context    string
			Dockerfile string
		}
		Image       string
		Profiles    []string
		Restart     string
		Environment map[string]string
		Command     []string
		Volumes     []string
		Tmpfs       []string
		Ports       []string
		ReadOnly    bool                                  `yaml:"read_only"`
		CapDrop     []string                              `yaml:"cap_drop"`
		SecurityOpt []string                              `yaml:"security_opt"`
		StopGrace   string                                `yaml:"stop_grace_period"`
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		Healthcheck struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
	}
	Volumes map[string]any
}

var reference = regexp.MustCompile(`\$\{([A-Z0-9_]+)`)

func TestComposeFileHangsTogether(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	var c composeFile
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&c))

	for name, s := range c.Services {
		require.NotEmpty(t, s.Image, name)
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(source, "./") {
				require.FileExists(t, filepath.Join("..", source, map[bool]string{true: ".gitignore"}[strings.HasSuffix(source, "tls")]), name)
			} else {
				require.Contains(t, c.Volumes, source, name)
			}
		}
		for other, on := range s.DependsOn {
			require.Contains(t, c.Services, other)
			require.Equal(t, "service_healthy", on.Condition)
		}
	}

	var wanted, offered []string
	for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
		wanted = append(wanted, m[1])
	}
	for _, line := range settings(t, "../.env.example") {
		name, value, _ := strings.Cut(line, "=")
		require.Empty(t, value, "no secret is given out ready-made")
		offered = append(offered, name)
	}
	require.Subset(t, wanted, offered)
	require.Subset(t, offered, wanted)
}

// Prometheus asks where the containers serve the metrics.
func TestPrometheusAsksWhereMetricsAreServed(t *testing.T) {
	t.Parallel()
	var prometheus struct {
		ScrapeConfigs []struct {
			MetricsPath   string                       `yaml:"metrics_path"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	text, err := os.ReadFile("prometheus/prometheus.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &prometheus))
	require.Len(t, prometheus.ScrapeConfigs, 1)
	require.Equal(t, "/metrics", prometheus.ScrapeConfigs[0].MetricsPath)
	_, port, ok := strings.Cut(prometheus.ScrapeConfigs[0].StaticConfigs[0].Targets[0], ":")
	require.True(t, ok)
	compose, err := os.ReadFile("../docker-compose.yml")
	require.NoError(t, err)
	require.Contains(t, string(compose), "XINYU_METRICS_ADDR: ${XINYU_METRICS_ADDR:-:"+port+"}")
	require.NotContains(t, string(compose), ":"+port+":", "the outside has no way there")
}

var metric = regexp.MustCompile(`xinyu_[a-z_]+`)

// goSources is the product's source in one text.
func goSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{"../api", "../service"} {
		require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		}))
	}
	return all.String()
}

func TestAlertsAskForMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	var alerts struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	f, err := os.Open("prometheus/alerts.yml")
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // only read
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&alerts))
	require.Len(t, alerts.Groups, 1)
	sources := goSources(t)
	for _, r := range alerts.Groups[0].Rules {
		names := metric.FindAllString(r.Expr, -1)
		if r.Alert != "XinyuDown" { // Prometheus's own metric
			require.NotEmpty(t, names, r.Alert)
		}
		for _, name := range names {
			name = strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
			require.Contains(t, sources, `"`+name+`"`, r.Alert)
		}
		require.Contains(t, []string{"critical", "warning"}, r.Labels["severity"], r.Alert)
		require.NotEmpty(t, r.Annotations["summary"], r.Alert)
	}
}
