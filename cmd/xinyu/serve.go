package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// How a stop goes: for drainNotice calls are still answered, each with
// "Connection: close", so that clients and proxies with connections in use
// move on without losing a call; then no connection is accepted, and calls
// under way have drainTimeout.
const (
	drainNotice  = time.Second
	drainTimeout = 10 * time.Second
)

// serve runs the system until ctx ends.
func serve(ctx context.Context, inv invocation) (err error) {
	started := time.Now()
	a, err := inv.open(ctx, openStore, openCache, openVault, matchKeyset, openMedia, openWeChat, openOfficial, openServices,
		openDemo, recallPhones, startJobs, openAPI)
	if err != nil {
		return err
	}
	defer a.close()
	ln, err := net.Listen("tcp", a.cfg.Addr)
	if err != nil {
		return settingError("XINYU_ADDR", "cannot listen there: "+cause(err))
	}
	a.sendWebhooksTo(ln.Addr())
	if err := a.serveMetrics(); err != nil {
		return errors.Join(err, ln.Close())
	}
	server := newServer(a.api)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	if err := a.announce(inv.stdout, ln.Addr(), time.Since(started)); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	slog.Info("stopping")
	server.drain()
	slog.Info("stopped")
	return nil
}

// server is the HTTP server with its way to stop.
type server struct {
	http.Server
	draining atomic.Bool
	api      drainer
}

// drainer is the API: a handler that can say that it will soon be gone.
type drainer interface {
	http.Handler
	Drain()
}

func newServer(api drainer) *server {
	s := &server{api: api}
	s.Server = http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		// Both are for JSON calls; routes that carry files set their own.
		ReadTimeout:    30 * time.Second,
		WriteTimeout:   time.Minute,
		IdleTimeout:    2 * time.Minute, // longer than nginx keeps one, so that nginx is the one to close
		MaxHeaderBytes: 32 << 10,
		ErrorLog:       slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	s.api.ServeHTTP(w, r)
}

// drain stops the server as described above.
func (s *server) drain() {
	s.draining.Store(true)
	s.api.Drain()
	time.Sleep(drainNotice)
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		slog.Warn("calls cut off", "err", err)
		if err := s.Close(); err != nil {
			slog.Warn("close connections", "err", err)
		}
	}
}
