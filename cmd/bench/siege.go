package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// phone is a source that goes on when a call fails: what may or may not have
// been done it asks for again, as the real client does.
type phone interface {
	source
	// failed notes that the last call has no response, or one that says to try again.
	failed()
}

// siege is a load that outlives the server that it is on.
type siege struct {
	addr   string
	phones []phone

	mu      sync.Mutex
	acked   int
	broken  int             // calls cut off without a response
	hung    int             // calls without a response for callTimeout
	refused []time.Duration // how long each 503 took
	bare    int             // 503 without Retry-After
	wrong   []string        // responses that should not be
}

// The pause before a phone tries again.
const retryPause = 20 * time.Millisecond

// run drives all phones until ctx ends, and returns when no call is under way.
func (s *siege) run(ctx context.Context) {
	var all sync.WaitGroup
	for _, p := range s.phones {
		all.Go(func() { s.drive(ctx, p) })
	}
	all.Wait()
}

// during drives all phones while trial runs.
func (s *siege) during(ctx context.Context, trial func(context.Context) error) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run(running)
	}()
	err := trial(ctx)
	stop()
	<-done
	return err
}

func (s *siege) drive(ctx context.Context, p phone) {
	var w *wire
	defer func() {
		if w != nil {
			_ = w.close() // nothing is on its way any more
		}
	}()
	request := make([]byte, 0, 1024)
	for ctx.Err() == nil {
		if w == nil {
			var err error
			if w, err = dial(ctx, s.addr); err != nil {
				w = nil
				time.Sleep(retryPause)
				continue
			}
		}
		if request = p.next(request[:0]); len(request) == 0 {
			return
		}
		began := time.Now()
		status, body, err := w.do(request)
		if s.note(p, status, body, err, w.retry, time.Since(began)) {
			continue
		}
		if err != nil {
			_ = w.close() // broken already
			w = nil
		}
		time.Sleep(retryPause)
	}
}

// note files one response and reports whether the phone may go on at once.
func (s *siege) note(p phone, status int, body []byte, err error, retryAfter string, took time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.hung++
	case err != nil:
		s.broken++
	case status == http.StatusServiceUnavailable:
		s.refused = append(s.refused, took)
		if retryAfter == "" {
			s.bare++
		}
	default:
		if err = p.answered(status, body); err == nil {
			s.acked++
			return true
		}
		s.wrong = append(s.wrong, err.Error())
	}
	p.failed()
	return false
}

// sofar is the number of acknowledged calls until now.
func (s *siege) sofar() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked
}

// fault is an error where a response was given that no trial allows.
func (s *siege) fault() error {
	switch {
	case len(s.wrong) > 0:
		return fmt.Errorf("%d wrong answers, such as %s", len(s.wrong), s.wrong[0])
	case s.hung > 0:
		return fmt.Errorf("%d calls hung", s.hung)
	case s.bare > 0:
		return fmt.Errorf("%d of %d refusals came without Retry-After", s.bare, len(s.refused))
	}
	return nil
}

// slowest is the 99th percentile of the refusals' times.
func (s *siege) slowest() time.Duration {
	if len(s.refused) == 0 {
		return 0
	}
	slices.Sort(s.refused)
	return s.refused[len(s.refused)*99/100]
}

// awaitProgress returns once so many more calls are acknowledged.
func (s *siege) awaitProgress(ctx context.Context, more int, within time.Duration) error {
	target, deadline := s.sofar()+more, time.Now().Add(within)
	for s.sofar() < target {
		if time.Now().After(deadline) {
			return fmt.Errorf("only %d of %d calls were answered within %s", s.sofar()-target+more, more, within)
		}
		if !sleepUntil(ctx, time.Now().Add(20*time.Millisecond)) {
			return context.Cause(ctx)
		}
	}
	return nil
}
