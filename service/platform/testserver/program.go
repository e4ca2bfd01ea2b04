package testserver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Program is a private server of any other program that speaks HTTP. It can be
// killed and started again. Its methods may be called from any goroutine.
type Program struct {
	process
	// Args and Env are the program's arguments, and its environment beside this
	// process's own. They must make it listen at Addr. Set them before Start.
	Args, Env []string
	ready     string
}

// NewProgram makes a server on a disk and a port of its own, which Start starts
// and the caller must Close. It is ready once the page at the path returns 200.
func NewProgram(bin, ready string) (*Program, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	dir, err := newWorkDir(diskParent())
	if err != nil {
		return nil, err
	}
	p := &Program{ready: "http://" + loopback(port) + ready}
	p.bin, p.dir, p.port, p.ping = bin, dir, port, p.get
	p.args = func() []string { return p.Args }
	p.env = func() []string { return p.Env }
	return p, nil
}

// Pid is the process id of the program, which must have been started.
func (p *Program) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd.Process.Pid
}

func (p *Program) get(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.ready, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s returned %d", p.ready, res.StatusCode)
	}
	return errors.Join(err, res.Body.Close())
}
