package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"xinyu/api/internal/rest"
	"xinyu/service/lesson"
	"xinyu/service/support/alert"
)

// mountRoot puts what does not stand under /api/v1.
func (s *Server) mountRoot(cfg Config) {
	s.rest.Engine.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	s.rest.Engine.GET("/readyz", s.readyz)
	const longVideo = 30 * time.Minute // over a slow line
	s.rest.MountRoot(
		rest.Get(lesson.MediaPath+"*key", rest.Public, "", s.media).Within(longVideo),
		rest.Head(lesson.MediaPath+"*key", rest.Public, "", s.media).Within(longVideo),
	)
	s.rest.MountRoot(s.weChatRoutes()...)
	s.mountMetrics(cfg)
	docs := v5emb.NewHandlerWithConfig(swgui.Config{Title: "Xinyu 心育 API", SwaggerJSON: "/openapi.json", BasePath: "/docs"})
	page := func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=3600")
		c.Header("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:")
		docs.ServeHTTP(c.Writer, c.Request)
	}
	s.rest.Engine.GET("/docs", page)
	s.rest.Engine.GET("/docs/*file", page)
	for path, h := range cfg.Root {
		s.rest.Engine.Any(path, gin.WrapH(h))
	}
}

// MetricsReaders says to whom the API serves /metrics; to others there is no such address.
type MetricsReaders int

const (
	// MetricsLocal is callers on this machine. Behind a proxy on the same
	// machine everyone is one: it must keep /metrics to itself.
	MetricsLocal MetricsReaders = iota
	// MetricsAll is everyone, for demos.
	MetricsAll
	// MetricsElsewhere is nobody: MetricsHandler serves them at another address.
	MetricsElsewhere
)

// MetricsHandler serves what the registry has gathered, at /metrics and nowhere else.
func MetricsHandler(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

func (s *Server) mountMetrics(cfg Config) {
	if cfg.Metrics == MetricsElsewhere {
		return
	}
	serve := MetricsHandler(cfg.Registry)
	s.rest.Engine.GET("/metrics", func(c *gin.Context) {
		if cfg.Metrics == MetricsLocal && !fromHere(c.Request) {
			rest.Abort(c, rest.NoRoute())
			return
		}
		serve.ServeHTTP(c.Writer, c.Request)
	})
}

// fromHere reports whether the connection comes from this machine. What headers
// say of who is behind it is anyone's claim.
func fromHere(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// readyz tells whether calls can be served: not without the database, nor when
// the process is about to end; without Redis they can, but slower. It says also whether
// the escalation of alerts works.
func (s *Server) readyz(c *gin.Context) {
	if s.draining.Load() {
		c.Header("Retry-After", "3")
		c.JSON(http.StatusServiceUnavailable, gin.H{"status": "stopping"})
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	out := gin.H{"status": "ready", "database": "up", "redis": "up", "alerts": "up"}
	status := http.StatusOK
	if err := s.svc.Cache.Ping(ctx); err != nil {
		out["status"], out["redis"] = "degraded", "down"
	}
	if overdue, err := s.svc.Alerts.Overdue(ctx); err == nil && overdue > alert.StallAfter {
		out["status"], out["alerts"] = "degraded", "late" // another machine may serve no better
	}
	if err := s.svc.Store.Ping(ctx); err != nil {
		out["status"], out["database"] = "unavailable", "down"
		status = http.StatusServiceUnavailable
		c.Header("Retry-After", "3")
	}
	c.JSON(status, out)
}
