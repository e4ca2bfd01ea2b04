// Package emulator stands in for api.weixin.qq.com in the embedded run mode
// and in tests: logging in with a code, access tokens, subscribe messages,
// mini-program codes, URL links, phone numbers, checks of texts and pictures.
//
// It follows WeChat's documents and, where they are silent, responses of the
// real servers that developers have published:
//
//   - code2Session: https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
//     (parameters, response, -1, 40029, 40226, 45011; the older edition at
//     https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/login/auth.code2Session.html
//     says that 45011 means 100 calls a minute for one user). 40163 for a
//     used code is in no document but is what the servers send:
//     {"errcode":40163,"errmsg":"code been used, rid: 6128c7e8-176287d4-2100cfe5"}.
//   - stable_token: https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/access-token/auth.getStableAccessToken.html
//   - token: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_access_token.html
//   - subscribe messages: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
//   - codes and links: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
//     and https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-link/generateUrlLink.html
//   - phone numbers: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-info/phone-number/getPhoneNumber.html
//   - checks: https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
//     and https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/mediaCheckAsync.html
//   - other codes: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
//
// Every response of the API's is HTTP 200, errors included. Known differences:
// with Options.DemoCodes, codes that begin with "demo-" may be used again
// and again, and only those come with a union id; any template and page is taken until
// SetTemplates and SetPages name some; a code is an ordinary QR code and a
// link leads nowhere; a text is judged by RiskyWord and ReviewWord alone and a
// picture by whoever pushes its verdict; with Options.DemoCodes a person's
// content is judged without a visit, and "demo-phone-NUMBER" stands for that
// number; a path that is not emulated responds with 404.
package emulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"
)

// CodeLifetime is how long a code from wx.login is good.
const CodeLifetime = 5 * time.Minute

// loginsPerMinute is how often one user may be looked up in a minute before 45011.
const loginsPerMinute = 100

// Options says which mini-program the emulator knows.
type Options struct {
	// AppID and Secret are the only pair that is accepted.
	AppID, Secret string
	// Clock tells the time by which codes and tokens expire; nil means time.Now.
	Clock func() time.Time
	// DemoCodes accepts any code "demo-NAME", any number of times, as the
	// person of DemoOpenID: people type them at a command line. NAME is 1
	// to 64 letters, digits and '-'. This differs from WeChat on purpose.
	DemoCodes bool
	// OpenPlatform names the account at WeChat's open platform to which the
	// programme is bound; then a demo code comes with the union id that
	// DemoUnionID returns. Empty where it is bound to none.
	// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/union-id.html
	OpenPlatform string
}

// Emulator is an http.Handler that responds as api.weixin.qq.com does. It is
// safe for concurrent use.
type Emulator struct {
	opts Options
	mux  *http.ServeMux

	mu      sync.Mutex
	mode    Mode
	modes   map[string]Mode // of paths that have another
	codes   map[string]*loginCode
	queue   []string // the codes, oldest first: they expire in this order
	blocked map[string]bool
	minute  time.Time      // the minute that logins counts
	logins  map[string]int // by openid
	stable  stableToken
	plain   string               // the last token of the other kind
	good    map[string]time.Time // the access tokens that were given, and until when each is good

	calls        map[string]*tally // by path
	sent         []Message
	permissions  map[permissionKey]int
	templates    []Template // none: any is taken
	pages        []string   // none: any is taken
	quotas       map[string]quota
	messageQuota int
	limits       map[string]int // of paths that have another than WeChat's

	links      []Link
	phoneCodes map[string]phoneCode
	visits     map[string]time.Time // by openid, the last
	media      []Media
}

type loginCode struct {
	openID  string
	expires time.Time
	used    bool
}

