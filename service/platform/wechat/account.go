package wechat

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
)

// ErrCode is the errcode of WeChat's behind an error of this package, for
// those who explain it to an operator; 0 where there is none.
func ErrCode(err error) int64 {
	var no *apiError
	var refused *SendError
	switch {
	case errors.As(err, &no):
		return no.code
	case errors.As(err, &refused):
		return refused.Code
	}
	return 0
}

// CheckCredentials asks WeChat for an access token now, whatever is kept, and
// keeps nothing: it reports whether the app id, the secret and the address of
// this machine are accepted. ErrCode returns WeChat's reason.
func (c *Client) CheckCredentials(ctx context.Context) error {
	_, _, err := c.fetchToken(ctx, false)
	switch {
	case err == nil:
		return nil
	case refusedBy(err) == nil:
		return unavailable(err) // no text of theirs is in it
	}
	return callError(err, nil)
}

// AccountTemplate is a subscribe template that the account has.
type AccountTemplate struct {
	ID, Title string
	// Keywords are its fields ("thing1"), sorted.
	Keywords []string
}

// keyword is how a template's text names a field: {{thing1.DATA}}, in the
// official account's also the older {{first.DATA}} and, as WeChat's documents
// print them, { {first.DATA} }.
var keyword = regexp.MustCompile(`\{\s?\{\s*([A-Za-z_]+[0-9]*)\.DATA\s*\}\s?\}`)

func accountTemplate(id, title, content string) AccountTemplate {
	keywords := map[string]bool{}
	for _, match := range keyword.FindAllStringSubmatch(content, -1) {
		keywords[match[1]] = true
	}
	return AccountTemplate{ID: id, Title: title, Keywords: slices.Sorted(maps.Keys(keywords))}
}

// Templates are the account's subscribe templates.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/getTemplateList.html
//
// Errors: wechat_unavailable, wechat_misconfigured. The library's call takes
// no context.
func (c *Client) Templates(ctx context.Context) (list []AccountTemplate, err error) {
	var answer struct {
		Data []struct {
			ID      string `json:"priTmplId"`
			Title   string `json:"title"`
			Content string `json:"content"`
		} `json:"data"`
	}
	if err := c.authed(ctx, "/wxaapi/newtmpl/gettemplate", nil, nil, &answer); err != nil {
		return nil, callError(err, nil)
	}
	for _, t := range answer.Data {
		list = append(list, accountTemplate(t.ID, t.Title, t.Content))
	}
	return list, nil
}
