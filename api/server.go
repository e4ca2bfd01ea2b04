// Package api is the HTTP face of Xinyu: routes.go is the table of all calls,
// and beside it stands one file per resource. A handler binds, calls one
// service method and returns; it decides nothing.
package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"xinyu/model"
	"xinyu/service"
)

// Config is what the API needs beside the services.
type Config struct {
	Services *service.Services
	Clock    model.Clock
	// Registry gets the API's metrics and is served at /metrics, to whom Metrics says.
	Registry *prometheus.Registry
	Metrics  MetricsReaders
	// PublicURL is where people and WeChat reach this server, such as
	// https://xinyu.example.cn; empty means that nothing of the official account is served.
	PublicURL string
	// Root are further handlers at the root, such as the emulator's page; may be nil.
	Root map[string]http.Handler
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

// Server is the API as an http.Handler.
type Server struct {
	svc     *service.Services
	now     model.Clock
	engine  *gin.Engine
	api     huma.API
	table   []route
	metrics *httpMetrics
	// publicURL has no slash at its end.
	publicURL string
	// draining is set once the process is about to end.
	draining atomic.Bool
}

func init() {
	// Both are the library's process-wide settings; they must hold before the
	// first schema is made.
	huma.DefaultArrayNullable = false
	huma.NewError = frameworkProblem
	gin.SetMode(gin.ReleaseMode)
}

// New builds the API. It panics on a faulty table of routes.
func New(cfg Config) *Server {
	if cfg.Clock == nil {
		cfg.Clock = model.SystemClock
	}
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	s := &Server{svc: cfg.Services, now: cfg.Clock, engine: gin.New(), metrics: newHTTPMetrics(cfg.Registry)}
	s.engine.HandleMethodNotAllowed = true
	s.engine.ContextWithFallback = true
	s.engine.Use(s.observe, recoverPanics, securityHeaders)
	s.engine.NoRoute(func(c *gin.Context) {
		abort(c, errNoRoute())
	})
	s.engine.NoMethod(func(c *gin.Context) {
		abort(c, newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "不支持这种请求方式"))
	})
	openAPI := openAPIConfig()
	openAPI.Transformers = append(openAPI.Transformers, s.comfort)
	s.api = humagin.New(s.engine, openAPI)
	s.table = s.routes()
	for _, r := range s.table {
		s.mount(r)
	}
	s.mountRoot(cfg)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Drain makes /readyz answer 503 from now on: the process is about to end.
// Calls are still served.
func (s *Server) Drain() { s.draining.Store(true) }

// OpenAPI is the OpenAPI 3.1 document as indented JSON.
func (s *Server) OpenAPI() ([]byte, error) {
	document, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, document, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func openAPIConfig() huma.Config {
	cfg := huma.DefaultConfig("Xinyu 心育", "1")
	cfg.Info.Description = "A county's mental-health education for pupils and parents: lessons, lectures, counselling."
	cfg.OpenAPIPath = "/openapi"
	cfg.DocsPath = "" // huma's page loads its viewer from elsewhere; ours is embedded
	cfg.SchemasPath = ""
	cfg.CreateHooks = nil // no $schema members in answers
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"bearer": {Type: "http", Scheme: "bearer"}}
	return cfg
}

// clientGone is the status noted for a call whose caller hung up.
const clientGone = 499

// slowCall is the time after which a call is worth a line at warning level.
const slowCall = 2 * time.Second
