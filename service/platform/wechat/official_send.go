package wechat

import "context"

// Send sends a template message in the official account's name to one who
// follows it. Its errors are those of Client.Send: FaultNotFollowing (43004), FaultRecipient
// (40003), FaultTemplate (40037), FaultField (47003), FaultQuota (45009) …
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
func (o *Official) Send(ctx context.Context, m Message) error {
	type miniProgram struct {
		AppID string `json:"appid"`
		Page  string `json:"pagepath"`
	}
	in := struct {
		ToUser      string           `json:"touser"`
		TemplateID  string           `json:"template_id"`
		MiniProgram *miniProgram     `json:"miniprogram,omitempty"`
		Data        map[string]field `json:"data"`
	}{ToUser: m.OpenID, TemplateID: m.TemplateID, Data: fields(m.Data)}
	if m.Page != "" && o.miniProgram != "" {
		in.MiniProgram = &miniProgram{o.miniProgram, m.Page}
	}
	return sendError(o.client.authed(ctx, "/cgi-bin/message/template/send", nil, in, &struct{}{}))
}
