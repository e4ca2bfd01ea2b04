package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
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

// breakers keeps one breaker for each path of WeChat's, so that a call that is
// broken over there does not stop logins. Paths are ours and few.
type breakers struct {
	rest time.Duration

	mu     sync.Mutex
	byPath map[string]*gobreaker.TwoStepCircuitBreaker[any]
}

func newBreakers(rest time.Duration) *breakers {
	return &breakers{rest: rest, byPath: map[string]*gobreaker.TwoStepCircuitBreaker[any]{}}
}

func (b *breakers) of(path string) *gobreaker.TwoStepCircuitBreaker[any] {
	b.mu.Lock()
	defer b.mu.Unlock()
	breaker, ok := b.byPath[path]
	if !ok {
		breaker = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
			Name:         path,
			Timeout:      b.rest,
			Interval:     breakerWindow,
			BucketPeriod: time.Second,
			ReadyToTrip: func(c gobreaker.Counts) bool {
				return c.ConsecutiveFailures >= breakerFailures ||
					c.Requests >= breakerMinCalls && float64(c.TotalFailures) >= breakerShare*float64(c.Requests)
			},
			// Who hangs up says nothing about WeChat.
			IsExcluded:    func(err error) bool { return errors.Is(err, context.Canceled) },
			OnStateChange: func(path string, from, to gobreaker.State) { breakerChanged(path, from, to) },
		})
		b.byPath[path] = breaker
	}
	return breaker
}

// guarded carries req out unless its breaker is open. The breaker learns how
// the call went once the answer has been read to its end.
func (c *Client) guarded(req *http.Request, path string) (*http.Response, error) {
	settle, err := c.breakers.of(path).Allow()
	if err != nil {
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
