package emulator

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	tokenContentType = "application/json; encoding=utf-8"
	tokenLifetime    = 7200 * time.Second
	// renewBefore: in its last five minutes a stable token is replaced by the
	// next one even in normal mode; both are then good.
	renewBefore = 5 * time.Minute
	// A forced refresh is ignored within 30 seconds of the last, and refused
	// after 20 in a day.
	forceEvery  = 30 * time.Second
	forcePerDay = 20
)

// zone is in which WeChat's day begins, when daily quotas are new.
var zone = time.FixedZone("UTC+8", 8*60*60)

// stableToken is the one stable token of the mini-program.
type stableToken struct {
	value     string
	expires   time.Time
	forcedAt  time.Time
	forcedDay string
	forced    int // refreshes on forcedDay
}

type tokenAnswer struct {
	Token     string `json:"access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds
}

// token is GET /cgi-bin/token: every call makes a new token.
func (e *Emulator) token(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	refused := e.checkApp(query.Get("appid"), query.Get("secret"))
	switch {
	case r.Method != http.MethodGet:
		refused = &refusal{43001, "require GET method"}
	case refused == nil && query.Get("grant_type") != "client_credential":
		refused = &refusal{40002, "invalid grant_type"}
	}
	if refused != nil {
		respond(w, tokenContentType, refused.wireError(e.opts.Clock(), " "))
		return
	}
	given, now := newToken(), e.opts.Clock()
	e.mu.Lock()
	if until, ok := e.good[e.plain]; ok && until.After(now.Add(renewBefore)) {
		e.good[e.plain] = now.Add(renewBefore) // the one before is good for five minutes more
	}
	e.plain = given
	e.keep(given, now.Add(tokenLifetime), now)
	e.mu.Unlock()
	respond(w, tokenContentType, tokenAnswer{given, int64(tokenLifetime / time.Second)})
}

// stableToken is POST /cgi-bin/stable_token: every call gives the same token
// until it is about to expire or a refresh is forced.
func (e *Emulator) stableToken(w http.ResponseWriter, r *http.Request) {
	given, refused := e.giveStable(r)
	if refused != nil {
		respond(w, tokenContentType, refused.wireError(e.opts.Clock(), " "))
		return
	}
	respond(w, tokenContentType, given)
}

func (e *Emulator) giveStable(r *http.Request) (tokenAnswer, *refusal) {
	if r.Method != http.MethodPost {
		return tokenAnswer{}, &refusal{43002, "require POST method"}
	}
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10)).Decode(&in); err != nil {
		return tokenAnswer{}, &refusal{47001, "data format error"}
	}
	if refused := e.checkApp(in.AppID, in.Secret); refused != nil {
		return tokenAnswer{}, refused
	}
	if in.GrantType != "client_credential" {
		return tokenAnswer{}, &refusal{40002, "invalid grant_type"}
	}

	now := e.opts.Clock()
	e.mu.Lock()
	defer e.mu.Unlock()
	force := in.ForceRefresh && now.Sub(e.stable.forcedAt) >= forceEvery
	if force {
		if day := now.In(zone).Format(time.DateOnly); day != e.stable.forcedDay {
			e.stable.forcedDay, e.stable.forced = day, 0
		}
		if e.stable.forced >= forcePerDay {
			return tokenAnswer{}, &refusal{45009, "reach max api daily quota limit"}
		}
		e.stable.forced++
		e.stable.forcedAt = now
	}
	if force || !now.Before(e.stable.expires.Add(-renewBefore)) {
		if until, ok := e.good[e.stable.value]; ok && force && until.After(now) {
			delete(e.good, e.stable.value) // a forced refresh ends the last at once
		}
		e.stable.value, e.stable.expires = newToken(), now.Add(tokenLifetime)
		e.keep(e.stable.value, e.stable.expires, now)
	}
	return tokenAnswer{e.stable.value, int64(e.stable.expires.Sub(now) / time.Second)}, nil
}

// newToken has the form of a token; real ones are of no fixed length, up to 512.
func newToken() string { return "99_" + randomHex(67) }
