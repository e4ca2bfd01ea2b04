package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

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

var (
	errWebhookRefused = model.Forbidden("push_refused", "不接受这个推送")
	errWebhookSize    = rest.NewProblem(http.StatusRequestEntityTooLarge, "body_too_large", "提交的内容太大")
	errPageForeign    = model.Invalid("url", "page_not_ours", "只能为本站的页面签名")
)

// mountWeChat puts what WeChat and its browser call. Where there is no such
// programme, there is no such address.
func (s *Server) mountWeChat() {
	if s.svc.Webhooks.On() {
		s.rest.Engine.GET(WebhookPath, s.echoWebhook)
		s.rest.Engine.POST(WebhookPath, s.receiveWebhook)
	}
	if s.publicURL != "" && s.svc.Identity.HasOfficial() {
		s.rest.Engine.GET(oauthPath, s.oauth)
		s.rest.Engine.GET(jsConfigPath, s.jsConfig)
	}
}

// echoWebhook replies to WeChat's console, which asks whether the address is ours.
func (s *Server) echoWebhook(c *gin.Context) {
	text, err := s.svc.Webhooks.Echo(c.Request.URL.Query())
	if err != nil {
		rest.Abort(c, errWebhookRefused)
		return
	}
	c.String(http.StatusOK, "%s", text)
}

// receiveWebhook keeps a webhook call and answers; what follows from it comes later. Of a
// push that is refused nothing is logged, and nothing told but that it is.
func (s *Server) receiveWebhook(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), webhookTimeout)
	defer cancel()
	rest.Allow(c.Writer, webhookTimeout)
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, wechat.MaxWebhookBody))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		rest.Abort(c, errWebhookSize)
		return
	}
	if err != nil {
		rest.Abort(c, errWebhookRefused.WithCause(err))
		return
	}
	err = s.svc.Webhooks.Receive(ctx, c.Request.URL.Query(), body)
	var refused wechat.Refusal
	switch {
	case errors.As(err, &refused):
		rest.Abort(c, errWebhookRefused)
	case err != nil:
		rest.Abort(c, err)
	default:
		c.String(http.StatusOK, "success")
	}
}

// oauth leads WeChat's browser to WeChat's page and, when it comes back with a
// code, on to the client, which logs in with that.
func (s *Server) oauth(c *gin.Context) {
	query := c.Request.URL.Query()
	if !query.Has("state") {
		if s.elsewhere(c.Request.Host) && !query.Has(moved) {
			// The way back is to the public address, and so the cookie must be its own.
			query.Set(moved, "1")
			c.Redirect(http.StatusFound, s.publicURL+oauthPath+"?"+query.Encode())
			return
		}
		left, err := s.svc.Identity.LeaveForWeChat(query.Get("to"), s.publicURL+oauthPath)
		if err != nil {
			rest.Abort(c, err)
			return
		}
		s.setCookie(c, oauthCookie, oauthPath, left.Cookie, left.MaxAge)
		c.Redirect(http.StatusFound, left.Page)
		return
	}
	kept, err := c.Cookie(oauthCookie)
	if err != nil {
		kept = "" // refused below, as a wrong one is
	}
	code := query.Get("code")
	to, ticket, err := s.svc.Identity.ReturnFromWeChat(kept, query.Get("state"), code)
	if err != nil {
		// A page for people, and no redirect: a browser without cookies would go in circles.
		c.Data(http.StatusForbidden, "text/html; charset=utf-8", []byte(oauthFailed))
		return
	}
	s.setCookie(c, oauthCookie, oauthPath, "", -time.Second)
	s.setCookie(c, loginCookie, rest.Base+"/login", ticket, 5*time.Minute)
	page, fragment, _ := strings.Cut(to, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	c.Redirect(http.StatusFound, page+"?code="+url.QueryEscape(code)+"&channel="+string(wechat.OfficialAccount)+fragment)
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

// setCookie sets one that no script reads and no other site's form sends.
func (s *Server) setCookie(c *gin.Context, name, path, value string, life time.Duration) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever there is HTTPS: everywhere but in a demo
		Name: name, Value: value, Path: path, MaxAge: int(life.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(s.publicURL, "https://"),
	})
}

// jsConfig signs a page of ours for WeChat's JS-SDK.
func (s *Server) jsConfig(c *gin.Context) {
	page, err := ownPage(s.publicURL, c.Query("url"))
	if err != nil {
		rest.Abort(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), rest.UsualTimeout)
	defer cancel()
	signed, err := s.svc.Identity.JSConfig(ctx, page)
	if err != nil {
		rest.Abort(c, err)
		return
	}
	c.JSON(http.StatusOK, signed)
}

// ownPage returns the page as WeChat wants it signed, without its fragment,
// where it is one of ours.
func ownPage(publicURL, page string) (string, error) {
	page, _, _ = strings.Cut(page, "#")
	ours, err := url.Parse(publicURL)
	given, err2 := url.Parse(page)
	if err != nil || err2 != nil || len(page) > maxPage || strings.ContainsAny(page, "\\ ") || given.User != nil ||
		given.Scheme != ours.Scheme || !strings.EqualFold(given.Host, ours.Host) {
		return "", errPageForeign
	}
	return page, nil
}
