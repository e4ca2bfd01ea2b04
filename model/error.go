package model

import (
	"errors"
	"time"
)

// Kind says what sort of failure an Error is. The API maps each kind to one
// HTTP status, in one place.
type Kind uint8

// The kinds of failure.
const (
	// KindInternal is a fault of ours; its details are logged and never sent.
	KindInternal Kind = iota
	// KindInvalid is input that breaks a rule; Field names the input.
	KindInvalid
	// KindUnauthenticated means that the caller is not, or no longer, logged in.
	KindUnauthenticated
	// KindForbidden means that the caller's roles never allow this call.
	KindForbidden
	// KindNotFound means that the thing does not exist, or that the caller may not know that it does.
	KindNotFound
	// KindConflict means that the state of the thing, or a race, refuses the call.
	KindConflict
	// KindTooLarge is a body or file over its limit.
	KindTooLarge
	// KindTooMany means that the caller must slow down; RetryAfter says for how long.
	KindTooMany
	// KindUnavailable means that something we depend on is down or overloaded; the call may be repeated after RetryAfter.
	KindUnavailable
)

// Error is the one error that services return on purpose. Anything else that
// reaches the API is an internal fault.
type Error struct {
	Kind Kind
	// Code is stable, snake_case and in English: clients decide by it.
	Code string
	// Message is for the person using the client: plain Chinese, never
	// repeating what the client sent.
	Message string
	// Field names the input at fault in the wire's terms ("segments[2]"), or is empty.
	Field string
	// RetryAfter, where positive, tells when a repeat makes sense.
	RetryAfter time.Duration
	// Details is extra machine-readable content for the problem document, such
	// as the free slots nearest to the one just taken. Nil in most errors.
	Details any
	// cause is for the log only and never leaves the server.
	cause error
}

// Error implements error in terms fit for a log.
func (e *Error) Error() string {
	s := e.Code
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap gives the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is an Error of the same kind and code, so that
// package-level errors can be compared after a With… call.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// WithCause is a copy of e that carries err for the log.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// WithDetails is a copy of e that carries machine-readable details for the client.
func (e *Error) WithDetails(details any) *Error {
	c := *e
	c.Details = details
	return &c
}

// KindOf tells the kind of err; what is no Error is internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// Invalid is an input error: field in the wire's terms, code for the rule that it breaks.
func Invalid(field, code, message string) *Error {
	return &Error{Kind: KindInvalid, Code: code, Field: field, Message: message}
}

// Conflict is a refusal because of the state of things.
func Conflict(code, message string) *Error {
	return &Error{Kind: KindConflict, Code: code, Message: message}
}

// Forbidden is a refusal because of who the caller is.
func Forbidden(code, message string) *Error {
	return &Error{Kind: KindForbidden, Code: code, Message: message}
}

// NotFound says that what ("lesson", "slot" …) is not there, or not for this caller to see.
func NotFound(what string) *Error {
	return &Error{Kind: KindNotFound, Code: what + "_not_found", Message: "没有找到，或者您没有权限查看"}
}

// Unavailable says that a dependency is down or overloaded, and when to come back.
func Unavailable(code string, retryAfter time.Duration, cause error) *Error {
	return &Error{Kind: KindUnavailable, Code: code, Message: "系统繁忙，请稍后再试", RetryAfter: retryAfter, cause: cause}
}

// TooMany tells the caller to slow down.
func TooMany(code string, retryAfter time.Duration) *Error {
	return &Error{Kind: KindTooMany, Code: code, Message: "操作太频繁，请稍后再试", RetryAfter: retryAfter}
}
