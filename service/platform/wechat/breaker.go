package wechat

import (
	"bytes"
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
	// defaultOpenFor is how long a breaker stays open before one caller may try again.
	defaultOpenFor = 5 * time.Second
	// So many failures in a row open a breaker; or, where some calls succeed,
	// this share of at least so many. Both are counted over breakerWindow: long
	// enough for five calls that reach their deadline one after another.
	breakerFailures = 5
	breakerMinCalls = 20
	breakerShare    = 0.5
	breakerWindow   = 30 * time.Second
)

// errOpen is the error while a breaker is open: WeChat has failed so often
// within the last moments that it was not called.
var errOpen = errors.New("wechat: the circuit breaker of the call is open")

// breakers keeps one breaker for each path of WeChat's, so that a call that is
// broken over there does not stop logins. Paths are ours and few.
type breakers struct {
	openFor time.Duration

	mu     sync.Mutex
	byPath map[string]*gobreaker.TwoStepCircuitBreaker[any]
}

func newBreakers(openFor time.Duration) *breakers {
	return &breakers{openFor: openFor, byPath: map[string]*gobreaker.TwoStepCircuitBreaker[any]{}}
}

func (b *breakers) of(path string) *gobreaker.TwoStepCircuitBreaker[any] {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.byPath[path]
	if !ok {
		c = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
			Name: path, Timeout: b.openFor, Interval: breakerWindow, BucketPeriod: time.Second,
			ReadyToTrip: tooManyFailures, OnStateChange: breakerChanged,
			// A caller that hangs up says nothing about WeChat.
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		})
		b.byPath[path] = c
	}
	return c
}

func tooManyFailures(c gobreaker.Counts) bool {
	calls := c.TotalSuccesses + c.TotalFailures // not c.Requests, which counts the calls under way too
	return c.ConsecutiveFailures >= breakerFailures || calls >= breakerMinCalls && float64(c.TotalFailures) >= breakerShare*float64(calls)
}

// guarded sends req unless the breaker of its path is open. It reads the whole
// response, so that the breaker learns how the call went.
func (c *Client) guarded(req *http.Request, path string) (*http.Response, error) {
	settle, err := c.breakers.of(path).Allow()
	if err != nil {
		countCall(path, outcomeShut)
		return nil, notSent{errOpen}
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := c.fetch(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	settle(err)
	if err == nil {
		countCall(path, outcomeAnswered)
		return resp, nil
	}
	countCall(path, outcomeFailed)
	if !connected.Load() { // neither a name, nor a connection, nor TLS
		err = notSent{err}
	}
	return nil, err
}

// fetch sends req and reads the response to its end. A status other than 200 is an error.
func (c *Client) fetch(req *http.Request) (*http.Response, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp.StatusCode)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxResponse))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
