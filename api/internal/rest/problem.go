package rest

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/gin-gonic/gin"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Problem is the one shape of every refusal: RFC 9457, with a stable
// code. It never holds a value that the client sent.
type Problem struct {
	Type   string `json:"type" doc:"urn:xinyu:problem: and the code"`
	Title  string `json:"title" doc:"The status in words"`
	Status int    `json:"status"`
	Code   string `json:"code" doc:"Stable and machine-readable: decide by this"`
	Detail string `json:"detail" doc:"For the person using the client, in Chinese"`
	Field  string `json:"field,omitempty" doc:"The input at fault"`
	// Errors lists each broken rule where the input's form is at fault.
	Errors            []FieldError `json:"errors,omitempty"`
	RetryAfterSeconds int          `json:"retryAfterSeconds,omitempty"`
	Details           any          `json:"details,omitempty" doc:"More for the client to work with, such as free slots, a lesson as others have left it, or the hotline card (hotlines) for whoever may have answered the safety question with yes"`
}

// FieldError names an input and the rule that it breaks.
type FieldError struct {
	Field string `json:"field"`
	Rule  string `json:"rule"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.RetryAfterSeconds > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfterSeconds))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// statusOf is the one map from kinds of failure to HTTP statuses.
var statusOf = map[model.Kind]int{
	model.KindInternal:        http.StatusInternalServerError,
	model.KindInvalid:         http.StatusUnprocessableEntity,
	model.KindUnauthenticated: http.StatusUnauthorized,
	model.KindForbidden:       http.StatusForbidden,
	model.KindNotFound:        http.StatusNotFound,
	model.KindConflict:        http.StatusConflict,
	model.KindTooLarge:        http.StatusRequestEntityTooLarge,
	model.KindTooMany:         http.StatusTooManyRequests,
	model.KindUnavailable:     http.StatusServiceUnavailable,
}

// StatusOf is the HTTP status of a kind of failure.
func StatusOf(kind model.Kind) int { return statusOf[kind] }

// problemOf turns any error into its problem. What is not ours to explain is
// logged and written as an internal error.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return frameworkProblem(http.StatusRequestEntityTooLarge, "")
	}
	err = store.Translate(err)
	var e *model.Error
	if !errors.As(err, &e) {
		slog.Error("internal error", "err", err)
		e = &model.Error{Code: "internal", Message: "系统出错了，请稍后再试"}
	} else if e.Kind == model.KindInternal {
		slog.Error("internal error", "err", err)
	}
	p = NewProblem(statusOf[e.Kind], e.Code, e.Message)
	p.Field = e.Field
	p.Details = e.Details
	if e.RetryAfter > 0 {
		p.RetryAfterSeconds = int(math.Ceil(e.RetryAfter.Seconds()))
	}
	return p
}

// NewProblem is a refusal with its status, stable code and text for people.
func NewProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "urn:xinyu:problem:" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// NoRoute says that there is nothing at the address.
func NoRoute() *Problem {
	return NewProblem(http.StatusNotFound, "route_not_found", "没有这个地址")
}

// frameworkRefusals are the codes and texts of what huma refuses, by status.
var frameworkRefusals = map[int]struct{ code, detail string }{
	http.StatusBadRequest:            {"invalid_input", "提交的内容有误，请检查后再试"},
	http.StatusUnprocessableEntity:   {"invalid_input", "提交的内容有误，请检查后再试"},
	http.StatusRequestEntityTooLarge: {"body_too_large", "提交的内容太大"},
	http.StatusUnsupportedMediaType:  {"media_type_unsupported", "不支持这种格式"},
	http.StatusRequestTimeout:        {"body_too_slow", "网络太慢，请重试"},
	http.StatusNotFound:              {"route_not_found", "没有这个地址"},
	http.StatusInternalServerError:   {"internal", "系统出错了，请稍后再试"},
}

// frameworkProblem is what huma's own errors (a body that breaks its schema,
// an unknown media type) become.
func frameworkProblem(status int, _ string, errs ...error) *Problem {
	refused, known := frameworkRefusals[status]
	if !known {
		refused = frameworkRefusals[http.StatusUnprocessableEntity]
	}
	switch status {
	case http.StatusUnsupportedMediaType:
		errs = nil // they repeat the header
	case http.StatusInternalServerError: // among them a body that could not be read
		return problemOf(errors.Join(errs...))
	}
	p := NewProblem(status, refused.code, refused.detail)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, fieldError(d.ErrorDetail()))
		}
	}
	if len(p.Errors) > 0 {
		p.Field = p.Errors[0].Field
	}
	return p
}

// memberName is the form of the places of our inputs: "body.segments[2]".
var memberName = regexp.MustCompile(`^[A-Za-z0-9.\[\]]{1,64}$`)

// fieldError names the input and the rule. A member that no input has is named
// by the client: a slip of spelling is told, anything else may be personal data.
// The decoder's own words may quote a number, and name our types.
func fieldError(d *huma.ErrorDetail) FieldError {
	if strings.HasPrefix(d.Message, "json: ") {
		return FieldError{Field: d.Location, Rule: "a member has another type or is out of range"}
	}
	if d.Message == validation.MsgUnexpectedProperty && !memberName.MatchString(d.Location) {
		part, _, _ := strings.Cut(d.Location, ".")
		return FieldError{Field: part, Rule: d.Message}
	}
	return FieldError{Field: d.Location, Rule: d.Message}
}

// Abort writes the problem of err in place of what the handler would write.
func Abort(c *gin.Context, err error) { abort(c, err, true) }

func abort(c *gin.Context, err error, handled bool) {
	dismiss(c.Writer)
	p := refusal(c.Request.Context(), problemOf(err), handled)
	for name, values := range p.GetHeaders() {
		c.Header(name, values[0])
	}
	c.Header("Content-Type", p.ContentType(""))
	c.AbortWithStatusJSON(p.Status, p)
}

type refusalKey struct{}

// Refusal completes the problem of a refused call; handled tells that the
// route's handler has run.
type Refusal func(ctx context.Context, p *Problem, handled bool) *Problem

// OnRefusal is a context in which complete sees the problem of each refusal
// before it is written, and returns the one to write.
func OnRefusal(ctx context.Context, complete Refusal) context.Context {
	return context.WithValue(ctx, refusalKey{}, complete)
}

func refusal(ctx context.Context, p *Problem, handled bool) *Problem {
	if complete, ok := ctx.Value(refusalKey{}).(Refusal); ok {
		return complete(ctx, p, handled)
	}
	return p
}
