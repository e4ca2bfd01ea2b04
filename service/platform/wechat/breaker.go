package wechat

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"xinyu/model"
)

const (
	// breakerRest is how long a call of WeChat's that keeps failing is left
	// alone before one caller may try it again.
	breakerRest = 5 * time.Second
	// So many failures in a row open a breaker; or, where calls fail here and
	// there, this share of at least so many within breakerWindow.
	breakerFailures = 5
	breakerMinCalls = 20
	breakerShare    = 0.5
	breakerWindow   = 10 * time.Second
)

// errShut is the answer while a breaker is open: WeChat has failed so often
// within the last moments that it was not asked.
var errShut = errors.New("wechat: the call keeps failing and rests")

// breakers keeps one circuit for each path of WeChat's, so that a call that is
// broken over there does not stop logins. Paths are ours and few.
type breakers struct {
	rest  time.Duration
	clock model.Clock

	mu     sync.Mutex
	byPath map[string]*circuit
}

func newBreakers(rest time.Duration, clock model.Clock) *breakers {
	return &breakers{rest: rest, clock: clock, byPath: map[string]*circuit{}}
}

func (b *breakers) of(path string) *circuit {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.byPath[path]
	if !ok {
		c = &circuit{rest: b.rest, clock: b.clock, state: circuitClosed, changed: func(from, to circuitState) { breakerChanged(path, from, to) }}
		b.byPath[path] = c
	}
	return c
}

// guarded carries req out unless its breaker is open. The breaker learns how
// the call went once the answer has been read to its end.
func (c *Client) guarded(req *http.Request, path string) (*http.Response, error) {
	settle, ok := c.breakers.of(path).allow()
	if !ok {
		countCall(path, outcomeShut)
		return nil, notSent{errShut}
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := c.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err == nil && resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // the status is the news
		err = statusError(resp.StatusCode)
	}
	if err != nil {
		settle(err)
		countCall(path, outcomeFailed)
		if !connected.Load() { // neither a name, nor a connection, nor TLS
			err = notSent{err}
		}
		return nil, err
	}
	resp.Body = &settling{ReadCloser: http.MaxBytesReader(nil, resp.Body, maxAnswer), settle: func(err error) {
		settle(err)
		if err != nil {
			countCall(path, outcomeFailed)
		} else {
			countCall(path, outcomeAnswered)
		}
	}}
	return resp, nil
}

// settling is an answer's body that tells once whether it could be read.
type settling struct {
	io.ReadCloser
	settle func(error)
	once   sync.Once
}

func (s *settling) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		s.once.Do(func() { s.settle(nil) })
	case err != nil:
		s.once.Do(func() { s.settle(err) })
	}
	return n, err
}

func (s *settling) Close() error {
	s.once.Do(func() { s.settle(nil) })
	return s.ReadCloser.Close()
}
