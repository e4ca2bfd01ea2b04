// Package rest carries the calls of package api: the lines of its table, who
// may call, how long and how much, the shapes that many calls share, and the
// one form of a refusal. It knows nothing of any resource.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/prometheus/client_golang/prometheus"

	"xinyu/model"
)

// Config is what a Server needs.
type Config struct {
	Clock    model.Clock
	Registry *prometheus.Registry
	// BadToken is how Authenticate refuses a token.
	BadToken *model.Error
	// Enums are the types of which the contract lists the values.
	Enums []Enum
	// Codes are the codes by which the services refuse a call: by method and path, then by status.
	Codes map[string]map[int][]string
	// Authenticate returns the actor who holds a bearer token.
	Authenticate func(ctx context.Context, token string) (model.Actor, error)
}

// Server serves the lines of a table.
type Server struct {
	// Engine takes what does not stand in the table.
	Engine *gin.Engine
	// Table are the lines that are mounted.
	Table        []Route
	api, root    huma.API
	now          model.Clock
	badToken     *model.Error
	codes        map[string]map[int][]string
	authenticate func(context.Context, string) (model.Actor, error)
	metrics      *httpMetrics
}

func init() {
	// These are the libraries' process-wide settings; they must hold before
	// the first schema is made.
	huma.DefaultArrayNullable = false
	// A member in other letters would pass the schema by, and still be read.
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return frameworkProblem(status, message, errs...)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return refusal(ctx.Context(), frameworkProblem(status, message, errs...), false)
	}
	gin.SetMode(gin.ReleaseMode)
}

// New returns a Server that serves nothing yet.
func New(cfg Config) *Server {
	s := &Server{Engine: gin.New(), now: cfg.Clock, authenticate: cfg.Authenticate, badToken: cfg.BadToken, codes: cfg.Codes, metrics: newHTTPMetrics(cfg.Registry)}
	s.Engine.HandleMethodNotAllowed = true
	s.Engine.ContextWithFallback = true
	s.Engine.Use(s.observe, recoverPanics, securityHeaders)
	s.Engine.NoRoute(func(c *gin.Context) { Abort(c, NoRoute()) })
	s.Engine.NoMethod(func(c *gin.Context) {
		Abort(c, NewProblem(http.StatusMethodNotAllowed, "method_not_allowed", "不支持这种请求方式"))
	})
	s.api = humagin.New(s.Engine, openAPIConfig(cfg.Enums))
	undocumented := openAPIConfig(nil)
	undocumented.OpenAPIPath = ""
	s.root = humagin.New(s.Engine, undocumented)
	return s
}

// Section is a part of the table: the calls of one domain.
type Section struct {
	Name, Description string
	Lines             []Route
}

// Mount adds sections to the table. It panics on a faulty line.
func (s *Server) Mount(sections ...Section) {
	for _, part := range sections {
		s.OpenAPI().Tags = append(s.OpenAPI().Tags, &huma.Tag{Name: part.Name, Description: part.Description})
		for _, r := range part.Lines {
			s.mount(s.api, Base, part.Name, r)
			s.describe(r)
			s.Table = append(s.Table, r)
		}
	}
}

// MountRoot adds lines that stand at the root, outside the table and the
// contract: the calls of WeChat and of players.
func (s *Server) MountRoot(lines ...Route) {
	for _, r := range lines {
		s.mount(s.root, "", "", r)
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.Engine.ServeHTTP(w, r) }

// OpenAPI is the OpenAPI 3.1 document.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }

// Document is the OpenAPI document as indented JSON.
func (s *Server) Document() ([]byte, error) {
	document, err := s.OpenAPI().MarshalJSON()
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

// jsonFormat refuses what JSON readers read in different ways: a member that
// comes twice, and text that is no UTF-8 (RFC 8259, sections 4 and 8.1).
var jsonFormat = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: func(data []byte, v any) error {
	if _, first := v.(*any); first && !jsontext.Value(data).IsValid() {
		return errAmbiguous
	}
	return huma.DefaultJSONFormat.Unmarshal(data, v)
}}

var errAmbiguous = errors.New("must be JSON without repeated members")

func openAPIConfig(enums []Enum) huma.Config {
	cfg := huma.DefaultConfig("Xinyu 心育", "1")
	cfg.Info.Description = "A county's mental-health education for pupils and parents: lessons, lectures, counselling."
	cfg.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	cfg.Servers = []*huma.Server{{URL: "/", Description: "The server that this document comes from"}}
	cfg.OpenAPIPath = "/openapi"
	cfg.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	cfg.DocsPath = "" // huma's page loads its viewer from elsewhere; ours is embedded
	cfg.SchemasPath = ""
	cfg.CreateHooks = nil // no $schema members in responses
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[time.Time](), reflect.TypeFor[instant]())
	for _, e := range enums {
		cfg.Components.Schemas.RegisterTypeAlias(e.of, e.schema)
	}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"bearer": {Type: "http", Scheme: "bearer"}}
	return cfg
}
