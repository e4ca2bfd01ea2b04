package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store/storetest"
)

// beProgram makes the test binary the program itself, so that tests run the
// real main in a process of its own, with signals and exit codes.
const beProgram = "BE_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
	}
	os.Exit(storetest.Main(m))
}

// program is a running xinyu.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	start  string // the start line
	stderr *syncBuffer
	stdout *syncBuffer
	exited chan struct{}
}

// environment is what a program is started with: a free port, a directory of
// its own, and the given settings on top.
func environment(t *testing.T, settings ...string) []string {
	return append([]string{beProgram + "=1", "XINYU_ADDR=127.0.0.1:0", "XINYU_DATA_DIR=" + t.TempDir()}, settings...)
}

// startProgram starts xinyu and waits for its start line.
func startProgram(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(os.Args[0], args...), stderr: &syncBuffer{}, stdout: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stderr = logwatch.Tee("xinyu "+strings.Join(args, " "), p.stderr)
	out, in, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.Stdout = in
	require.NoError(t, p.cmd.Start())
	require.NoError(t, in.Close())
	ready := make(chan struct{})
	go func() {
		defer close(p.exited)
		lines, once := bufio.NewScanner(out), sync.Once{}
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "xinyu ") {
				once.Do(func() {
					p.start = lines.Text()
					close(ready)
				})
			}
			_, _ = p.stdout.Write(append(lines.Bytes(), '\n'))
		}
		_ = p.cmd.Wait() // its result is in ProcessState
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has usually ended already
		<-p.exited
	})
	select {
	case <-ready:
	case <-p.exited:
		require.FailNow(t, "ended at once", p.stderr.String())
	case <-time.After(time.Minute):
		require.FailNow(t, "no start line", p.stderr.String())
	}
	p.url = field(t, p.start, "addr")
	return p
}

// stop sends SIGTERM and waits for the program to end well.
func (p *program) stop() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.awaitExit()
}

func (p *program) awaitExit() {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		require.FailNow(p.t, "does not stop", p.stderr.String())
	}
	require.Zero(p.t, p.cmd.ProcessState.ExitCode(), p.stderr.String())
}

func (p *program) get(path string) (int, string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	require.NoError(p.t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return resp.StatusCode, string(body)
}

// fetch asks for a stretch of a file by its link.
func (p *program) fetch(link, byteRange string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+link, nil)
	require.NoError(p.t, err)
	req.Header.Set("Range", byteRange)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	require.NoError(p.t, resp.Body.Close())
	return resp
}

// loggedIn is the answer to a login.
type loggedIn struct {
	Token   string
	Account struct {
		ID    model.ID
		Roles []model.RoleAt
	}
}

// login logs in with a code.
func (p *program) login(code string) loggedIn {
	p.t.Helper()
	var in loggedIn
	require.Equal(p.t, http.StatusOK, p.call("", http.MethodPost, "/login", map[string]any{"code": code}, &in))
	return in
}

// call calls the API as the token's holder; an answer of success is read into out.
func (p *program) call(token, method, path string, in, out any) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		require.NoError(p.t, err)
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.url+"/api/v1"+path, body)
	require.NoError(p.t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	if out != nil && resp.StatusCode < 300 {
		require.NoError(p.t, json.Unmarshal(text, out), string(text))
	}
	return resp.StatusCode
}

// runOnce runs a command to its end.
func runOnce(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, logwatch.Tee("xinyu "+strings.Join(args, " "), &errs)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// field is the value of name in the start line.
func field(t *testing.T, line, name string) string {
	t.Helper()
	for word := range strings.FieldsSeq(line) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	require.FailNow(t, "no "+name+" in the start line", line)
	return ""
}

// syncBuffer is a buffer that a process fills while the test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
