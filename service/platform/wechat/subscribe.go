package wechat

import "context"

// Message is a message of either programme, filled into a template.
type Message struct {
	// OpenID is the person's with the programme that sends it.
	OpenID     string
	TemplateID string
	// Page is the mini-program's to which a tap leads, such as "pages/home/index?x=1"; empty: nowhere.
	Page string
	// Data is the value of each keyword of the template ("thing1").
	Data map[string]string
}

type field struct {
	Value string `json:"value"`
}

// fields is data as WeChat wants it.
func fields(data map[string]string) map[string]field {
	out := make(map[string]field, len(data))
	for name, value := range data {
		out[name] = field{value}
	}
	return out
}

// Send sends a subscribe message in the mini-program's name. It spends one of
// the permissions that the person gave for the template.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
//
// WeChat's definite refusal is a *SendError. Any other error is a *model.Error of
// the kind unavailable, and NotSent reports whether the message may still have
// arrived. The library's own call for this takes no context.
func (c *Client) Send(ctx context.Context, m Message) error {
	in := struct {
		ToUser     string           `json:"touser"`
		TemplateID string           `json:"template_id"`
		Page       string           `json:"page,omitempty"`
		Data       map[string]field `json:"data"`
		State      string           `json:"miniprogram_state"`
		Language   string           `json:"lang"`
	}{m.OpenID, m.TemplateID, m.Page, fields(m.Data), "formal", "zh_CN"}
	return sendError(c.authed(ctx, "/cgi-bin/message/subscribe/send", nil, in, &struct{}{}))
}

// sendError makes a *SendError of WeChat's refusal.
func sendError(err error) error {
	if no := refusedBy(err); no != nil {
		return &SendError{Fault: faults[no.code], Code: no.code}
	}
	return err
}

// refusedBy is the refusal of the call itself; nil where err is nil or something
// else, such as a refusal of the call for a token, which is a cause further down.
func refusedBy(err error) *apiError {
	no, _ := err.(*apiError) //nolint:errorlint // see above
	return no
}
