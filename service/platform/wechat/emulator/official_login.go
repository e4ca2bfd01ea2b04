package emulator

import (
	"html/template"
	"net/http"
	"regexp"
	"time"
)

// state is what WeChat takes for one.
var state = regexp.MustCompile(`^[A-Za-z0-9]{0,128}$`)

// choice is the page that stands for a phone whose owner is known.
var choice = template.Must(template.New("").Parse(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>微信授权（演示）</title><p>演示：以谁的身份进入？</p>
<form method="post"><input name="as" value="demo-parent" pattern="demo-[A-Za-z0-9\-]+" aria-label="演示账号"><button>允许</button></form></html>
`))

// authorize is WeChat's authorisation page. A phone would know who holds it;
// here ?as= or, with Options.DemoCodes, a form says so.
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (o *Official) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("appid") != o.opts.AppID || query.Get("response_type") != "code" || query.Get("redirect_uri") == "" ||
		(query.Get("scope") != "snsapi_base" && query.Get("scope") != "snsapi_userinfo") || !state.MatchString(query.Get("state")) {
		http.Error(w, "参数错误", http.StatusBadRequest)
		return
	}
	openID := query.Get("as")
	if openID == "" && o.opts.DemoCodes {
		openID = DemoOpenID(o.opts.AppID, r.FormValue("as"))
	}
	if openID == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = choice.Execute(w, nil) // a browser that has gone away cannot be told so
		return
	}
	to, err := back(query.Get("redirect_uri"), o.IssueCode(openID), query.Get("state"))
	if err != nil {
		http.Error(w, "参数错误", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, to, http.StatusFound) //nolint:gosec // WeChat too goes where it is told, to any page of a registered domain
}

// IssueCode does what the authorisation page does: it gives a new code for the
// person, good for one use within CodeLifetime.
func (o *Official) IssueCode(openID string) string {
	code := randomHex(16)
	now := o.opts.Clock()
	o.mu.Lock()
	defer o.mu.Unlock()
	for old, c := range o.codes {
		if now.After(c.expires.Add(time.Hour)) {
			delete(o.codes, old)
		}
	}
	o.codes[code] = &loginCode{openID: openID, expires: now.Add(CodeLifetime)}
	return code
}

// codeToPerson is GET /sns/oauth2/access_token. With the scope snsapi_base it
// returns no union id.
// https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsaccesstoken
func (o *Official) codeToPerson(w http.ResponseWriter, r *http.Request) {
	openID, snapshot, refused := o.redeem(r)
	if refused != nil {
		respond(w, loginContentType, refused.wireError(o.opts.Clock(), ", "))
		return
	}
	out := map[string]any{"access_token": newToken(), "expires_in": 7200, "refresh_token": newToken(), "openid": openID, "scope": "snsapi_base"}
	if snapshot {
		out["is_snapshotuser"] = 1
	}
	respond(w, loginContentType, out)
}

func (o *Official) redeem(r *http.Request) (openID string, snapshot bool, refused *refusal) {
	query := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		return "", false, &refusal{43001, "require GET method"}
	case query.Get("grant_type") != "authorization_code":
		return "", false, &refusal{40002, "invalid grant_type"}
	}
	if refused := o.core.checkApp(query.Get("appid"), query.Get("secret")); refused != nil {
		return "", false, refused
	}
	code := query.Get("code")
	if code == "" {
		return "", false, &refusal{41008, "missing code"}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	issued := o.codes[code]
	switch {
	case issued == nil || !o.opts.Clock().Before(issued.expires):
		return "", false, &refusal{40029, "invalid code"}
	case issued.used:
		return "", false, &refusal{40163, "code been used"}
	}
	issued.used = true
	p := o.people[issued.openID]
	return issued.openID, p != nil && p.snapshot, nil
}
