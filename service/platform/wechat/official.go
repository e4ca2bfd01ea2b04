package wechat

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"xinyu/model"
)

// authorizePage is where WeChat's own browser says whose phone it is.
const authorizePage = "https://open.weixin.qq.com/connect/oauth2/authorize"

// errSnapshot: WeChat shows a page as a preview to a made-up person until the
// reader asks for the full service,
// https://developers.weixin.qq.com/community/minihome/doc/000c2c34068880629ced91a2f56001
var errSnapshot = model.Forbidden("login_snapshot", "现在是网页预览，请点页面下方的“使用完整服务”后再登录")

// ticketRest is how long WeChat is not asked again for a jsapi_ticket that it did
// not give: whoever opens a page has one signed, without a login.
const ticketRest = 5 * time.Second

// OfficialConfig says which official account (公众号) we are. Its embedded
// Config is of the account: its app id, its secret.
type OfficialConfig struct {
	Config
	// MiniProgram is the app id of the mini-program that messages and menus open.
	MiniProgram string
	// AuthorizePage replaces WeChat's, for the emulator; empty means the real one.
	AuthorizePage string
}

// Official calls WeChat for one official account. It is safe for concurrent use.
type Official struct {
	client      *Client
	appID       string
	secret      string `json:"-"`
	miniProgram string
	authorize   string
	tickets     *tokenSource
}

// NewOfficial makes an Official. It calls nobody. It panics on a Config that
// does not pass Validate.
func NewOfficial(cfg OfficialConfig) *Official {
	if cfg.AuthorizePage == "" {
		cfg.AuthorizePage = authorizePage
	}
	o := &Official{client: New(cfg.Config), appID: cfg.AppID, secret: cfg.Secret, miniProgram: cfg.MiniProgram, authorize: cfg.AuthorizePage}
	o.tickets = &tokenSource{fetch: o.fetchTicket, timeout: 2 * o.client.timeout, rest: ticketRest}
	return o
}

// Close closes idle connections.
func (o *Official) Close() { o.client.Close() }

// String names the account without its secret.
func (o *Official) String() string { return fmt.Sprintf("official account %s", o.appID) }

// GoString is String, for %#v.
func (o *Official) GoString() string { return o.String() }

// AuthorizeURL is where to send WeChat's browser, which comes back with a code
// and the state (letters and digits, at most 128) without asking the person
// for anything: the scope is snsapi_base.
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (o *Official) AuthorizeURL(back, state string) string {
	// WeChat compares the order of the parameters too, by its documents.
	return o.authorize + "?appid=" + url.QueryEscape(o.appID) + "&redirect_uri=" + url.QueryEscape(back) +
		"&response_type=code&scope=snsapi_base&state=" + url.QueryEscape(state) + "#wechat_redirect"
}

// Login exchanges a code from the authorisation page, good for one use within
// five minutes, for the person's identity within the official account. The
// errors are those of Client.Login, and login_snapshot (forbidden).
// https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsaccesstoken
func (o *Official) Login(ctx context.Context, code string) (Session, error) {
	if code == "" || len(code) > maxCode {
		return Session{}, errCodeInvalid
	}
	var answer struct {
		OpenID   string `json:"openid"`
		UnionID  string `json:"unionid"`
		Snapshot int    `json:"is_snapshotuser"`
	}
	query := url.Values{"appid": {o.appID}, "secret": {o.secret}, "code": {code}, "grant_type": {"authorization_code"}}
	err := o.client.exchange(ctx, "/sns/oauth2/access_token", query, nil, &answer)
	switch {
	case refusedBy(err) != nil:
		return Session{}, loginError(refusedBy(err))
	case err != nil:
		return Session{}, unavailable(safeCause(err))
	case answer.Snapshot == 1:
		return Session{}, errSnapshot
	case answer.OpenID == "":
		return Session{}, unavailable(errors.New("wechat: the answer names no openid"))
	}
	return Session{OpenID: answer.OpenID, UnionID: answer.UnionID}, nil
}

// Follower is what WeChat says of a person who follows the official account,
// or does not.
type Follower struct {
	Following bool
	UnionID   string // only of those who follow, and where one owner has bound both programmes
}

// Follower asks for one person. Every error is a *model.Error of the kind unavailable.
// https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html
func (o *Official) Follower(ctx context.Context, openID string) (Follower, error) {
	var answer struct {
		Subscribe int    `json:"subscribe"`
		UnionID   string `json:"unionid"`
	}
	if err := o.client.authed(ctx, "/cgi-bin/user/info", url.Values{"openid": {openID}, "lang": {"zh_CN"}}, nil, &answer); err != nil {
		return Follower{}, failed(err)
	}
	return Follower{Following: answer.Subscribe == 1, UnionID: answer.UnionID}, nil
}

// failed is a *model.Error of any error of authed's.
func failed(err error) error {
	if no := refusedBy(err); no != nil {
		return unavailable(no)
	}
	return err
}
