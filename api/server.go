// Package api is the HTTP face of Xinyu: routes.go is the table of all calls,
// and beside it stands one file per resource. A handler binds, calls one
// service method and returns; it decides nothing. Where it would only bind an
// id or a page, the table names the method itself. What carries the calls is
// package rest.
package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service"
	"xinyu/service/identity"
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

// Server is the API as an http.Handler.
type Server struct {
	svc  *service.Services
	now  model.Clock
	rest *rest.Server
	// publicURL has no slash at its end.
	publicURL string
	// draining is set once the process is about to end.
	draining atomic.Bool
}

// New builds the API. It panics on a faulty table of routes.
func New(cfg Config) *Server {
	if cfg.Clock == nil {
		cfg.Clock = model.SystemClock
	}
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	s := &Server{svc: cfg.Services, now: cfg.Clock, publicURL: strings.TrimSuffix(cfg.PublicURL, "/")}
	s.rest = rest.New(rest.Config{Clock: cfg.Clock, Registry: cfg.Registry, Authenticate: cfg.Services.Identity.Authenticate, BadToken: identity.ErrTokenInvalid, Enums: enums(), Codes: codes()})
	s.rest.Mount(s.routes()...)
	s.mountRoot(cfg)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.rest.ServeHTTP(w, r) }

// Drain makes /readyz return 503 from now on: the process is about to end.
// Calls are still served.
func (s *Server) Drain() { s.draining.Store(true) }

// OpenAPI is the OpenAPI 3.1 document as indented JSON.
func (s *Server) OpenAPI() ([]byte, error) { return s.rest.Document() }

// refusalCodes are read from the code by a test: make generate writes them.
//
//go:embed codes.json
var refusalCodes []byte

func codes() (all map[string]map[int][]string) {
	if err := json.Unmarshal(refusalCodes, &all); err != nil {
		panic("api: codes.json: " + err.Error())
	}
	return all
}
