package emulator

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"
)

// The login call declares its JSON as plain text, as the real one does.
const loginContentType = "text/plain"

// errTooManyLogins has WeChat's own spaces.
var errTooManyLogins = refusal{45011, "api minute-quota reach limit  mustslower  retry next minute"}

// codeToSession is GET /sns/jscode2session.
func (e *Emulator) codeToSession(w http.ResponseWriter, r *http.Request) {
	openID, unionID, refused := e.redeem(r)
	if refused != nil {
		respond(w, loginContentType, refused.wireError(e.opts.Clock(), ", "))
		return
	}
	key := make([]byte, 16)
	_, _ = rand.Read(key) // never fails, by its documentation
	respond(w, loginContentType, struct {
		SessionKey string `json:"session_key"`
		OpenID     string `json:"openid"`
		UnionID    string `json:"unionid,omitempty"`
	}{base64.StdEncoding.EncodeToString(key), openID, unionID})
}

// redeem spends the request's code.
func (e *Emulator) redeem(r *http.Request) (openID, unionID string, refused *refusal) {
	if r.Method != http.MethodGet {
		return "", "", &refusal{43001, "require GET method"}
	}
	query := r.URL.Query()
	if refused := e.checkApp(query.Get("appid"), query.Get("secret")); refused != nil {
		return "", "", refused
	}
	if query.Get("grant_type") != "authorization_code" {
		return "", "", &refusal{40002, "invalid grant_type"}
	}
	code := query.Get("js_code")
	if code == "" {
		return "", "", &refusal{41008, "missing code"}
	}

	now := e.opts.Clock()
	e.mu.Lock()
	defer e.mu.Unlock()
	issued := e.codes[code]
	switch {
	case issued != nil && now.Before(issued.expires):
		openID = issued.openID
	case e.opts.DemoCodes:
		openID, unionID = DemoOpenID(e.opts.AppID, code), DemoUnionID(e.opts.OpenPlatform, code)
	}
	if openID == "" {
		return "", "", &refusal{40029, "invalid code"}
	}
	if e.tooOften(openID, now) {
		return "", "", &errTooManyLogins
	}
	if issued != nil && issued.used {
		return "", "", &refusal{40163, "code been used"}
	}
	if issued != nil {
		issued.used = true
	}
	if e.blocked[openID] {
		return "", "", &refusal{40226, "code blocked"}
	}
	e.visits[openID] = now
	return openID, unionID, nil
}

// tooOften counts a login of the person in the running minute. e.mu is held.
func (e *Emulator) tooOften(openID string, now time.Time) bool {
	if minute := now.Truncate(time.Minute); !minute.Equal(e.minute) {
		e.minute = minute
		clear(e.logins)
	}
	e.logins[openID]++
	return e.logins[openID] > loginsPerMinute
}
