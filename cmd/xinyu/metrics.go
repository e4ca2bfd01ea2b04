package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"xinyu/api"
)

// serveMetrics serves /metrics at its own address, where the settings name
// one, until the app is closed: also while the API drains.
func (a *app) serveMetrics() error {
	if a.cfg.MetricsAddr == "" {
		return nil
	}
	ln, err := net.Listen("tcp", a.cfg.MetricsAddr)
	if err != nil {
		return settingError("XINYU_METRICS_ADDR", "cannot listen there: "+cause(err))
	}
	server := &http.Server{
		Handler:           api.MetricsHandler(a.registry),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	go func() {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("serve metrics", "err", err)
		}
	}()
	a.onClose(server.Close)
	a.metricsAt = ln.Addr()
	return nil
}
