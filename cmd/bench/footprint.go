package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// manyConnections is how many phones are connected at once for rss_10k_mb.
const manyConnections = 10_000

// settle is how long a server is left in peace before its idle memory is read.
const settle = 2 * time.Second

// footprint measures the start on the county's own database, the memory and the
// size of the binary.
func (c *county) footprint(ctx context.Context) {
	s := c.onMariaDB(productDB, 3)
	start := &side{measure: func() float64 {
		check(s.Kill())
		began := time.Now()
		check(s.Start(ctx)) // returns with the first ready response
		return float64(time.Since(began).Milliseconds())
	}}
	c.inTurns(start)
	c.figure("start_ms", "ms", atMost(500), start.values)
	time.Sleep(settle)
	c.figure("rss_mb", "MiB", atMost(80), []float64{s.residentMB()})
	busy := withManyConnections(ctx, s)
	c.figure("rss_10k_mb", "MiB", atMost(400), []float64{busy}, fmt.Sprintf("connections=%d", manyConnections))
	size := float64(must(os.Stat(c.binary)).Size()) / (1 << 20)
	c.figure("binary_mb", "MiB", atMost(60), []float64{size})
	check(s.Stop())
}

// withManyConnections opens the connections, makes one call with a login on
// each, and returns the server's memory while all are open.
func withManyConnections(ctx context.Context, s server) float64 {
	connections := make([]connection, manyConnections)
	var group errgroup.Group
	group.SetLimit(64)
	for i := range connections {
		group.Go(func() error {
			c, token := &connections[i], tokenOf(guardianID(i+1))
			if err := c.dial(ctx, s.Addr()); err != nil {
				return err
			}
			res, err := c.do(fmt.Appendf(nil,
				"GET /api/v1/me/tokens HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token))
			if err == nil && res.status != http.StatusOK {
				err = fmt.Errorf("call: %d %.200s", res.status, res.body)
			}
			return err
		})
	}
	check(group.Wait())
	memory := s.residentMB()
	for i := range connections {
		connections[i].close()
	}
	return memory
}
