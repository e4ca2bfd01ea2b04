package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// eachMode runs the test embedded, and as a demo on MariaDB.
func eachMode(t *testing.T, test func(t *testing.T, env []string, database string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, environment(t, "XINYU_DEMO=true"), "sqlite")
	})
	t.Run("mariadb", func(t *testing.T) {
		t.Parallel()
		test(t, environment(t, "XINYU_DEMO=true", "XINYU_DB_DSN="+storetest.MariaDBDSN(t)), "mysql")
	})
}

func TestServesFromStartToStopAndAgain(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, env []string, database string) {
		for _, round := range []string{"on an empty database", "again on the same"} {
			p := startProgram(t, env)
			require.Equal(t, database, field(t, p.start, "db"), round)
			require.Equal(t, "in-process", field(t, p.start, "redis"))
			require.Equal(t, "emulator", field(t, p.start, "wechat"))
			require.Equal(t, "dir", field(t, p.start, "media"))
			require.Equal(t, "true", field(t, p.start, "demo"))
			_, err := strconv.Atoi(field(t, p.start, "start_ms"))
			require.NoError(t, err)

			for path, want := range map[string]string{
				"/healthz":      `"ok"`,
				"/readyz":       `"ready"`,
				"/metrics":      `go_sql_open_connections{db_name="xinyu"}`,
				"/openapi.json": `"openapi"`,
				"/docs":         "<html",
			} {
				status, body := p.get(path)
				require.Equal(t, http.StatusOK, status, path)
				require.Contains(t, body, want)
			}
			require.NotEmpty(t, p.login("demo-passer-by").Token)
			status, body := p.get("/api/v1/nothing-of-the-kind")
			require.Equal(t, http.StatusNotFound, status)
			require.Contains(t, body, "route_not_found")

			p.stop()
			require.Contains(t, p.stderr.String(), `"stopped"`)
			require.NotContains(t, p.stderr.String(), `"level":"ERROR"`)
		}
	})
}

func TestStoppingSaysSoAndAnswersCallsUnderWay(t *testing.T) {
	t.Parallel()
	p := startProgram(t, environment(t))
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.NoError(t, err)
	defer conn.Close() //nolint:errcheck // the test's own end
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	// A call that is on its way when the signal comes: its last line is still missing.
	_, err = fmt.Fprintf(conn, "GET /readyz HTTP/1.1\r\nHost: xinyu\r\n")
	require.NoError(t, err)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		p.stop()
	}()
	require.Eventually(t, func() bool { return strings.Contains(p.stderr.String(), `"stopping"`) }, 10*time.Second, 5*time.Millisecond)
	_, err = fmt.Fprintf(conn, "\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.True(t, resp.Close, "the client is told to use another connection")
	<-stopped
	_, err = net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.Error(t, err)
}

func TestOneProcessHasTheDataDirectory(t *testing.T) {
	t.Parallel()
	env := environment(t)
	p := startProgram(t, env)
	roster := rosterOf(t, "roster.csv", "班级,姓名,学籍号\n1班,王芳,T001\n")
	for _, args := range [][]string{{"serve"}, {"migrate"}, {"coverage", "rebuild"}, {"import", "-unit", "A", "-apply", roster}} {
		stdout, stderr, code := runOnce(t, env, args...)
		require.Equal(t, 1, code)
		require.Empty(t, stdout)
		require.Equal(t, "xinyu: XINYU_DATA_DIR: another xinyu is using this directory; stop it first, or give this one another directory\n", stderr)
	}
	p.stop()
	stdout, _, code := runOnce(t, env, "coverage", "rebuild")
	require.Zero(t, code)
	require.Contains(t, stdout, "corrected=0")
}

func TestAPortInUseIsNamed(t *testing.T) {
	t.Parallel()
	p := startProgram(t, environment(t))
	addr := strings.TrimPrefix(p.url, "http://")
	_, stderr, code := runOnce(t, environment(t, "XINYU_ADDR="+addr))
	require.Equal(t, 1, code)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	require.Equal(t, "xinyu: XINYU_ADDR: cannot listen there: address already in use", lines[len(lines)-1])
}

func TestMetricsHaveAnAddressOfTheirOwnWhereOneIsSet(t *testing.T) {
	t.Parallel()
	p := startProgram(t, environment(t, "XINYU_METRICS_ADDR=127.0.0.1:0"))
	status, body := p.get("/metrics")
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, body, "route_not_found")
	at := field(t, p.start, "metrics")
	require.NotContains(t, at, p.url+"/")
	api := p.url
	p.url = strings.TrimSuffix(at, "/metrics")
	status, body = p.get("/metrics")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `xinyu_http_request_seconds_count{method="any",route="unknown",status="404"}`)
	status, _ = p.get("/api/v1/hotlines")
	require.Equal(t, http.StatusNotFound, status, "nothing else is there")

	_, stderr, code := runOnce(t, environment(t, "XINYU_METRICS_ADDR="+strings.TrimPrefix(api, "http://")))
	require.Equal(t, 1, code)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	require.Equal(t, "xinyu: XINYU_METRICS_ADDR: cannot listen there: address already in use", lines[len(lines)-1])
	p.stop()
	_, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.Error(t, err)
}

func TestHealthcheckAsksTheRunningSystem(t *testing.T) {
	t.Parallel()
	p := startProgram(t, environment(t))
	addr := strings.TrimPrefix(p.url, "http://")
	stdout, stderr, code := runOnce(t, environment(t, "XINYU_ADDR="+addr), "healthcheck")
	require.Zero(t, code, stderr)
	require.Equal(t, "ready\n", stdout)
	p.stop()
	_, stderr, code = runOnce(t, environment(t, "XINYU_ADDR="+addr), "healthcheck")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "nothing answers")
}

func TestJobsRunAndAreKeptInTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startProgram(t, environment(t, "XINYU_DATA_DIR="+dir))
	st, err := store.Open(t.Context(), store.Options{SQLitePath: filepath.Join(dir, "xinyu.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.Eventually(t, func() bool {
		var ran []model.Job
		require.NoError(t, st.Read(t.Context()).Where("last_run_at IS NOT NULL AND last_error = ''").Find(&ran).Error)
		return slices.ContainsFunc(ran, func(j model.Job) bool { return j.Name == "demo-upkeep" }) &&
			slices.ContainsFunc(ran, func(j model.Job) bool { return j.Name == "coverage-drift" })
	}, 20*time.Second, 50*time.Millisecond)
	p.stop()
	require.NotContains(t, p.stderr.String(), `"level":"ERROR"`)
}
