package emulator

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"time"
)

// CodeLifetime is how long a login code is good.
const CodeLifetime = 5 * time.Minute

// loginsPerMinute is how often one user may be looked up in a minute before 45011.
const loginsPerMinute = 100

// errTooManyLogins has WeChat's own spaces.
var errTooManyLogins = refusal{45011, "api minute-quota reach limit  mustslower  retry next minute"}

type loginCode struct {
	openID, unionID string
	expires         time.Time
	used            bool
}

// IssueCode does what wx.login does on a phone, or the official account's
// authorisation page: it gives a new code for the person, good for one use
// within CodeLifetime.
func (b *base) IssueCode(openID string) string {
	code := randomHex(16) // 32 characters, as the real ones
	now := b.opts.Clock()
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.codes, func(_ string, c *loginCode) bool { return !now.Before(c.expires) })
	b.codes[code] = &loginCode{openID: openID, expires: now.Add(CodeLifetime)}
	return code
}

// codeOf finds the code in the query of a login, which it does not spend yet.
func (b *base) codeOf(r *http.Request, parameter string, now time.Time) (*loginCode, *refusal) {
	query := r.URL.Query()
	if refused := b.checkApp(query.Get("appid"), query.Get("secret"), query.Get("grant_type"), "authorization_code"); refused != nil {
		return nil, refused
	}
	code := query.Get(parameter)
	if code == "" {
		return nil, &refusal{41008, "missing code"}
	}
	c := b.codes[code]
	if b.opts.DemoCodes && demoCode.MatchString(code) {
		c = &loginCode{openID: DemoOpenID(b.opts.AppID, code), unionID: DemoUnionID(b.opts.OpenPlatform, code), expires: now.Add(CodeLifetime)}
	}
	if c == nil || !now.Before(c.expires) {
		return nil, &refusal{40029, "invalid code"}
	}
	return c, nil
}

// spend uses up the code.
func (c *loginCode) spend() *refusal {
	if c.used {
		return &refusal{40163, "code been used"}
	}
	c.used = true
	return nil
}

// codeToSession is GET /sns/jscode2session.
func (e *Emulator) codeToSession(r *http.Request, now time.Time) (any, *refusal) {
	c, refused := e.codeOf(r, "js_code", now)
	if refused != nil {
		return nil, refused
	}
	if e.tooOften(c.openID, now) {
		return nil, &errTooManyLogins
	}
	if refused := c.spend(); refused != nil {
		return nil, refused
	}
	if e.blocked[c.openID] {
		return nil, &refusal{40226, "code blocked"}
	}
	e.visits[c.openID] = now
	key := make([]byte, 16)
	_, _ = rand.Read(key) // never fails, by its documentation
	out := answer{"session_key": base64.StdEncoding.EncodeToString(key), "openid": c.openID}
	if c.unionID != "" {
		out["unionid"] = c.unionID
	}
	return out, nil
}

// tooOften counts a login of the person in the running minute.
func (e *Emulator) tooOften(openID string, now time.Time) bool {
	return !e.another("login "+openID, now.Truncate(time.Minute).String(), loginsPerMinute)
}
