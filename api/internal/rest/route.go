package rest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"xinyu/model"
)

// Base is where all routes of the table stand.
const Base = "/api/v1"

// Route is a line of the table.
type Route struct {
	Method  string
	Path    string // below Base
	Access  Access
	Summary string
	// MaxBody bounds the request's body in bytes.
	MaxBody int64
	status  int
	timeout time.Duration
	// before, where set, sees the request before its caller is admitted.
	before func(*http.Request) *http.Request
	// register puts the typed handler on huma.
	register func(huma.API, huma.Operation)
	// gin handles requests that are no JSON (files); described is its line in the OpenAPI document.
	gin       func(*gin.Context, model.Actor)
	described func(*huma.Operation)
}

// The usual bounds of a call.
const (
	UsualTimeout = 15 * time.Second
	usualBody    = 64 << 10
)

// Handler is the typed form of every JSON route: bind, call, return.
type Handler[In, Out any] func(context.Context, model.Actor, *In) (Out, error)

// answer wraps a body for huma.
type answer[T any] struct{ Body T }

// on makes a line of the table.
func on[In, Out any](method, path string, who Access, summary string, h Handler[In, Out]) Route {
	mustReadIDs(reflect.TypeFor[In]())
	r := Route{Method: method, Path: path, Access: who, Summary: summary, timeout: UsualTimeout, MaxBody: usualBody}
	r.register = func(api huma.API, op huma.Operation) {
		if _, empty := any(*new(Out)).(None); empty {
			op.DefaultStatus = http.StatusNoContent
			huma.Register(api, op, func(ctx context.Context, in *In) (*struct{}, error) {
				_, err := h(ctx, ActorOf(ctx), in)
				if err != nil {
					return nil, refusal(ctx, problemOf(err), true)
				}
				return nil, nil
			})
			return
		}
		huma.Register(api, op, func(ctx context.Context, in *In) (*answer[Out], error) {
			out, err := h(ctx, ActorOf(ctx), in)
			if err != nil {
				return nil, refusal(ctx, problemOf(err), true)
			}
			return &answer[Out]{Body: out}, nil
		})
	}
	return r
}

// Get makes a line that reads.
func Get[In, Out any](path string, who Access, summary string, h Handler[In, Out]) Route {
	return on(http.MethodGet, path, who, summary, h)
}

// Post makes a line that adds or does something.
func Post[In, Out any](path string, who Access, summary string, h Handler[In, Out]) Route {
	return on(http.MethodPost, path, who, summary, h)
}

// Put makes a line that replaces something.
func Put[In, Out any](path string, who Access, summary string, h Handler[In, Out]) Route {
	return on(http.MethodPut, path, who, summary, h)
}

// Delete makes a line that takes something away.
func Delete[In, Out any](path string, who Access, summary string, h Handler[In, Out]) Route {
	return on(http.MethodDelete, path, who, summary, h)
}

// File makes a line whose request or answer is no JSON. describe completes
// its OpenAPI operation.
func File(method, path string, who Access, summary string, h func(*gin.Context, model.Actor), describe func(*huma.Operation)) Route {
	return Route{Method: method, Path: path, Access: who, Summary: summary, timeout: UsualTimeout, MaxBody: usualBody, gin: h, described: describe}
}

// Creates sets the status 201.
func (r Route) Creates() Route { r.status = http.StatusCreated; return r }

// Accepts sets the status 202: the work goes on after the answer.
func (r Route) Accepts() Route { r.status = http.StatusAccepted; return r }

// Within sets the longest time that a call may take.
func (r Route) Within(d time.Duration) Route { r.timeout = d; return r }

// UpTo sets the largest body in bytes.
func (r Route) UpTo(bytes int64) Route { r.MaxBody = bytes; return r }

// Before adds a step that sees each request before its caller is admitted. A
// step that reads the body puts it back.
func (r Route) Before(step func(*http.Request) *http.Request) Route { r.before = step; return r }

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

// mount registers one line.
func (s *Server) mount(section string, r Route) {
	mustBeGuarded(r)
	op := huma.Operation{
		Method: r.Method, Path: Base + r.Path, Summary: r.Summary, OperationID: operationID(r.Method, r.Path),
		Tags: []string{section}, Security: []map[string][]string{}, DefaultStatus: r.status, MaxBodyBytes: r.MaxBody, BodyReadTimeout: r.timeout,
		Extensions: map[string]any{"x-access": r.Access.Name},
	}
	if r.Access.Name != Public.Name {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	if r.register != nil {
		op.Middlewares = huma.Middlewares{first(r), deadline(r.timeout), s.guard(r.Access)}
		r.register(s.api, op)
		s.describeRefusals(r)
		return
	}
	s.Engine.Handle(r.Method, pathParam.ReplaceAllString(op.Path, ":$1"), func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), r.timeout)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		Allow(c.Writer, r.timeout)
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, r.MaxBody)
		actor, err := s.admit(ctx, r.Access, c.GetHeader("Authorization"))
		if err != nil {
			Abort(c, err)
			return
		}
		r.gin(c, actor)
	})
	op.MaxBodyBytes = 0
	if r.described != nil {
		r.described(&op)
	}
	s.api.OpenAPI().AddOperation(&op)
	s.describeRefusals(r)
}

// first is the huma middleware of the route's own step.
func first(r Route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if r.before != nil {
			_ = ctx.SetReadDeadline(time.Now().Add(r.timeout)) // a recorder has no connection that could be bounded
			c := humagin.Unwrap(ctx)
			c.Request = r.before(c.Request)
		}
		next(ctx)
	}
}

// deadline bounds a call; what it does in SQL and Redis ends with it.
func deadline(d time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		bounded, cancel := context.WithTimeout(ctx.Context(), d)
		defer cancel()
		if d > UsualTimeout { // else the server's own bounds do
			Allow(humagin.Unwrap(ctx).Writer, d)
		}
		next(huma.WithContext(ctx, bounded))
	}
}

// guard is the huma middleware that admits callers to one route.
func (s *Server) guard(who Access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		actor, err := s.admit(ctx.Context(), who, ctx.Header("Authorization"))
		if err != nil {
			s.writeProblem(ctx, err)
			return
		}
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}

// Allow gives the connection as long as the call may take: the server's own
// bounds are meant for short calls.
func Allow(w http.ResponseWriter, d time.Duration) {
	const answering = 5 * time.Second // for the problem document of a call that took all its time
	until := time.Now().Add(d + answering)
	rc := http.NewResponseController(w)
	// A recorder has no connection that could be bounded; nothing else fails here.
	_ = rc.SetReadDeadline(until)
	_ = rc.SetWriteDeadline(until)
}

// operationID names an operation after its method and path: getLessonsId.
func operationID(method, path string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/{}-", r) }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// PeekBody returns the body of a request, or its first most bytes, and puts
// back what it has read.
func PeekBody(r *http.Request, most int64) []byte {
	body, err := io.ReadAll(io.LimitReader(r.Body, most))
	left := io.Reader(r.Body)
	if err != nil {
		left = failingReader{err}
	}
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), left), r.Body}
	return body
}

type readCloser struct {
	io.Reader
	io.Closer
}

// failingReader is the rest of a body that could not be read.
type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }
