package wechat

import (
	"context"
	"errors"
	"net/url"
	"time"

	"xinyu/model"
)

// maxCode bounds a login code, in bytes. WeChat's have 32 characters; nothing
// promises that they stay so short.
const maxCode = 256

// The errors of a login that fails. Each may carry a cause for the log.
var (
	errCodeInvalid = model.Invalid("code", "login_code_invalid", "登录码无效或已过期，请重新登录")
	errCodeUsed    = model.Invalid("code", "login_code_used", "登录码已经用过，请重新登录")
	// WeChat counts by the minute: "retry next minute".
	errTooOften = model.TooMany("login_too_often", time.Minute)
	errRefused  = model.Forbidden("login_refused", "微信提示该账号存在风险，暂时不能登录")
	// Our app id or secret is wrong: nothing that the caller can mend.
	errMisconfigured = &model.Error{Kind: model.KindInternal, Code: "wechat_misconfigured", Message: "登录服务设置有误，请联系管理员"}
)

// retryUnavailable is when a login may be repeated after WeChat was down or busy.
const retryUnavailable = 5 * time.Second

// Session is who WeChat says is logging in.
type Session struct {
	// OpenID identifies the person within this mini-program, for ever.
	OpenID string
	// UnionID identifies the person across the programmes of one owner; empty
	// where the mini-program is not bound to an open-platform account.
	UnionID string
}

// Login exchanges a code from wx.login, which is good for one use within five
// minutes, for the person's identity. The session key that comes with it is
// dropped here.
//
// Every error is a *model.Error: login_code_invalid and login_code_used
// (invalid, field "code"), login_too_often (too many), login_refused
// (forbidden: WeChat blocks a high-risk user), wechat_unavailable (WeChat is
// down, slow, busy or not making sense) and wechat_misconfigured (internal).
// A login is never repeated here: the code may be spent although no response came.
func (c *Client) Login(ctx context.Context, code string) (Session, error) {
	if code == "" || len(code) > maxCode {
		return Session{}, errCodeInvalid
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	// The library pastes the code into the URL as it is.
	answer, err := c.program.GetAuth().Code2SessionContext(ctx, url.QueryEscape(code))
	switch {
	case answer.ErrCode != 0:
		return Session{}, loginError(newAPIError(answer.ErrCode, answer.ErrMsg))
	case err != nil:
		return Session{}, unavailable(safeCause(err))
	case answer.OpenID == "":
		return Session{}, unavailable(errors.New("wechat: the answer names no openid"))
	}
	return Session{OpenID: answer.OpenID, UnionID: answer.UnionID}, nil
}

// loginError translates WeChat's error codes of code2Session,
// https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
// and the common ones that it also returns.
func loginError(e *apiError) error {
	return callError(e, map[int64]*model.Error{
		40029: errCodeInvalid,
		41008: errCodeInvalid, // missing
		40163: errCodeUsed,
		40226: errRefused, // code blocked
		45011: errTooOften,
		// The app id or the app secret is invalid or missing.
		40013: errMisconfigured, 40125: errMisconfigured, 41002: errMisconfigured, 41004: errMisconfigured,
	})
}

func unavailable(cause error) error {
	return model.Unavailable("wechat_unavailable", retryUnavailable, cause)
}
