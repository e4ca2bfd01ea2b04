package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

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
	// takes and gives describe a body and a response that are no JSON.
	takes map[string]*huma.MediaType
	gives *huma.Response
}

// The usual bounds of a call.
const (
	UsualTimeout = 15 * time.Second
	usualBody    = 64 << 10
)

// Handler is the typed form of every route: bind, call, return. What it
// returns is written as JSON, but for None, File and Stream.
type Handler[In, Out any] func(context.Context, model.Actor, *In) (Out, error)

// on makes a line of the table. To huma every response is a stream, written by
// write, so that the program holds huma's code once for each input, and not for
// each pair of input and output.
func on[In, Out any](method, path string, who Access, summary string, h Handler[In, Out]) Route {
	mustReadIDs(reflect.TypeFor[In]())
	r := Route{Method: method, Path: path, Access: who, Summary: summary, timeout: UsualTimeout, MaxBody: usualBody}
	r.register = func(api huma.API, op huma.Operation) {
		describeResponse(api, &op, reflect.TypeFor[Out]())
		huma.Register(api, op, func(ctx context.Context, in *In) (*huma.StreamResponse, error) {
			out, err := h(ctx, ActorOf(ctx), in)
			if err != nil {
				return nil, refusal(ctx, problemOf(err), true)
			}
			return &huma.StreamResponse{Body: func(ctx huma.Context) { write(api, ctx, op.DefaultStatus, out) }}, nil
		})
	}
	return r
}

// Get makes a line that reads.
func Get[In, Out any](path string, who Access, summary string, h Handler[In, Out]) Route {
	return on(http.MethodGet, path, who, summary, h)
}

// Head makes a line that reads only the headers of what Get returns.
func Head[In, Out any](path string, who Access, summary string, h Handler[In, Out]) Route {
	return on(http.MethodHead, path, who, summary, h)
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

// Creates sets the status 201.
func (r Route) Creates() Route { r.status = http.StatusCreated; return r }

// Accepts sets the status 202: the work goes on after the response.
func (r Route) Accepts() Route { r.status = http.StatusAccepted; return r }

// Within sets the longest time that a call may take.
func (r Route) Within(d time.Duration) Route { r.timeout = d; return r }

// UpTo sets the largest body in bytes.
func (r Route) UpTo(bytes int64) Route { r.MaxBody = bytes; return r }

// Before adds a step that sees each request before its caller is admitted. A
// step that reads the body puts it back.
func (r Route) Before(step func(*http.Request) *http.Request) Route { r.before = step; return r }

// mount registers one line below base.
func (s *Server) mount(api huma.API, base, section string, r Route) {
	mustBeGuarded(r)
	op := huma.Operation{
		Method: r.Method, Path: base + r.Path, Summary: r.Summary, OperationID: operationID(r.Method, r.Path),
		Tags: []string{section}, Security: []map[string][]string{}, DefaultStatus: r.status, BodyReadTimeout: r.timeout,
		MaxBodyBytes: -1, // carry has bounded it
		Extensions:   map[string]any{"x-access": r.Access.Name},
		Middlewares:  huma.Middlewares{s.carry(r)},
	}
	if r.Access.Name != Public.Name {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	r.register(api, op)
}

// carry is the way of every call to its handler: its size and time are bounded
// and its caller is admitted. What the call does in SQL and Redis ends with its time.
func (s *Server) carry(r Route) func(huma.Context, func(huma.Context)) {
	operation := operationID(r.Method, r.Path)
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		allow(c.Writer, UsualTimeout)
		// On a copy: net/http looks at its own request's body to see whether it was
		// read to its end, and else takes the rest of it for the next request.
		c.Request = c.Request.WithContext(c.Request.Context())
		c.Request.Body = clientBody{http.MaxBytesReader(c.Writer, c.Request.Body, r.MaxBody)}
		if r.before != nil {
			c.Request = r.before(c.Request)
		}
		bounded, cancel := context.WithTimeout(c.Request.Context(), r.timeout)
		defer cancel()
		c.Request = c.Request.WithContext(bounded)
		actor, err := s.admit(bounded, r.Access, c.GetHeader("Authorization"))
		if err != nil {
			abort(c, err, false)
			return
		}
		if actor.Operation = operation; actor.Has(s.now(), model.Staff...) { // the others' calls are many, and nobody looks where they came from
			if from := callerOf(c.Request); from.IsValid() {
				actor.Address = from.String()
			}
		}
		allow(c.Writer, r.timeout)
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}

// allow gives the connection as long as the call may take. For the usual
// calls the server's own bound on writing does.
func allow(w http.ResponseWriter, d time.Duration) {
	const refusing = 5 * time.Second // for the problem document of a call that took all its time
	until := time.Now().Add(d + refusing)
	rc := http.NewResponseController(w)
	// A recorder has no connection that could be bounded; nothing else fails here.
	_ = rc.SetReadDeadline(until)
	if d > UsualTimeout {
		_ = rc.SetWriteDeadline(until)
	}
}

// dismiss keeps a caller who is refused from holding the connection with a body
// that never comes: net/http would wait for it before it responds.
func dismiss(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) // as in allow
}

// clientBody is the body of a request. What fails in reading it is the client's
// doing, such as a malformed chunk, and no fault of ours.
type clientBody struct{ io.ReadCloser }

func (b clientBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	var tooLarge *http.MaxBytesError
	var network net.Error
	if err == nil || errors.Is(err, io.EOF) || errors.As(err, &tooLarge) || errors.As(err, &network) {
		return n, err
	}
	return n, errors.Join(frameworkProblem(http.StatusBadRequest, ""), err)
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
