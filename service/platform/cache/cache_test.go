package cache

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// A Redis that is down costs its callers next to nothing: the port refuses at
// once, and nobody asks again for a while.
func TestARedisThatRefusesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := ln.Addr().String()
	require.NoError(t, ln.Close())
	c, err := Open("redis://" + addr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	asked := 0
	ask := func(ctx context.Context, rdb redis.UniversalClient) error {
		asked++
		return rdb.Get(ctx, "k").Err()
	}
	began := time.Now()
	require.Error(t, c.Ping(t.Context()))
	require.Error(t, c.Do(t.Context(), ask))
	require.Less(t, time.Since(began), opTimeout/2)
	require.ErrorIs(t, c.Do(t.Context(), ask), ErrDown)
	require.Equal(t, 1, asked)
}
