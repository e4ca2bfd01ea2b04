package wechat

import (
	"context"
	"errors"
	"regexp"
	"time"

	"xinyu/model"
)

const (
	codePath = "/wxa/getwxacodeunlimit"
	linkPath = "/wxa/generate_urllink"
	// codePixels is how wide a code is drawn: sharp on paper.
	codePixels = 640
	// maxQuery bounds a link's query, in characters.
	maxQuery = 1024
)

var (
	sceneForm = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$`)
	pageForm  = regexp.MustCompile(`^[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*$`)
	queryForm = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*$`)
)

var (
	errScene = model.Invalid("scene", "scene_invalid", "小程序码的参数不符合微信的要求")
	errPage  = model.Invalid("page", "page_invalid", "页面路径不符合微信的要求")
	errQuery = model.Invalid("query", "query_invalid", "页面参数不符合微信的要求")
	errUntil = model.Invalid("expires", "expires_invalid", "链接的有效期最长30天")
	// The page is not in the published mini-program, or none is published yet.
	errUnpublished = model.Conflict("page_unpublished", "小程序还没有发布这个页面")
)

// WXACode draws the code that opens the page with the scene: at most 32
// characters of a fixed set. The page has neither a slash before it nor a
// query. The picture is a JPEG or PNG. WeChat draws 5,000 a minute.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
//
// Errors: scene_invalid, page_invalid, page_unpublished, and those of all
// calls: wechat_unavailable, wechat_misconfigured.
//
// The library's call takes no context, and reads its response without a bound.
func (c *Client) WXACode(ctx context.Context, scene, page string) ([]byte, error) {
	switch {
	case !sceneForm.MatchString(scene):
		return nil, errScene
	case !pageForm.MatchString(page):
		return nil, errPage
	}
	in := map[string]any{"scene": scene, "page": page, "check_path": true, "env_version": "release", "width": codePixels}
	var picture []byte
	err := c.withToken(ctx, func(ctx context.Context) (err error) {
		picture, err = c.ask(ctx, codePath, nil, in)
		return err
	})
	if err != nil {
		return nil, callError(err, map[int64]*model.Error{40129: errScene, 40097: errScene, 41030: errUnpublished, 40165: errUnpublished})
	}
	if len(picture) == 0 || picture[0] == '{' {
		return nil, unavailable(errors.New("wechat: the answer has no picture"))
	}
	return picture, nil
}

// URLLink makes a link that opens the page from a text message or another
// app, until a moment at most 30 days ahead. The page is as in WXACode; its
// query is URL-encoded and at most 1,024 characters long.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-link/generateUrlLink.html
//
// Errors: page_invalid, query_invalid, expires_invalid (WeChat's own clock
// decides), page_unpublished, wechat_unavailable, wechat_misconfigured.
//
// The library's call takes no context.
func (c *Client) URLLink(ctx context.Context, page, query string, expires time.Time) (string, error) {
	switch {
	case !pageForm.MatchString(page):
		return "", errPage
	case !queryForm.MatchString(query) || len(query) > maxQuery:
		return "", errQuery
	}
	var answer struct {
		Link string `json:"url_link"`
	}
	in := map[string]any{"path": page, "query": query, "expire_type": 0, "expire_time": expires.Unix(), "env_version": "release"}
	if err := c.authed(ctx, linkPath, nil, in, &answer); err != nil {
		return "", callError(err, map[int64]*model.Error{
			40165: errUnpublished, 85079: errUnpublished, 40212: errQuery, 85401: errUntil, 85402: errUntil,
		})
	}
	if answer.Link == "" {
		return "", unavailable(errors.New("wechat: the answer has no link"))
	}
	return answer.Link, nil
}
