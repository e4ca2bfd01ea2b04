package wechat

import (
	"context"
	"errors"
	"sync"
	"time"

	"xinyu/model"
)

// circuitState is whether a call of WeChat's is asked.
type circuitState string

const (
	circuitClosed   circuitState = "closed"    // it is
	circuitOpen     circuitState = "open"      // it rests
	circuitHalfOpen circuitState = "half-open" // one caller tries for all
)

// circuit is the breaker of one call. It is ours because the known ones read
// the system's clock, on which an hour's outage can't be tried.
type circuit struct {
	rest    time.Duration
	clock   model.Clock
	changed func(from, to circuitState)

	mu       sync.Mutex
	state    circuitState
	openedAt time.Time
	// turn counts the changes of state: what was asked before the last one
	// says nothing about now.
	turn     uint64
	inARow   int // failures
	failedAt time.Time
	seconds  [int(breakerWindow / time.Second)]struct{ second, calls, failures int64 }
}

// allow tells whether to ask. Who may must say how it went, once.
func (c *circuit) allow() (settle func(error), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state {
	case circuitHalfOpen:
		return nil, false // somebody is trying
	case circuitOpen:
		// A clock that was set back must not prolong the rest.
		if rested := c.clock().Sub(c.openedAt); rested >= 0 && rested < c.rest {
			return nil, false
		}
		c.become(circuitHalfOpen)
	}
	turn := c.turn
	return func(err error) { c.settle(turn, err) }, true
}

func (c *circuit) settle(turn uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if turn != c.turn {
		return
	}
	left := errors.Is(err, context.Canceled) // who hangs up says nothing about WeChat
	switch {
	case c.state == circuitHalfOpen && left:
		c.become(circuitOpen)
		c.openedAt = c.openedAt.Add(-c.rest) // the next caller may try at once
	case left:
	case c.state == circuitHalfOpen && err == nil:
		c.become(circuitClosed)
	case c.state == circuitHalfOpen || c.fails(err != nil):
		c.become(circuitOpen)
	}
}

// fails counts a call of the closed circuit and tells whether to open it. c.mu is held.
func (c *circuit) fails(failed bool) bool {
	now := c.clock()
	at := &c.seconds[now.Unix()%int64(len(c.seconds))]
	if at.second != now.Unix() {
		at.second, at.calls, at.failures = now.Unix(), 0, 0
	}
	at.calls++
	if !failed {
		c.inARow = 0
		return false
	}
	at.failures++
	if now.Sub(c.failedAt) > breakerWindow {
		c.inARow = 0
	}
	c.inARow, c.failedAt = c.inARow+1, now
	var calls, failures int64
	for _, s := range c.seconds {
		if now.Unix()-s.second < int64(len(c.seconds)) {
			calls, failures = calls+s.calls, failures+s.failures
		}
	}
	return c.inARow >= breakerFailures || calls >= breakerMinCalls && float64(failures) >= breakerShare*float64(calls)
}

// become changes the state and forgets what was counted. c.mu is held.
func (c *circuit) become(to circuitState) {
	from := c.state
	c.state, c.inARow = to, 0
	c.turn++
	clear(c.seconds[:])
	if to == circuitOpen {
		c.openedAt = c.clock()
	}
	c.changed(from, to)
}
