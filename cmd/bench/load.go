package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"xinyu/service/platform/backoff"
	"xinyu/service/platform/store"
)

// callTimeout bounds one call: longer than any response may take.
const callTimeout = 20 * time.Second

// connection is one kept-alive HTTP/1.1 connection without pipelining. It does
// little more than it must, so that the two cores of a small machine are spent
// on the servers, and it is the same for the product and the baselines.
type connection struct {
	conn net.Conn // nil: not connected
	in   *bufio.Reader
	body bytes.Buffer
}

// dial connects unless that is done.
func (c *connection) dial(ctx context.Context, addr string) (err error) {
	if c.conn == nil {
		if c.conn, err = (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", addr); err != nil {
			c.conn = nil
			return err
		}
		c.in = bufio.NewReaderSize(c.conn, 2048)
	}
	return nil
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is on its way any more
		c.conn = nil
	}
}

// response is what matters of one.
type response struct {
	status     int
	retryAfter string
	body       []byte // valid until the next call
}

// do sends a whole request and reads the response. An error closes the connection.
func (c *connection) do(request []byte) (_ response, err error) {
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err := c.conn.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return response{}, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return response{}, err
	}
	r, length, err := c.readHead()
	if err != nil {
		return r, err
	}
	c.body.Reset()
	if length >= 0 {
		_, err = io.CopyN(&c.body, c.in, length)
	} else if _, err = c.body.ReadFrom(httputil.NewChunkedReader(c.in)); err == nil {
		_, err = c.in.ReadSlice('\n') // the empty line that ends the chunks
	}
	r.body = c.body.Bytes()
	return r, err
}

// readHead reads a response up to its body, whose length is -1 where it comes
// in chunks. By http.ReadResponse this would take four times as long.
func (c *connection) readHead() (r response, length int64, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil || len(line) < len("HTTP/1.1 200") {
		return r, 0, errors.Join(errors.New("no HTTP response"), err)
	}
	r.status, err = strconv.Atoi(string(line[9:12]))
	for err == nil {
		if line, err = c.in.ReadSlice('\n'); len(line) <= len("\r\n") {
			return r, length, err
		}
		name, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
		switch string(name) {
		case "Content-Length":
			length, err = strconv.ParseInt(string(value), 10, 64)
		case "Transfer-Encoding":
			length = -1
		case "Retry-After":
			r.retryAfter = string(value)
		}
	}
	return r, 0, err
}

// phone makes the calls of one connection, one after the other, and takes note
// of each response before the next. A load drives each from one goroutine only.
type phone interface {
	// next appends the next request to b. Nil means that there is nothing left to send.
	next(b []byte) []byte
	// answered notes a response; its error says that it is wrong.
	answered(status int, body []byte) error
	// failed notes that the last call may or may not have been done; next makes it again.
	failed()
}

// phones is a list of one kind of them as what they have in common.
func phones[P phone](list []P) []phone {
	return store.Each(list, func(p P) phone { return p })
}

// load drives phones against one server, each on a connection of its own.
type load struct {
	server
	phones  []phone
	lasting time.Duration
	rate    float64 // calls a second, whatever the responses' pace; 0: as they come, one a connection at a time
	calls   int     // of each phone, at most; 0: any number
	// patient phones go on when the connection or a call fails, as the real
	// client does. Without, all connect first, and the first failure ends the load.
	patient bool

	start time.Time
	took  time.Duration
	sent  atomic.Int64
	acked atomic.Int64

	mu       sync.Mutex
	waits    []time.Duration // of the acknowledged calls, from when each was due: a stalled server can't hide them
	failures map[string]int
	refusals []time.Duration // how long each 503 took
}

// What can become of a call in every trial.
const (
	cutOff  = "cut off"
	refused = "refused"
)

// retryPause is how long a patient phone waits before it tries again.
const retryPause = 20 * time.Millisecond

// run returns when no call is under way any more.
func (l *load) run(ctx context.Context) error {
	connections := make([]connection, len(l.phones))
	defer func() {
		for i := range connections {
			connections[i].close()
		}
	}()
	for i := range connections {
		if err := connections[i].dial(ctx, l.Addr()); err != nil && !l.patient {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	l.start = time.Now()
	for i, p := range l.phones {
		group.Go(func() error { return l.drive(ctx, &connections[i], p) })
	}
	err := group.Wait()
	l.took = time.Since(l.start)
	if err == nil && len(l.waits) == 0 {
		err = errors.New("nothing was answered")
	}
	return err
}

func (l *load) drive(ctx context.Context, c *connection, p phone) error {
	var waits []time.Duration
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waits = append(l.waits, waits...)
	}()
	request := make([]byte, 0, 1024)
	for l.calls == 0 || len(waits) < l.calls {
		due, more := l.pace(ctx)
		if !more {
			return nil
		}
		if c.dial(ctx, l.Addr()) != nil { // a patient phone's only
			time.Sleep(retryPause)
			continue
		}
		if request = p.next(request[:0]); len(request) == 0 {
			return nil
		}
		failure := l.call(c, p, request)
		if failure == "" {
			waits = append(waits, time.Since(due))
			continue
		}
		if !l.patient {
			return errors.New(failure)
		}
		time.Sleep(retryPause)
	}
	return nil
}

// pace returns when the next call is due, having waited for it, or that there is none.
func (l *load) pace(ctx context.Context) (due time.Time, more bool) {
	if l.rate > 0 {
		after := time.Duration(float64(l.sent.Add(1)) / l.rate * float64(time.Second))
		due = l.start.Add(after)
		return due, after <= l.lasting && backoff.Sleep(ctx, time.Until(due)) == nil
	}
	due = time.Now()
	return due, ctx.Err() == nil && due.Sub(l.start) < l.lasting
}

// call makes one call and returns how it failed, if it did.
func (l *load) call(c *connection, p phone, request []byte) (failure string) {
	began := time.Now()
	res, err := c.do(request)
	took := time.Since(began)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		failure = "hung"
	case err != nil:
		failure = cutOff
	case res.status == http.StatusServiceUnavailable && res.retryAfter == "":
		failure = "refused without Retry-After"
	case res.status == http.StatusServiceUnavailable:
		failure = refused
	default:
		if err := p.answered(res.status, res.body); err != nil {
			failure = err.Error()
		}
	}
	if failure == "" {
		l.acked.Add(1)
		return ""
	}
	p.failed()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures == nil {
		l.failures = map[string]int{}
	}
	l.failures[failure]++
	if failure == refused {
		l.refusals = append(l.refusals, took)
	}
	return failure
}

// side is a program that a figure compares by a closed loop of the phones.
func (r *rig) side(ctx context.Context, name string, s server, list []phone) *side {
	return &side{name: name, format: perSecond, measure: func() float64 {
		l := &load{server: s, phones: list, lasting: roundTime}
		check(l.run(ctx))
		return float64(len(l.waits)) / l.took.Seconds()
	}}
}

// percentile99 of the durations in milliseconds; zero where there are none.
func percentile99(list []time.Duration) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return float64(list[len(list)*99/100].Microseconds()) / 1000
}
