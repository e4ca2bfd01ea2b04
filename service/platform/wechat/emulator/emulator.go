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
	"net/http"
	"regexp"
	"time"
)

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

// Emulator is an http.Handler that responds as api.weixin.qq.com does to a
// mini-program. It is safe for concurrent use.
type Emulator struct {
	base
	blocked     map[string]bool
	permissions map[permissionKey]int
	pages       []string // none: any is taken
	links       []Link
	phoneCodes  map[string]phoneCode
	visits      map[string]time.Time // by openid, the last
	media       []Media
}

// New makes an emulator that is up and knows no codes.
func New(opts Options) *Emulator {
	e := &Emulator{
		base: newBase(opts, messagesPerDay), blocked: map[string]bool{}, permissions: map[permissionKey]int{},
		phoneCodes: map[string]phoneCode{}, visits: map[string]time.Time{},
	}
	e.handle("/sns/jscode2session", http.MethodGet, loginCalls, e.codeToSession)
	e.handle(tokenPath, http.MethodPost, apiCalls, e.giveToken)
	e.get("/wxaapi/newtmpl/gettemplate", e.listTemplates)
	post(&e.base, "/cgi-bin/message/subscribe/send", e.sendSubscribe)
	post(&e.base, codePath, e.drawCode)
	post(&e.base, linkPath, e.makeLink)
	post(&e.base, phonePath, e.phoneNumber)
	post(&e.base, textCheckPath, e.checkText)
	post(&e.base, mediaPath, e.checkMedia)
	return e
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

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, by its documentation
	return hex.EncodeToString(b)
}
