package emulator

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Mode says how the emulated WeChat responds: well, slowly, or not at all.
type Mode struct {
	kind  modeKind
	delay time.Duration
	error refusal
}

type modeKind uint8

const (
	up modeKind = iota
	down
	slow
	busy
	rateLimited
	broken
)

// The modes. ModeSlow and ModeError make others.
var (
	// ModeUp serves every call.
	ModeUp = Mode{kind: up}
	// ModeDown cuts every connection without a response, or responds with 502 where it cannot.
	ModeDown = Mode{kind: down}
	// ModeBusy responds to every call with -1, system error.
	ModeBusy = Mode{kind: busy}
	// ModeRateLimited responds to every call with 45011.
	ModeRateLimited = Mode{kind: rateLimited}
)

// ModeSlow serves every call, each after the delay in real time.
func ModeSlow(delay time.Duration) Mode { return Mode{kind: slow, delay: delay} }

// ModeError responds to every call with the errcode.
func ModeError(code int, message string) Mode {
	return Mode{kind: broken, error: refusal{code, message}}
}

// SetMode changes the responses to all calls from now on.
func (e *Emulator) SetMode(m Mode) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mode = m
	clear(e.modes)
}

// SetModeFor changes the responses to the calls of one path, whatever the
// mode of the others, until SetMode changes them all.
func (e *Emulator) SetModeFor(path string, m Mode) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.modes[path] = m
}

// modeOf is the mode of a path's calls.
func (e *Emulator) modeOf(path string) Mode {
	e.mu.Lock()
	defer e.mu.Unlock()
	if m, ok := e.modes[path]; ok {
		return m
	}
	return e.mode
}

// intercept does what the mode wants before, or instead of, the call itself;
// it reports whether the call is done with.
func (m Mode) intercept(w http.ResponseWriter, r *http.Request, now time.Time) (done bool) {
	switch m.kind {
	case down:
		if hijacker, ok := w.(http.Hijacker); ok {
			if conn, _, err := hijacker.Hijack(); err == nil {
				_ = conn.Close() // which is all that this mode does
				return true
			}
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	case slow:
		// A server sees that its caller has left once it has read the body.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return true
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		timer := time.NewTimer(m.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			return false
		case <-r.Context().Done():
			return true
		}
	case busy:
		respond(w, loginContentType, refusal{-1, "system error"}.wireError(now, ", "))
		return true
	case broken:
		respond(w, loginContentType, m.error.wireError(now, ", "))
		return true
	case rateLimited:
		respond(w, loginContentType, errTooManyLogins.wireError(now, ", "))
		return true
	default:
		return false
	}
}
