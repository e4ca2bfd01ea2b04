package redact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sensitive are texts that must not be seen.
var sensitive = map[string]string{
	"name":               "王小明",
	"escaped text":       `\u738b\u5c0f`,
	"text in a URL":      "q=%E7%8E%8B",
	"login token":        "xy_" + strings.Repeat("aB3-", 10) + "abc",
	"access token":       "99_0123456789abcdef",
	"parameter":          `"session_key":"abc123"`,
	"header":             "Authorization: Bearer abcdef",
	"bearer":             "bearer abcdef",
	"query":              "GET /x?a=1&secret=abcdef",
	"hexadecimal secret": "5ec4e70123456789abcdef0123456789",
	"session key":        "HyVFkGl5F5OQWJZZaNzBBg==",
	"openid":             "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
	"phone number":       "13800001234",
	"phone with country": "+8613800001234",
	"student's number":   "G320623201501",
	"citizen's number":   "11010519491231002X",
	"of digits alone":    "110105194912310038", // its checksum is right
}

func newLogger(w io.Writer) *slog.Logger { return slog.New(New(slog.NewJSONHandler(w, nil))) }

func TestWhatIsSensitiveIsMaskedWhereverItStands(t *testing.T) {
	t.Parallel()
	for name, text := range sensitive {
		for way, log := range map[string]func(l *slog.Logger){
			"message":        func(l *slog.Logger) { l.Info(text) },
			"value":          func(l *slog.Logger) { l.Info("well", "value", text) },
			"error":          func(l *slog.Logger) { l.Info("well", "err", fmt.Errorf("no %w", errors.New(text))) },
			"struct":         func(l *slog.Logger) { l.Info("well", "in", struct{ Text string }{text}) },
			"group":          func(l *slog.Logger) { l.Info("well", slog.Group("g", "n", 1, "value", text)) },
			"logger's":       func(l *slog.Logger) { l.With("value", text).Info("well") },
			"logger's group": func(l *slog.Logger) { l.WithGroup("g").Info("well", "value", text) },
			"stringer":       func(l *slog.Logger) { l.Info("well", "value", valuer(text)) },
		} {
			var out bytes.Buffer
			log(newLogger(&out))
			quoted := fmt.Sprintf("%q", text)
			require.NotContains(t, out.String(), text, "%s as %s", name, way)
			require.NotContains(t, out.String(), quoted[1:len(quoted)-1], "%s as %s", name, way)
			require.Contains(t, out.String(), Mask, "%s as %s", name, way)
		}
	}
}

type valuer string

func (v valuer) LogValue() slog.Value { return slog.StringValue(string(v)) }

func TestSensitiveKeysAreNeverShown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	newLogger(&out).Info("well", "Secret", "abc", "phone", 5, slog.Group("g", "password", "def"))
	require.Contains(t, out.String(), `"Secret":"***","phone":"***","g":{"password":"***"}`)
}

// A line as the program logs them is byte for byte what it is without the Handler.
func TestAnOrdinaryLineIsUntouched(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	r := slog.NewRecord(at, slog.LevelInfo, "call", 0)
	r.Add("method", "GET", "route", "/api/v1/lessons/:id", "status", 200, "ms", 1380, "took", 15*time.Second, "id", "1793512345678901234",
		"account", "250664320944308620", "at", at, "token", "renewed", "addr", "127.0.0.1:13800", "err", io.ErrUnexpectedEOF)
	var with, without bytes.Buffer
	require.NoError(t, New(slog.NewJSONHandler(&with, nil)).Handle(context.Background(), r))
	require.NoError(t, slog.NewJSONHandler(&without, nil).Handle(context.Background(), r))
	require.Equal(t, without.String(), with.String())
}

// The cheap look must not hide anything from the rules.
func TestWhatARuleMatchesIsSuspicious(t *testing.T) {
	t.Parallel()
	for name, text := range sensitive {
		require.True(t, suspicious(text), name)
	}
}

// Not parallel: it counts allocations.
func TestAnOrdinaryTextCostsNothing(t *testing.T) {
	h := New(slog.DiscardHandler)
	for _, text := range []string{"call", "GET", "job failed", "connection refused", "unexpected EOF"} {
		require.False(t, suspicious(text), text)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { h.text("the handler has failed") }))
}

func FuzzSuspiciousHidesNothing(f *testing.F) {
	for _, text := range sensitive {
		f.Add(text)
	}
	book := NewBook(Rules)
	f.Fuzz(func(t *testing.T, text string) {
		if what, _ := book.Read(text); what != "" && !suspicious(text) {
			t.Errorf("%q is %s", text, what)
		}
	})
}
