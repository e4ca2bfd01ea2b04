package wechat

import "context"

// TemplateMessage is a message of the official account to one who follows it.
type TemplateMessage struct {
	// OpenID is the person's with the official account, not with the mini-program.
	OpenID     string
	TemplateID string
	// Page is the page of the mini-program that a tap opens; where it is
	// empty, URL is what opens.
	Page, URL string
	// Data is the value of each keyword of the template ("thing1").
	Data map[string]string
}

// SendTemplate sends a message in the official account's name. Its errors are
// those of Client.SendSubscribe: FaultNotFollowing (43004), FaultRecipient
// (40003), FaultTemplate (40037), FaultField (47003), FaultQuota (45009) …
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
func (o *Official) SendTemplate(ctx context.Context, m TemplateMessage) error {
	type miniProgram struct {
		AppID string `json:"appid"`
		Page  string `json:"pagepath"`
	}
	in := struct {
		ToUser      string           `json:"touser"`
		TemplateID  string           `json:"template_id"`
		URL         string           `json:"url,omitempty"`
		MiniProgram *miniProgram     `json:"miniprogram,omitempty"`
		Data        map[string]field `json:"data"`
	}{ToUser: m.OpenID, TemplateID: m.TemplateID, URL: m.URL, Data: fields(m.Data)}
	if m.Page != "" && o.miniProgram != "" {
		in.MiniProgram = &miniProgram{o.miniProgram, m.Page}
	}
	return sendError(o.client.authed(ctx, "/cgi-bin/message/template/send", nil, in, &struct{}{}))
}
