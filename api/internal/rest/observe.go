package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

type httpMetrics struct {
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newHTTPMetrics(registry *prometheus.Registry) *httpMetrics {
	m := &httpMetrics{
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "xinyu_http_request_seconds", Help: "Time to respond, by route and status.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "xinyu_http_in_flight", Help: "Calls in progress."}),
	}
	registry.MustRegister(m.seconds, m.inFlight)
	return m
}

// observe measures every call and logs the failed and the slow ones. A line
// holds the route's pattern, never the path, query or body: they may hold
// ids, names and tokens.
func (s *Server) observe(c *gin.Context) {
	start := time.Now()
	s.metrics.inFlight.Inc()
	defer s.metrics.inFlight.Dec()
	caller := c.Request.Context() // a handler may put one of its own in its place, which ends with it
	c.Next()
	took, status, method, route := time.Since(start), c.Writer.Status(), c.Request.Method, c.FullPath()
	if errors.Is(caller.Err(), context.Canceled) {
		status = clientGone
	}
	if route == "" { // callers invent methods and paths: neither may become a label
		method, route = "any", "unknown"
	}
	s.metrics.seconds.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
	level := slog.LevelDebug
	switch {
	case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
		level = slog.LevelError
	case status == http.StatusServiceUnavailable || took > slowCall:
		level = slog.LevelWarn
	}
	if slog.Default().Enabled(c.Request.Context(), level) { // on the hot path even its arguments would cost
		slog.Log(c.Request.Context(), level, "call", "method", method, "route", route, "status", status, "ms", took.Milliseconds())
	}
}

// recoverPanics returns 500 and logs where it happened. The panic's value is
// left out where it is no error of the runtime: it may hold personal data.
func recoverPanics(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		slog.Error("panic", "type", fmt.Sprintf("%T", p), "route", c.FullPath(), "stack", string(debug.Stack()))
		Abort(c, NewProblem(http.StatusInternalServerError, "internal", "系统出错了，请稍后再试"))
	}()
	c.Next()
}

// securityHeaders are right for JSON; pages set their own on top.
func securityHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	c.Next()
}

// clientGone is the status noted for a call whose caller hung up.
const clientGone = 499

// slowCall is the time after which a call is worth a line at warning level.
const slowCall = 2 * time.Second
