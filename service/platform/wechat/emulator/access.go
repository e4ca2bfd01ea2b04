package emulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// maxBody bounds a request's body in bytes.
const maxBody = 64 << 10

// tokenFault returns what is wrong with an access token.
func (e *Emulator) tokenFault(given string, now time.Time) *refusal {
	e.mu.Lock()
	defer e.mu.Unlock()
	until, known := e.good[given]
	switch {
	case given == "":
		return &refusal{41001, "access_token missing"}
	case !known:
		return &refusal{40001, "invalid credential, access_token is invalid or not latest"}
	case !now.Before(until):
		return &refusal{42001, "access_token expired"}
	}
	return nil
}

// RevokeToken makes all access tokens invalid and gives out another from now
// on, as when someone resets the secret or forces a refresh elsewhere.
func (e *Emulator) RevokeToken() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.good)
	e.stable.value, e.stable.expires = "", time.Time{}
}

// keep remembers a token that is good until a moment. e.mu is held.
func (e *Emulator) keep(token string, until, now time.Time) {
	for old, ends := range e.good {
		if now.Sub(ends) > 24*time.Hour { // until then it is known to have expired
			delete(e.good, old)
		}
	}
	e.good[token] = until
}

// posted serves a call that takes an access token and JSON. serve responds
// what is encoded as JSON, or writes bytes with their type (picture).
func posted[In any](e *Emulator, serve func(In, time.Time) (any, *refusal)) http.HandlerFunc {
	return e.withAccess(http.MethodPost, func(r *http.Request, now time.Time) (any, *refusal) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody)).Decode(&in); err != nil {
			return nil, &refusal{47001, "data format error"}
		}
		return serve(in, now)
	})
}

// withAccess lets only calls of the method with a good access token through.
func (e *Emulator) withAccess(method string, serve func(*http.Request, time.Time) (any, *refusal)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := e.opts.Clock()
		refused := e.tokenFault(r.URL.Query().Get("access_token"), now)
		switch {
		case refused != nil:
		case r.Method != method && method == http.MethodPost:
			refused = &refusal{43002, "require POST method"}
		case r.Method != method:
			refused = &refusal{43001, "require GET method"}
		}
		var out any
		if refused == nil {
			out, refused = serve(r, now)
		}
		switch picture, ok := out.(jpegPicture); {
		case refused != nil:
			respond(w, tokenContentType, refused.wireError(now, " "))
		case ok:
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = w.Write(picture) // a caller that has gone away cannot be told so
		default:
			respond(w, tokenContentType, out)
		}
	}
}

// jpegPicture is a response that is no JSON.
type jpegPicture []byte

// done is the response of a call that returns nothing.
type done struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}
