package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// manyConns is how many phones are connected at once for rss_10k_mb.
const manyConns = 10_000

// settle is how long a server is left in peace before its idle memory is read.
const settle = 2 * time.Second

// measureFootprint measures the start on the county's own database, the memory
// and the size of the binary.
func measureFootprint(ctx context.Context, c *county) error {
	var starts []float64
	server := c.onMariaDB(productDB, 3)
	for range c.opts.rounds {
		if err := server.kill(); err != nil {
			return err
		}
		took, err := startUntilReady(ctx, server)
		if err != nil {
			return err
		}
		starts = append(starts, float64(took.Milliseconds()))
	}
	c.print.figure("start_ms", "ms", atMost(500), starts)
	time.Sleep(settle)
	idle, err := server.residentMB()
	if err != nil {
		return err
	}
	c.print.figure("rss_mb", "MiB", atMost(80), []float64{idle})
	busy, err := withManyConns(ctx, server)
	if err != nil {
		return err
	}
	c.print.figure("rss_10k_mb", "MiB", atMost(400), []float64{busy}, fmt.Sprintf("connections=%d", manyConns))
	info, err := os.Stat(c.xinyu)
	if err != nil {
		return err
	}
	c.print.figure("binary_mb", "MiB", atMost(60), []float64{float64(info.Size()) / (1 << 20)})
	return server.kill()
}

// startUntilReady is the time from the start of the process to its first ready response.
func startUntilReady(ctx context.Context, server *child) (time.Duration, error) {
	began := time.Now()
	if err := server.start(ctx); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		status, _, _, err := server.get(ctx, "/readyz", "")
		if err == nil && status == http.StatusOK {
			return time.Since(began), nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return 0, context.Cause(ctx)
}

// withManyConns opens the connections, makes one call with a login on each, and
// returns the server's memory while all are open.
func withManyConns(ctx context.Context, server *child) (float64, error) {
	wires := make([]*wire, manyConns)
	defer func() {
		for w := range slices.Values(wires) {
			if w != nil {
				_ = w.close() // nothing is on its way any more
			}
		}
	}()
	var group errgroup.Group
	group.SetLimit(64)
	for i := range wires {
		group.Go(func() error {
			w, err := dial(ctx, server.addr)
			if err != nil {
				return err
			}
			wires[i] = w
			status, body, err := w.do(appendGet(nil, "/api/v1/me/tokens", tokenOf(guardianID(i+1))))
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("call: %d %.200s", status, body)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	return server.residentMB()
}
