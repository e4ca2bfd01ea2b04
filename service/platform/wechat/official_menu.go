package wechat

import (
	"context"
	"net/url"
)

// MenuItem is a button of the official account's menu: a page of the
// mini-program, or an address, or a list of such.
type MenuItem struct {
	Name string
	// Page opens the mini-program there; URL is for phones too old for that
	// and, where Page is empty, what is opened at all.
	Page  string
	URL   string
	Items []MenuItem
}

// menuButton is a MenuItem on the wire.
type menuButton struct {
	Type     string       `json:"type,omitempty"`
	Name     string       `json:"name"`
	URL      string       `json:"url,omitempty"`
	AppID    string       `json:"appid,omitempty"`
	PagePath string       `json:"pagepath,omitempty"`
	Sub      []menuButton `json:"sub_button,omitempty"`
}

// errNoMenu is WeChat's response where no menu was ever set.
const errNoMenu = 46003

// SetMenu replaces the menu. WeChat shows it to all within a day.
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html
func (o *Official) SetMenu(ctx context.Context, items []MenuItem) error {
	buttons := make([]menuButton, len(items))
	for i, item := range items {
		buttons[i] = o.button(item)
	}
	var nothing struct{}
	return o.client.authed(ctx, "/cgi-bin/menu/create", url.Values{}, map[string]any{"button": buttons}, &nothing)
}

func (o *Official) button(item MenuItem) menuButton {
	b := menuButton{Name: item.Name}
	for _, sub := range item.Items {
		b.Sub = append(b.Sub, o.button(sub))
	}
	switch {
	case len(b.Sub) > 0:
	case item.Page != "" && o.miniProgram != "":
		b.Type, b.AppID, b.PagePath, b.URL = "miniprogram", o.miniProgram, item.Page, item.URL
	default:
		b.Type, b.URL = "view", item.URL
	}
	return b
}

// Menu returns the menu that is set now; nothing where there is none.
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Getting_Custom_Menu_Configurations.html
func (o *Official) Menu(ctx context.Context) ([]MenuItem, error) {
	var answer struct {
		Menu struct {
			Buttons []menuButton `json:"button"`
		} `json:"menu"`
	}
	err := o.client.authed(ctx, "/cgi-bin/menu/get", url.Values{}, nil, &answer)
	if no := refusedBy(err); no != nil && no.code == errNoMenu {
		return nil, nil
	}
	return menuItems(answer.Menu.Buttons), err
}

func menuItems(buttons []menuButton) []MenuItem {
	items := make([]MenuItem, len(buttons))
	for i, b := range buttons {
		items[i] = MenuItem{Name: b.Name, Page: b.PagePath, URL: b.URL}
		if len(b.Sub) > 0 {
			items[i].Items = menuItems(b.Sub)
		}
	}
	return items
}
