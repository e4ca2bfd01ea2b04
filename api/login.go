package api

import (
	"context"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/platform/wechat"
)

type loginInput struct {
	// Ticket is set by /wechat/oauth, so that a code logs in nobody but the browser that brought it.
	Ticket string `cookie:"xinyu_login" maxLength:"256" doc:"Set by /wechat/oauth; only for the channel officialAccount"`
	Body   struct {
		Code    string     `json:"code" minLength:"1" maxLength:"256" doc:"From wx.login or, for officialAccount, from WeChat's page: good once, for five minutes"`
		Device  string     `json:"device,omitempty" maxLength:"100" doc:"How the phone calls itself, shown in the list of logins"`
		Channel wechat.App `json:"channel,omitempty" default:"miniProgram" doc:"Where the code is from"`
	}
}

func (s *Server) login(ctx context.Context, _ model.Actor, in *loginInput) (identity.Session, error) {
	if in.Body.Channel == wechat.OfficialAccount {
		return s.svc.Identity.LoginOfficial(ctx, in.Body.Code, in.Ticket, in.Body.Device)
	}
	return s.svc.Identity.Login(ctx, in.Body.Code, in.Body.Device)
}
