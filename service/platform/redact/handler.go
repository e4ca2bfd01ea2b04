package redact

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// sensitiveKeys are the attributes that are never shown, whatever their value.
var sensitiveKeys = map[string]bool{
	"access_token": true, "authorization": true, "appsecret": true, "concern": true, "dsn": true, "keyset": true, "open_id": true, "openid": true,
	"password": true, "phone": true, "secret": true, "session_key": true, "student_no": true, "unionid": true,
}

// Handler masks a line's message and attributes, and passes it on.
type Handler struct {
	next slog.Handler
	book Book
}

// New is a Handler before next.
func New(next slog.Handler) *Handler { return &Handler{next, NewBook(Rules)} }

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.next.WithAttrs(h.attrs(attrs)), h.book}
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.next.WithGroup(name), h.book}
}

// Handle implements slog.Handler. What holds nothing to mask goes on as it is.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, h.text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h *Handler) attrs(attrs []slog.Attr) []slog.Attr {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = h.attr(a)
	}
	return masked
}

// attr masks an attribute.
func (h *Handler) attr(a slog.Attr) slog.Attr {
	if sensitiveKeys[strings.ToLower(a.Key)] {
		return slog.String(a.Key, Mask)
	}
	v := a.Value.Resolve()
	var text string
	switch v.Kind() {
	case slog.KindString:
		text = v.String()
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(h.attrs(v.Group())...)}
	case slog.KindAny:
		if err, ok := v.Any().(error); ok && err != nil {
			text = err.Error()
		} else {
			text = fmt.Sprintf("%+v", v.Any())
		}
	default: // numbers, times, truth
		return a
	}
	if masked := h.text(text); masked != text {
		return slog.String(a.Key, masked)
	}
	return a
}

func (h *Handler) text(s string) string {
	if !suspicious(s) {
		return s
	}
	_, masked := h.book.Read(s)
	return masked
}

// suspicious is a cheap look before the rules: false only of a text that none
// of them matches. It finds a letter that is not ASCII, a sign that every
// parameter and escape has, and a long word with a digit in it.
func suspicious(s string) bool {
	run, digit := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80, c == '=', c == '%', c == '\\':
			return true
		case c == ':' || c == ' ' && i >= 5 && (s[i-1] == 'r' || s[i-1] == 'R'): // authorization: x, bearer x
			if i >= 5 {
				return true
			}
			run, digit = 0, false
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '-', c == '+', c == '/':
			run++
			digit = digit || c <= '9' && c >= '0'
			if digit && run >= 9 {
				return true
			}
		default:
			run, digit = 0, false
		}
	}
	return false
}
