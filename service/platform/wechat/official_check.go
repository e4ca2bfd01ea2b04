package wechat

import (
	"context"
	"net/url"
)

// CheckCredentials is Client.CheckCredentials for the official account.
func (o *Official) CheckCredentials(ctx context.Context) error { return o.client.CheckCredentials(ctx) }

// CheckJS asks whether the account may give pages WeChat's JS-SDK. Nothing is kept.
// Errors: wechat_unavailable, wechat_misconfigured.
func (o *Official) CheckJS(ctx context.Context) error {
	_, _, err := o.fetchTicket(ctx, false)
	return callError(err, nil)
}

// Templates are the official account's message templates.
// https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates
//
// Errors: wechat_unavailable, wechat_misconfigured.
func (o *Official) Templates(ctx context.Context) (list []AccountTemplate, err error) {
	var answer struct {
		List []struct {
			ID      string `json:"template_id"`
			Title   string `json:"title"`
			Content string `json:"content"`
		} `json:"template_list"`
	}
	if err := o.client.authed(ctx, "/cgi-bin/template/get_all_private_template", url.Values{}, nil, &answer); err != nil {
		return nil, callError(err, nil)
	}
	for _, t := range answer.List {
		list = append(list, accountTemplate(t.ID, t.Title, t.Content))
	}
	return list, nil
}
