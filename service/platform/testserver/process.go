package testserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Times that end a wait for something that ought to be much quicker.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
)

// process is one server program that can be started again and again on the same
// directory and port.
type process struct {
	bin  string
	args func() []string
	env  func() []string // beside this process's own; nil: nothing
	dir  *workDir
	// ping succeeds once the server responds.
	ping func(context.Context) error

	mu   sync.Mutex
	port int
	cmd  *exec.Cmd
	done <-chan struct{} // closed when cmd has ended
}

// launch makes the server's directory under parent, prepares it, and starts the
// server there. After an error nothing of it is left.
func (p *process) launch(ctx context.Context, parent string, prepare func() error) (err error) {
	if p.dir, err = newWorkDir(parent); err != nil {
		return err
	}
	if err = prepare(); err == nil {
		err = p.startOnFreePort(ctx)
	}
	if err != nil {
		return errors.Join(err, p.dir.remove())
	}
	return nil
}

// startOnFreePort picks a port and starts, with another port if somebody else was quicker to take it.
func (p *process) startOnFreePort(ctx context.Context) error {
	var err error
	for range 5 {
		if p.port, err = FreePort(); err != nil {
			return err
		}
		if err = p.Start(ctx); err == nil || !p.portTaken() {
			return err
		}
	}
	return err
}

// Start starts the server again on the data and the port that it had before
// Kill or Stop, and returns once it responds. It is an error if it is running.
// The context bounds the start only; the server outlives it.
func (p *process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		return fmt.Errorf("%s is already running", filepath.Base(p.bin))
	}
	log, err := os.Create(p.logName())
	if err != nil {
		return fmt.Errorf("make server log: %w", err)
	}
	defer log.Close()                        //nolint:errcheck // the child has its own handle; we wrote nothing
	p.cmd = exec.Command(p.bin, p.args()...) //nolint:gosec // the installed program
	if p.env != nil {
		p.cmd.Env = append(os.Environ(), p.env()...)
	}
	p.cmd.Dir = p.dir.path
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if p.done, err = StartTied(p.cmd); err != nil {
		p.done = nil
		return fmt.Errorf("start %s: %w", p.bin, err)
	}
	if err := p.awaitReady(ctx); err != nil {
		return errors.Join(fmt.Errorf("%s did not start: %w\n%s", filepath.Base(p.bin), err, p.logTail()), p.kill())
	}
	return nil
}

// StartTied starts cmd so that it is killed when this process ends, however it
// ends, and returns a channel that is closed when cmd has ended. The caller must
// not wait for cmd by other means.
func StartTied(cmd *exec.Cmd) (<-chan struct{}, error) {
	// A thread of its own waits for the child, because Linux takes the end of
	// the thread for the end of the parent.
	started, done := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(done)
		untie, err := startTied(cmd)
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // a killed server's exit status says nothing new
		_ = untie()    // the watchdog may have ended with its server
	}()
	return done, <-started
}

func (p *process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.ping(ctx)
		if err == nil && p.running() {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// Kill ends the server at once, as a crash or kill -9 would, and returns when it is gone.
// Killing a server that is not running is no error.
func (p *process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kill()
}

func (p *process) kill() error {
	return p.end(syscall.SIGKILL)
}

// Stop shuts the server down in its own orderly way and returns when it is gone.
// The data stay for the next Start. Stopping a server that is not running is no error.
func (p *process) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end(syscall.SIGTERM)
}

// Close kills the server and removes its data.
func (p *process) Close() error {
	return errors.Join(p.Kill(), p.dir.remove())
}

func (p *process) end(sig syscall.Signal) error {
	if !p.running() {
		return nil
	}
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", filepath.Base(p.bin), err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
		return fmt.Errorf("%s did not end within %s of %s", filepath.Base(p.bin), stopTimeout, sig)
	}
}

// Addr is the server's address, 127.0.0.1:port. It never changes.
func (p *process) Addr() string { return loopback(p.port) }

func (p *process) running() bool {
	if p.done == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (p *process) logName() string { return filepath.Join(p.dir.path, "server.log") }

// logTail is the end of what the server itself said, which is what explains a failed start.
func (p *process) logTail() string {
	const lines = 25
	text, err := os.ReadFile(p.logName())
	if err != nil {
		return "no server log: " + err.Error()
	}
	all := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

func (p *process) portTaken() bool {
	text, err := os.ReadFile(p.logName())
	return err == nil && bytes.Contains(text, []byte("Address already in use"))
}
