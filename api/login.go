package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/platform/wechat"
)

type loginInput struct {
	// Ticket is set by /wechat/oauth, so that a code logs in nobody but the browser that brought it.
	Ticket string `cookie:"xinyu_login" maxLength:"256" doc:"Set by /wechat/oauth; only for the channel officialAccount"`
	rest.CallerInput
	Body struct {
		Code    string     `json:"code" minLength:"1" maxLength:"256" doc:"From wx.login or, for officialAccount, from WeChat's page: good once, for five minutes"`
		Device  string     `json:"device,omitempty" maxLength:"100" doc:"How the phone calls itself, shown in the list of logins"`
		Token   string     `json:"token,omitempty" maxLength:"128" doc:"The last token of this phone, expired or not: who shows one is let in also while strangers flood the login"`
		Channel wechat.App `json:"channel,omitempty" default:"miniProgram" doc:"Where the code is from"`
	}
}

func (s *Server) login(ctx context.Context, actor model.Actor, in *loginInput) (identity.Session, error) {
	login := identity.LoginIn{Code: in.Body.Code, Device: in.Body.Device, Token: in.Body.Token, From: in.Caller(), Operation: actor.Operation}
	if in.Body.Channel == wechat.OfficialAccount {
		return s.svc.Identity.LoginOfficial(ctx, login, in.Ticket)
	}
	return s.svc.Identity.Login(ctx, login)
}
