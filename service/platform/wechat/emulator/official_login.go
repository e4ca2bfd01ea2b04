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
	if openID == "" && o.demoCodes {
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

// codeToPerson is GET /sns/oauth2/access_token. With the scope snsapi_base it
// returns no union id.
// https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsaccesstoken
func (o *Official) codeToPerson(r *http.Request, now time.Time) (any, *refusal) {
	c, refused := o.codeOf(r, "code", now)
	if refused == nil {
		refused = c.spend()
	}
	if refused != nil {
		return nil, refused
	}
	out := answer{"access_token": newToken(), "expires_in": 7200, "refresh_token": newToken(), "openid": c.openID, "scope": "snsapi_base"}
	if p := o.people[c.openID]; p != nil && p.snapshot {
		out["is_snapshotuser"] = 1
	}
	return out, nil
}
