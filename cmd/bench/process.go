package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"xinyu/service/platform/testserver"
)

const (
	readyTimeout = 30 * time.Second
	stopTimeout  = 15 * time.Second
)

// child is a server program started by us, on loopback. It dies with us.
type child struct {
	bin     string
	args    []string
	env     []string
	addr    string // host:port, known once it is ready
	started time.Duration
	cmd     *exec.Cmd
	done    <-chan struct{}
	log     *tail
}

// start runs the child and waits until it says, on its standard output, where
// it listens: " addr=http://HOST:PORT".
func (c *child) start(ctx context.Context) error {
	c.cmd = exec.Command(c.bin, c.args...) //nolint:gosec // our own programs
	c.cmd.Env = append(os.Environ(), c.env...)
	c.log = &tail{}
	c.cmd.Stderr = c.log
	reader, writer := io.Pipe()
	c.cmd.Stdout = writer
	began := time.Now()
	var err error
	if c.done, err = testserver.StartTied(c.cmd); err != nil {
		return fmt.Errorf("start %s: %w", c.bin, err)
	}
	go func() {
		<-c.done
		_ = writer.Close() // ends the reading below
	}()
	announced := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(reader)
		for lines.Scan() {
			if _, url, ok := strings.Cut(lines.Text(), " addr=http://"); ok {
				addr, _, _ := strings.Cut(url, " ")
				select {
				case announced <- addr:
				default:
				}
			}
		}
		_, _ = io.Copy(io.Discard, reader)
	}()
	select {
	case c.addr = <-announced:
		c.started = time.Since(began)
		return nil
	case <-c.done:
		return fmt.Errorf("%s ended at once: %s", c.bin, c.log)
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), c.kill())
	case <-time.After(readyTimeout):
		return errors.Join(fmt.Errorf("%s is not ready after %s: %s", c.bin, readyTimeout, c.log), c.kill())
	}
}

// stop ends the child in its own orderly way.
func (c *child) stop() error { return c.end(syscall.SIGTERM) }

// kill ends the child at once, as kill -9 would.
func (c *child) kill() error { return c.end(syscall.SIGKILL) }

func (c *child) end(sig syscall.Signal) error {
	if c.done == nil {
		return nil
	}
	select {
	case <-c.done:
		return nil
	default:
	}
	if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", c.bin, err)
	}
	select {
	case <-c.done:
		return nil
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("%s did not end within %s: %s", c.bin, stopTimeout, c.log), c.cmd.Process.Kill())
	}
}

// residentMB is the memory that the child holds, in MiB.
func (c *child) residentMB() (float64, error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(c.cmd.Process.Pid) + "/status")
	if err != nil {
		out, psErr := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(c.cmd.Process.Pid)).Output() //nolint:gosec // where there is no /proc
		if psErr != nil {
			return 0, errors.Join(err, psErr)
		}
		status = append([]byte("VmRSS: "), out...)
	}
	for line := range bytes.Lines(status) {
		if value, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kb, err := strconv.ParseFloat(strings.Fields(string(value))[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// get fetches a page outside the load.
func (c *child) get(ctx context.Context, path, token string) (status int, header http.Header, body []byte, err error) {
	return call(ctx, http.MethodGet, "http://"+c.addr+path, token, nil)
}

// call is one HTTP call outside the load.
func call(ctx context.Context, method, url, token string, body []byte) (int, http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, answer, errors.Join(err, res.Body.Close())
}

// tail keeps the end of what a child said.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = bytes.Clone(t.text[max(0, len(t.text)-most):])
	return len(p), nil
}

// String is the end of the text.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
