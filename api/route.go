package api

import (
	"context"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"xinyu/model"
)

// base is where all routes of the table stand, but for those marked atRoot.
const base = "/api/v1"

// route is a line of the table.
type route struct {
	method  string
	path    string // below base
	who     access
	summary string
	status  int
	timeout time.Duration
	// maxBody bounds the request's body in bytes.
	maxBody int64
	// asks says that the body answers the safety question (hear.go).
	asks bool
	// register puts the typed handler on huma.
	register func(huma.API, huma.Operation)
	// gin handles requests that are no JSON (files); described is its line in the OpenAPI document.
	gin       func(*gin.Context, model.Actor)
	described func(*huma.Operation)
}

// The usual bounds of a call.
const (
	usualTimeout = 15 * time.Second
	usualBody    = 64 << 10
)

// handler is the typed form of every JSON route: bind, call, return.
type handler[In, Out any] func(context.Context, model.Actor, *In) (Out, error)

// answer wraps a body for huma.
type answer[T any] struct{ Body T }

// none is the answer of a call with nothing to say: 204.
type none struct{}

// on makes a line of the table.
func on[In, Out any](method, path string, who access, summary string, h handler[In, Out]) route {
	mustReadIDs(reflect.TypeFor[In]())
	r := route{method: method, path: path, who: who, summary: summary, timeout: usualTimeout, maxBody: usualBody}
	r.register = func(api huma.API, op huma.Operation) {
		if _, empty := any(*new(Out)).(none); empty {
			op.DefaultStatus = http.StatusNoContent
			huma.Register(api, op, func(ctx context.Context, in *In) (*struct{}, error) {
				_, err := h(ctx, actorOf(ctx), in)
				if err != nil {
					return nil, problemOf(err)
				}
				return nil, nil
			})
			return
		}
		huma.Register(api, op, func(ctx context.Context, in *In) (*answer[Out], error) {
			out, err := h(ctx, actorOf(ctx), in)
			if err != nil {
				return nil, problemOf(err)
			}
			return &answer[Out]{Body: out}, nil
		})
	}
	return r
}

func get[In, Out any](path string, who access, summary string, h handler[In, Out]) route {
	return on(http.MethodGet, path, who, summary, h)
}

func post[In, Out any](path string, who access, summary string, h handler[In, Out]) route {
	return on(http.MethodPost, path, who, summary, h)
}

func put[In, Out any](path string, who access, summary string, h handler[In, Out]) route {
	return on(http.MethodPut, path, who, summary, h)
}

func del[In, Out any](path string, who access, summary string, h handler[In, Out]) route {
	return on(http.MethodDelete, path, who, summary, h)
}

// file makes a line whose request or answer is no JSON. describe completes
// its OpenAPI operation.
func file(method, path string, who access, summary string, h func(*gin.Context, model.Actor), describe func(*huma.Operation)) route {
	return route{method: method, path: path, who: who, summary: summary, timeout: usualTimeout, maxBody: usualBody, gin: h, described: describe}
}

// creates sets the status 201.
func (r route) creates() route { r.status = http.StatusCreated; return r }

// accepts sets the status 202: the work goes on after the answer.
func (r route) accepts() route { r.status = http.StatusAccepted; return r }

// within sets the longest time that a call may take.
func (r route) within(d time.Duration) route { r.timeout = d; return r }

// upTo sets the largest body in bytes.
func (r route) upTo(bytes int64) route { r.maxBody = bytes; return r }

// hears marks a call whose body answers the safety question.
func (r route) hears() route { r.asks, r.maxBody = true, maxHeard; return r }

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

// mount registers one line.
func (s *Server) mount(r route) {
	mustBeGuarded(r)
	op := huma.Operation{
		Method: r.method, Path: base + r.path, Summary: r.summary, OperationID: operationID(r.method, r.path),
		Tags: []string{strings.SplitN(r.path, "/", 3)[1]}, DefaultStatus: r.status, MaxBodyBytes: r.maxBody, BodyReadTimeout: r.timeout,
		Extensions: map[string]any{"x-access": r.who.name},
	}
	if r.who.name != public.name {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	if r.register != nil {
		op.Middlewares = huma.Middlewares{s.deadline(r.timeout), s.guard(r.who)}
		if r.asks {
			op.Middlewares = slices.Insert(op.Middlewares, 0, s.hear(r.maxBody, r.timeout))
		}
		r.register(s.api, op)
		return
	}
	s.engine.Handle(r.method, pathParam.ReplaceAllString(op.Path, ":$1"), func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), r.timeout)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		allow(c.Writer, r.timeout)
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, r.maxBody)
		actor, err := s.admit(ctx, r.who, c.GetHeader("Authorization"))
		if err != nil {
			abort(c, err)
			return
		}
		r.gin(c, actor)
	})
	op.MaxBodyBytes = 0
	if r.described != nil {
		r.described(&op)
	}
	s.api.OpenAPI().AddOperation(&op)
}

// deadline bounds a call; what it does in SQL and Redis ends with it.
func (s *Server) deadline(d time.Duration) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		bounded, cancel := context.WithTimeout(ctx.Context(), d)
		defer cancel()
		if d > usualTimeout { // else the server's own bounds do
			allow(humagin.Unwrap(ctx).Writer, d)
		}
		next(huma.WithContext(ctx, bounded))
	}
}

// allow gives the connection as long as the call may take: the server's own
// bounds are meant for short calls.
func allow(w http.ResponseWriter, d time.Duration) {
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
