package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// maxBody bounds a request's body in bytes.
const maxBody = 64 << 10

// base is what the calls of both programmes stand on.
type base struct {
	opts Options
	mux  *http.ServeMux

	mu           sync.Mutex // held while a call is served
	mode         Mode
	modes        map[string]Mode // of paths that have another
	calls        map[string]int  // that came in, by path
	codes        map[string]*loginCode
	stable       stableToken
	good         map[string]time.Time // the access tokens that were given, and until when each is good
	templates    []Template           // none: any is taken
	sent         []Message
	messageQuota int
	counts       map[string]count
	limits       map[string]int // of paths that have another than WeChat's
}

func newBase(opts Options, messageQuota int) base {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	return base{
		opts: opts, mux: http.NewServeMux(), modes: map[string]Mode{}, calls: map[string]int{}, codes: map[string]*loginCode{},
		good: map[string]time.Time{}, messageQuota: messageQuota, counts: map[string]count{}, limits: map[string]int{},
	}
}

// ServeHTTP implements http.Handler.
func (b *base) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mode := b.received(r.URL.Path)
	if !mode.intercept(w, r, b.opts.Clock()) {
		b.mux.ServeHTTP(w, r)
	}
}

// family is how some of WeChat's calls write their JSON.
type family struct {
	contentType string
	separator   string // before the request's id in an error
}

var (
	apiCalls = family{"application/json; encoding=utf-8", " "}
	// The login calls declare their JSON as plain text.
	loginCalls = family{"text/plain", ", "}
)

// answer is a response that is encoded as JSON.
type answer map[string]any

// done is the response of a call that went well, with what else it has to say.
func done(more answer) answer {
	out := answer{"errcode": 0, "errmsg": "ok"}
	for name, value := range more {
		out[name] = value
	}
	return out
}

// jpegPicture is a response that is no JSON.
type jpegPicture []byte

// refusal is an error as the API returns it.
type refusal struct {
	code    int
	message string
}

// serving does what a call wants. b.mu is held.
type serving func(r *http.Request, now time.Time) (any, *refusal)

// handle serves the calls of a path.
func (b *base) handle(path, method string, f family, serve serving) {
	b.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		now := b.opts.Clock()
		b.mu.Lock()
		out, refused := serveMethod(method, serve, r, now)
		b.mu.Unlock()
		picture, ok := out.(jpegPicture)
		switch {
		case refused != nil:
			f.refuse(w, *refused, now)
		case ok:
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = w.Write(picture) //nolint:gosec // a picture; a caller that has gone away cannot be told so
		default:
			f.respond(w, out)
		}
	})
}

func serveMethod(method string, serve serving, r *http.Request, now time.Time) (any, *refusal) {
	switch {
	case r.Method == method:
		return serve(r, now)
	case method == http.MethodPost:
		return nil, &refusal{43002, "require POST method"}
	default:
		return nil, &refusal{43001, "require GET method"}
	}
}

// get serves a path's calls by GET with an access token.
func (b *base) get(path string, serve serving) {
	b.handle(path, http.MethodGet, apiCalls, b.withToken(serve))
}

// post serves a path's calls by POST with an access token and JSON.
func post[In any](b *base, path string, serve func(in In, now time.Time) (any, *refusal)) {
	b.handle(path, http.MethodPost, apiCalls, b.withToken(func(r *http.Request, now time.Time) (any, *refusal) {
		var in In
		if refused := decode(r, &in); refused != nil {
			return nil, refused
		}
		return serve(in, now)
	}))
}

func decode(r *http.Request, in any) *refusal {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody)).Decode(in); err != nil {
		return &refusal{47001, "data format error"}
	}
	return nil
}

// respond writes v as the API does: status 200 whatever happened.
func (f family) respond(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", f.contentType)
	_ = json.NewEncoder(w).Encode(v) // a caller that has gone away cannot be told so
}

// refuse writes an error with an id of the request.
func (f family) refuse(w http.ResponseWriter, no refusal, now time.Time) {
	rid := fmt.Sprintf("rid: %08x-%s-%s", uint32(now.Unix()), randomHex(4), randomHex(4))
	f.respond(w, answer{"errcode": no.code, "errmsg": no.message + f.separator + rid})
}

// checkApp tests the credentials of a call that has no access token.
func (b *base) checkApp(appID, secret, grantType, wantGrant string) *refusal {
	switch {
	case appID == "":
		return &refusal{41002, "appid missing"}
	case secret == "":
		return &refusal{41004, "appsecret missing"}
	case appID != b.opts.AppID:
		return &refusal{40013, "invalid appid"}
	case secret != b.opts.Secret:
		return &refusal{40125, "invalid appsecret"}
	case grantType != wantGrant:
		return &refusal{40002, "invalid grant_type"}
	}
	return nil
}
