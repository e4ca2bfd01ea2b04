package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/wechat"
)

// Where WeChat and its browser come to, at the root.
const (
	// WebhookPath is where WeChat pushes to.
	WebhookPath  = "/wechat/push"
	oauthPath    = "/wechat/oauth"
	jsConfigPath = "/wechat/js-config"
)

const (
	// webhookTimeout is shorter than WeChat's own: after five seconds it sends the webhook call again.
	webhookTimeout = 4 * time.Second
	// oauthCookie is kept while the browser is at WeChat's page, loginCookie until it has logged in.
	oauthCookie = "xinyu_oauth"
	loginCookie = "xinyu_login"
	maxPage     = 1024
)

var errWebhookRefused = model.Forbidden("push_refused", "不接受这个推送")

// weChatRoutes are what WeChat and its browser call. Where there is no such
// programme, there is no such address.
func (s *Server) weChatRoutes() []rest.Route {
	var lines []rest.Route
	if s.svc.Webhooks.On() {
		lines = append(lines,
			rest.Get(WebhookPath, rest.Public, "", s.echoWebhook),
			rest.Post(WebhookPath, rest.Public, "", s.receiveWebhook).Within(webhookTimeout).UpTo(wechat.MaxWebhookBody))
	}
	if s.publicURL != "" && s.svc.Identity.HasOfficial() {
		lines = append(lines,
			rest.Get(oauthPath, rest.Public, "", s.oauth),
			rest.Get(jsConfigPath, rest.Public, "", s.jsConfig))
	}
	return lines
}

func text(t string) rest.File { return rest.File{Type: "text/plain; charset=utf-8", Body: []byte(t)} }

// echoWebhook replies to WeChat's console, which asks whether the address is ours.
func (s *Server) echoWebhook(_ context.Context, _ model.Actor, in *rest.RawInput) (rest.File, error) {
	echo, err := s.svc.Webhooks.Echo(in.Request().URL.Query())
	if err != nil {
		return rest.File{}, errWebhookRefused
	}
	return text(echo), nil
}

// receiveWebhook keeps a webhook call and returns; what follows from it comes later. Of a
// push that is refused nothing is logged, and nothing told but that it is.
func (s *Server) receiveWebhook(ctx context.Context, _ model.Actor, in *rest.RawInput) (rest.File, error) {
	body, err := io.ReadAll(in.Request().Body)
	if tooLarge := (*http.MaxBytesError)(nil); err != nil && !errors.As(err, &tooLarge) {
		return rest.File{}, errWebhookRefused.WithCause(err)
	}
	if err == nil {
		err = s.svc.Webhooks.Receive(ctx, in.Request().URL.Query(), body)
	}
	if refused := wechat.Refusal(""); errors.As(err, &refused) {
		err = errWebhookRefused
	}
	return text("success"), err
}

type oauthInput struct {
	Kept string `cookie:"xinyu_oauth"`
	rest.RawInput
}

// oauth leads WeChat's browser to WeChat's page and, when it comes back with a
// code, on to the client, which logs in with that.
func (s *Server) oauth(_ context.Context, _ model.Actor, in *oauthInput) (rest.File, error) {
	query := in.Request().URL.Query()
	if !query.Has("state") {
		if s.elsewhere(in.Request().Host) && !query.Has(moved) {
			// The way back is to the public address, and so the cookie must be its own.
			query.Set(moved, "1")
			return redirect(s.publicURL + oauthPath + "?" + query.Encode()), nil
		}
		left, err := s.svc.Identity.LeaveForWeChat(query.Get("to"), s.publicURL+oauthPath)
		return redirect(left.Page, s.cookie(oauthCookie, oauthPath, left.Cookie, left.MaxAge)), err
	}
	code := query.Get("code")
	to, ticket, err := s.svc.Identity.ReturnFromWeChat(in.Kept, query.Get("state"), code)
	if err != nil {
		// A page for people, and no redirect: a browser without cookies would go in circles.
		return rest.File{Status: http.StatusForbidden, Type: "text/html; charset=utf-8", Body: []byte(oauthFailed)}, nil
	}
	page, fragment, _ := strings.Cut(to, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	return redirect(page+"?code="+url.QueryEscape(code)+"&channel="+string(wechat.OfficialAccount)+fragment,
		s.cookie(oauthCookie, oauthPath, "", -time.Second),
		s.cookie(loginCookie, rest.Base+"/login", ticket, 5*time.Minute)), nil
}

func redirect(to string, cookies ...http.Cookie) rest.File {
	return rest.File{Status: http.StatusFound, Location: to, Cookies: cookies}
}

// moved marks a browser that was led to the public address already: a proxy
// that hides it must not send it in circles.
const moved = "moved"

// elsewhere reports whether the caller came by another name than the public
// one. Ports don't matter to cookies, and proxies forget them.
func (s *Server) elsewhere(host string) bool {
	ours, err := url.Parse(s.publicURL)
	came := url.URL{Host: host}
	return err == nil && !strings.EqualFold(ours.Hostname(), came.Hostname())
}

const oauthFailed = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>心育</title>
<p>登录已超时，请关闭这个页面，从公众号重新打开。</p></html>
`

// cookie is one that no script reads and no other site's form sends.
func (s *Server) cookie(name, path, value string, life time.Duration) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure wherever there is HTTPS: everywhere but in a demo
		Name: name, Value: value, Path: path, MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(s.publicURL, "https://"),
	}
}

type jsConfigInput struct {
	URL string `query:"url"`
}

// jsConfig signs a page of ours for WeChat's JS-SDK.
func (s *Server) jsConfig(ctx context.Context, _ model.Actor, in *jsConfigInput) (wechat.JSConfig, error) {
	page, err := ownPage(s.publicURL, in.URL)
	if err != nil {
		return wechat.JSConfig{}, err
	}
	return s.svc.Identity.JSConfig(ctx, page)
}

// ownPage returns the page as WeChat wants it signed, without its fragment,
// where it is one of ours.
func ownPage(publicURL, page string) (string, error) {
	page, _, _ = strings.Cut(page, "#")
	ours, err := url.Parse(publicURL)
	given, err2 := url.Parse(page)
	if err != nil || err2 != nil || len(page) > maxPage || strings.ContainsAny(page, "\\ ") || given.User != nil ||
		given.Scheme != ours.Scheme || !strings.EqualFold(given.Host, ours.Host) {
		return "", model.Invalid("url", "page_not_ours", "只能为本站的页面签名")
	}
	return page, nil
}
