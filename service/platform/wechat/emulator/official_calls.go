package emulator

import (
	"net/http"
	"time"
)

// userInfo is GET /cgi-bin/user/info.
// https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html
func (o *Official) userInfo(r *http.Request, now time.Time) (any, *refusal) {
	openID := r.URL.Query().Get("openid")
	if openID == "" {
		return nil, &refusal{40003, "invalid openid"}
	}
	p := o.people[openID]
	if p == nil || !p.follows {
		return answer{"subscribe": 0, "openid": openID}, nil
	}
	p.known = true
	out := answer{"subscribe": 1, "openid": openID, "language": "zh_CN", "subscribe_time": now.Unix(), "subscribe_scene": "ADD_SCENE_SEARCH"}
	if p.unionID != "" {
		out["unionid"] = p.unionID
	}
	return out, nil
}

const ticketPath = "/cgi-bin/ticket/getticket"

// giveTicket is GET /cgi-bin/ticket/getticket.
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
func (o *Official) giveTicket(r *http.Request, now time.Time) (any, *refusal) {
	if r.URL.Query().Get("type") != "jsapi" {
		return nil, &refusal{40097, "invalid args"}
	}
	if !now.Before(o.ticket.expires) {
		o.ticket = stableToken{value: "HoagFKDcsGMVCIY2vOjf9" + randomHex(32), expires: now.Add(tokenLifetime)}
	}
	return done(answer{"ticket": o.ticket.value, "expires_in": o.ticket.lasts(now)}), nil
}

// Ticket is the jsapi_ticket that was given, by which a signature can be checked.
func (o *Official) Ticket() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ticket.value
}

// createMenu is POST /cgi-bin/menu/create.
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html
func (o *Official) createMenu(in menu, _ time.Time) (any, *refusal) {
	if len(in.Buttons) < 1 || len(in.Buttons) > 3 {
		return nil, &refusal{40016, "invalid button size"}
	}
	for _, b := range in.Buttons {
		if refused := o.checkButton(b, 16); refused != nil {
			return nil, refused
		}
		if len(b.Sub) > 5 {
			return nil, &refusal{40023, "invalid sub button size"}
		}
		for _, sub := range b.Sub {
			if refused := o.checkButton(sub, 60); refused != nil {
				return nil, refused
			}
		}
	}
	o.menu = &in
	return done(nil), nil
}

type menu struct {
	Buttons []menuButton `json:"button"`
}

type menuButton struct {
	Type     string       `json:"type,omitempty"`
	Name     string       `json:"name"`
	URL      string       `json:"url,omitempty"`
	AppID    string       `json:"appid,omitempty"`
	PagePath string       `json:"pagepath,omitempty"`
	Sub      []menuButton `json:"sub_button,omitempty"`
}

// checkButton holds a button to WeChat's limits; sizes are in bytes.
func (o *Official) checkButton(b menuButton, name int) *refusal {
	switch {
	case b.Name == "" || len(b.Name) > name:
		return &refusal{40018, "invalid button name size"}
	case len(b.Sub) > 0:
		return nil
	case b.Type != "view" && b.Type != "miniprogram":
		return &refusal{40017, "invalid button type"}
	case b.URL == "" || len(b.URL) > 1024:
		return &refusal{40020, "invalid button url size"}
	case b.Type == "miniprogram" && (b.AppID != o.miniProgram || b.PagePath == ""):
		return &refusal{45064, "no permission to use weapp in menu"}
	}
	return nil
}

// getMenu is GET /cgi-bin/menu/get.
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Getting_Custom_Menu_Configurations.html
func (o *Official) getMenu(*http.Request, time.Time) (any, *refusal) {
	if o.menu == nil {
		return nil, &refusal{46003, "menu no exist"}
	}
	return answer{"menu": o.menu}, nil
}

// sendTemplate is POST /cgi-bin/message/template/send.
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
func (o *Official) sendTemplate(in templateRequest, now time.Time) (any, *refusal) {
	p := o.people[in.ToUser]
	_, known := o.template(in.TemplateID)
	switch {
	case !isOpenID(in.ToUser):
		return nil, &refusal{40003, "invalid openid"}
	case !known:
		return nil, &refusal{40037, "invalid template_id"}
	case p == nil || !p.follows:
		return nil, &refusal{43004, "require subscribe"}
	case in.MiniProgram.AppID != "" && in.MiniProgram.AppID != o.miniProgram:
		return nil, &refusal{40013, "invalid appid"}
	}
	data, wrong := values(in.Data, nil)
	if wrong != "" || len(data) == 0 {
		return nil, &refusal{47003, "argument invalid! data." + wrong + ".value invalid"}
	}
	if !o.today(now, messages, o.messageQuota) {
		return nil, &errDailyQuota
	}
	m := Message{At: now, Channel: ChannelOfficial, OpenID: in.ToUser, TemplateID: in.TemplateID, URL: in.URL, Page: in.MiniProgram.PagePath, Data: data}
	o.deliver(m)
	if o.phones != nil {
		o.phones.Deliver(m)
	}
	return done(answer{"msgid": now.UnixNano()}), nil
}

type templateRequest struct {
	ToUser      string `json:"touser"`
	TemplateID  string `json:"template_id"`
	URL         string `json:"url"`
	MiniProgram struct {
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath"`
	} `json:"miniprogram"`
	Data map[string]fieldOnWire `json:"data"`
}
