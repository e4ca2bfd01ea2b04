package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// source gives the requests of one connection, one after the other, and takes
// note of each response before it gives the next. A load drives each source from
// one goroutine only.
type source interface {
	// next appends the next request to b. Nil means that there is nothing left to send.
	next(b []byte) []byte
	// answered notes a response; its error ends the load.
	answered(status int, body []byte) error
}

// outcome is what a load brought about.
type outcome struct {
	answers int
	elapsed time.Duration
	waits   []time.Duration // from when the request was due until the response was there
}

func (o outcome) rate() float64 { return float64(o.answers) / o.elapsed.Seconds() }

// percentile of the waits, in milliseconds.
func (o outcome) percentile(p float64) float64 {
	if len(o.waits) == 0 {
		return 0
	}
	slices.Sort(o.waits)
	i := min(len(o.waits)-1, int(p*float64(len(o.waits))))
	return float64(o.waits[i].Microseconds()) / 1000
}

// closedLoop keeps one call under way on each connection for so long.
func closedLoop(ctx context.Context, addr string, sources []source, lasting time.Duration) (outcome, error) {
	return drive(ctx, addr, sources, func(start time.Time) pacer {
		end := start.Add(lasting)
		return func() (time.Time, bool) {
			now := time.Now()
			return now, now.Before(end)
		}
	})
}

// openLoop sends at a steady rate, whatever the responses' pace; waits are
// counted from when a call was due, so that a stalled server can't hide it.
func openLoop(ctx context.Context, addr string, sources []source, rate float64, lasting time.Duration) (outcome, error) {
	total := int64(rate * lasting.Seconds())
	return drive(ctx, addr, sources, func(start time.Time) pacer {
		var sent atomic.Int64
		return func() (time.Time, bool) {
			i := sent.Add(1)
			due := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			return due, i <= total && sleepUntil(ctx, due)
		}
	})
}

func sleepUntil(ctx context.Context, t time.Time) bool {
	wait := time.Until(t)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pacer returns when the next call is due, having waited for it, or that there is none.
type pacer func() (due time.Time, more bool)

// drive opens a connection for each source and sends as the pacer says that
// begin makes once all are open.
func drive(ctx context.Context, addr string, sources []source, begin func(start time.Time) pacer) (outcome, error) {
	wires := make([]*wire, len(sources))
	defer func() {
		for _, w := range wires {
			if w != nil {
				_ = w.close() // nothing is on its way any more
			}
		}
	}()
	for i := range wires {
		var err error
		if wires[i], err = dial(ctx, addr); err != nil {
			return outcome{}, err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	waits := make([][]time.Duration, len(sources))
	start := time.Now()
	pace := begin(start)
	var all sync.WaitGroup
	for i, src := range sources {
		all.Go(func() {
			var err error
			if waits[i], err = pump(ctx, wires[i], src, pace); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	o := outcome{elapsed: time.Since(start), waits: slices.Concat(waits...)}
	o.answers = len(o.waits)
	if err := context.Cause(ctx); err != nil {
		return o, fmt.Errorf("load: %w", err)
	}
	if o.answers == 0 {
		return o, errors.New("load: nothing was answered")
	}
	return o, nil
}

func pump(ctx context.Context, w *wire, src source, pace pacer) ([]time.Duration, error) {
	var waits []time.Duration
	request := make([]byte, 0, 1024)
	for ctx.Err() == nil {
		due, more := pace()
		if !more {
			return waits, nil
		}
		if request = src.next(request[:0]); len(request) == 0 {
			return waits, nil
		}
		status, body, err := w.do(request)
		if err != nil {
			return waits, err
		}
		waits = append(waits, time.Since(due))
		if err := src.answered(status, body); err != nil {
			return waits, err
		}
	}
	return waits, nil
}