// New makes an emulator that is up and knows no codes.
func New(opts Options) *Emulator {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	e := &Emulator{
		opts:    opts,
		mux:     http.NewServeMux(),
		codes:   map[string]*loginCode{},
		blocked: map[string]bool{},
		logins:  map[string]int{},
		good:    map[string]time.Time{},
		modes:   map[string]Mode{},

		calls:        map[string]*tally{},
		permissions:  map[permissionKey]int{},
		quotas:       map[string]quota{},
		messageQuota: messagesPerDay,
		limits:       map[string]int{},
		phoneCodes:   map[string]phoneCode{},
		visits:       map[string]time.Time{},
	}
	e.mux.HandleFunc("/sns/jscode2session", e.codeToSession)
	e.mux.HandleFunc("/cgi-bin/token", e.token)
	e.mux.HandleFunc("/cgi-bin/stable_token", e.stableToken)
	e.mux.HandleFunc("/cgi-bin/message/subscribe/send", posted(e, e.sendSubscribe))
	e.mux.HandleFunc(templatesPath, e.withAccess(http.MethodGet, e.listTemplates))
	e.mux.HandleFunc(codePath, posted(e, e.drawCode))
	e.mux.HandleFunc(linkPath, posted(e, e.makeLink))
	e.mux.HandleFunc(phonePath, posted(e, e.phoneNumber))
	e.mux.HandleFunc(textCheckPath, posted(e, e.checkText))
	e.mux.HandleFunc(mediaPath, posted(e, e.checkMedia))
	return e
}

// ServeHTTP implements http.Handler.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := &counting{ResponseWriter: w}
	e.received(r.URL.Path)
	defer func() { e.responded(r.URL.Path, counted) }()
	if e.modeOf(r.URL.Path).intercept(counted, r, e.opts.Clock()) {
		return
	}
	e.mux.ServeHTTP(counted, r)
}

// IssueCode does what wx.login does on a phone: it gives a new code for the
// person, good for one use within CodeLifetime.
func (e *Emulator) IssueCode(openID string) string {
	code := randomHex(16) // 32 characters, as the real ones
	now := e.opts.Clock()
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.queue) > 0 && !now.Before(e.codes[e.queue[0]].expires) {
		delete(e.codes, e.queue[0])
		e.queue = e.queue[1:]
	}
	e.codes[code] = &loginCode{openID: openID, expires: now.Add(CodeLifetime)}
	e.queue = append(e.queue, code)
	return code
}

// Block makes WeChat refuse the person as one of high risk (40226).
func (e *Emulator) Block(openID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.blocked[openID] = true
}

var demoCode = regexp.MustCompile(`^demo-[A-Za-z0-9-]{1,64}$`)

// DemoOpenID is the openid that a demo code stands for in the mini-program:
// the same at every start and in every replica, and 28 characters long as
// real ones are. It is empty where code has not the form of a demo code.
func DemoOpenID(appID, code string) string {
	if !demoCode.MatchString(code) {
		return ""
	}
	return demoID(appID, code)
}

// DemoUnionID is the union id that a demo code stands for in all programmes
// that are bound to the open platform's account; empty where there is none.
func DemoUnionID(openPlatform, code string) string {
	if openPlatform == "" || !demoCode.MatchString(code) {
		return ""
	}
	return demoID(openPlatform, code)
}

// demoID has the form of WeChat's ids of both kinds.
func demoID(of, code string) string {
	sum := sha256.Sum256([]byte(of + "\x00" + code))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

// refusal is an error as the API returns it.
type refusal struct {
	code    int
	message string
}

// respond writes v as the API does: status 200 whatever happened.
func respond(w http.ResponseWriter, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	// A caller that has gone away cannot be told so.
	_ = json.NewEncoder(w).Encode(v)
}

// wireError is the body of an error. separator stands before the request's id.
func (f refusal) wireError(now time.Time, separator string) any {
	return struct {
		Code    int    `json:"errcode"`
		Message string `json:"errmsg"`
	}{f.code, fmt.Sprintf("%s%srid: %08x-%s-%s", f.message, separator, uint32(now.Unix()), randomHex(4), randomHex(4))}
}

// checkApp tests the credentials that every call here carries.
func (e *Emulator) checkApp(appID, secret string) *refusal {
	switch {
	case appID == "":
		return &refusal{41002, "appid missing"}
	case secret == "":
		return &refusal{41004, "appsecret missing"}
	case appID != e.opts.AppID:
		return &refusal{40013, "invalid appid"}
	case secret != e.opts.Secret:
		return &refusal{40125, "invalid appsecret"}
	}
	return nil
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, by its documentation
	return hex.EncodeToString(b)
}
