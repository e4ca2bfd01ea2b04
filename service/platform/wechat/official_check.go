package wechat

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
)

// CheckCredentials is Client.CheckCredentials for the official account.
func (o *Official) CheckCredentials(ctx context.Context) error { return o.client.CheckCredentials(ctx) }

// CheckJS asks whether the account may give pages WeChat's JS-SDK. Nothing is kept.
// Errors: wechat_unavailable, wechat_misconfigured.
func (o *Official) CheckJS(ctx context.Context) error {
	_, _, err := o.fetchTicket(ctx, false)
	if err != nil {
		return callError(err, nil)
	}
	return nil
}

// keywordInOfficialContent finds the keywords in an official account's
// template: beside {{thing1.DATA}} the older {{first.DATA}}, and as WeChat's
// documents print them, { {first.DATA} }.
var keywordInOfficialContent = regexp.MustCompile(`\{\s?\{\s*([A-Za-z_]+[0-9]*)\.DATA\s*\}\s?\}`)

// Templates are the official account's message templates.
// https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates
//
// Errors: wechat_unavailable, wechat_misconfigured.
func (o *Official) Templates(ctx context.Context) ([]AccountTemplate, error) {
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
	list := make([]AccountTemplate, len(answer.List))
	for i, t := range answer.List {
		keywords := map[string]bool{}
		for _, match := range keywordInOfficialContent.FindAllStringSubmatch(t.Content, -1) {
			keywords[match[1]] = true
		}
		list[i] = AccountTemplate{ID: t.ID, Title: t.Title, Keywords: slices.Sorted(maps.Keys(keywords))}
	}
	return list, nil
}
