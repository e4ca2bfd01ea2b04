package backoff_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/backoff"
)

func TestDelaysDoubleUpToTheMost(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{-1: 1, 0: 1, 1: 1, 2: 2, 3: 4, 5: 16, 6: 30, 7: 30, 1_000_000: 30} {
		require.Equal(t, want*time.Second, backoff.Delay(time.Second, 30*time.Second, failures), "%d failures", failures)
	}
}

func TestJitterIsBetweenHalfAndAll(t *testing.T) {
	t.Parallel()
	for range 1000 {
		d := backoff.Jitter(time.Second)
		require.GreaterOrEqual(t, d, time.Second/2)
		require.LessOrEqual(t, d, time.Second)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, backoff.Sleep(t.Context(), time.Minute))
		require.Equal(t, time.Minute, time.Since(began))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, backoff.Sleep(ctx, time.Hour), context.DeadlineExceeded)
		require.Equal(t, time.Minute+time.Second, time.Since(began))
	})
}
