package emulator

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"xinyu/service/platform/backoff"
)

// Mode says how the emulated WeChat responds: well (the zero Mode), slowly, or not at all.
type Mode struct {
	down    bool
	delay   time.Duration
	refusal *refusal
}

// The modes. ModeSlow and ModeError make others.
var (
	// ModeUp serves every call.
	ModeUp = Mode{}
	// ModeDown cuts every connection without a response, or responds with 502 where it cannot.
	ModeDown = Mode{down: true}
	// ModeBusy responds to every call with -1, system error.
	ModeBusy = ModeError(-1, "system error")
	// ModeRateLimited responds to every call with 45011.
	ModeRateLimited = Mode{refusal: &errTooManyLogins}
)

// ModeSlow serves every call, each after the delay in real time.
func ModeSlow(delay time.Duration) Mode { return Mode{delay: delay} }

// ModeError responds to every call with the errcode.
func ModeError(code int, message string) Mode { return Mode{refusal: &refusal{code, message}} }

// SetMode changes the responses to all calls from now on. The page on which
// people are asked who they are stands elsewhere, and has its own health.
func (b *base) SetMode(m Mode) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mode = m
	clear(b.modes)
	b.modes[AuthorizePath] = ModeUp
}

// SetModeFor changes the responses to the calls of one path, whatever the
// mode of the others, until SetMode changes them all.
func (b *base) SetModeFor(path string, m Mode) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.modes[path] = m
}

// received counts a call that has come in, and returns the mode of its path.
func (b *base) received(path string) Mode {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[path]++
	if m, ok := b.modes[path]; ok {
		return m
	}
	return b.mode
}

// Calls returns how many calls of the path were received, with or without a response.
func (b *base) Calls(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls[path]
}

// intercept does what the mode wants before, or instead of, the call itself;
// it reports whether the call is done with.
func (m Mode) intercept(w http.ResponseWriter, r *http.Request, now time.Time) (done bool) {
	switch {
	case m.down:
		if hijacker, ok := w.(http.Hijacker); ok {
			if conn, _, err := hijacker.Hijack(); err == nil {
				_ = conn.Close() // which is all that this mode does
				return true
			}
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	case m.delay > 0:
		// A server sees that its caller has left once it has read the body.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return true
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return backoff.Sleep(r.Context(), m.delay) != nil
	case m.refusal != nil:
		loginCalls.refuse(w, *m.refusal, now)
		return true
	}
	return false
}
