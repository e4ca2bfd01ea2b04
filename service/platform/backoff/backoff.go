// Package backoff says how long to wait after failures.
//
// cenkalti/backoff is the known library for this, but it retries an operation
// in a loop of its own. Here most waits are dates in the database, or are shared
// by many callers, so that all that is left to it is the line of arithmetic in Delay.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// maxDoublings keeps a delay within what a time.Duration holds.
const maxDoublings = 20

// Delay is the time to wait after so many failures in a row: it doubles with
// each from first up to most.
func Delay(first, most time.Duration, failures int) time.Duration {
	return min(first<<min(max(failures-1, 0), maxDoublings), most)
}

// Jitter is a random time between half of d and d, so that those who failed
// together do not all come back together.
func Jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads tries out; nothing secret
}

// Sleep waits for d, or until ctx ends: then its error is ctx's.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
