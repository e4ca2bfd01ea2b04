package wechat

import (
	"context"
	"errors"
	"net/url"
	"unicode/utf8"

	"github.com/silenceper/wechat/v2/miniprogram/security"

	"xinyu/model"
)

// Verdict is WeChat's view of what is to be public.
type Verdict uint8

// The verdicts. The zero value lets nothing pass.
const (
	// VerdictReview wants a person to look.
	VerdictReview Verdict = iota
	// VerdictPass has nothing against it.
	VerdictPass
	// VerdictRisky is against it.
	VerdictRisky
)

// What a text or picture is for.
const (
	SceneProfile = 1
	SceneForum   = 3
	SceneSocial  = 4
)

const (
	// MaxCheckText bounds a text to be checked, in characters.
	MaxCheckText = 2500
	checkImage   = 2 // a media type
)

var (
	errCheckText  = model.Invalid("text", "text_invalid", "内容为空或者超过2500字")
	errCheckURL   = model.Invalid("mediaUrl", "media_url_invalid", "图片地址须为公开的HTTPS地址")
	errCheckScene = model.Invalid("scene", "scene_invalid", "内容的用途不明")
	// WeChat judges only those who used the mini-program in the last two hours.
	errCheckAway = model.Conflict("wechat_person_away", "发布者近两小时没有使用小程序，微信不能检查")
)

var checkFaults = map[int64]*model.Error{40003: errCheckAway, 43104: errCheckAway, 61010: errCheckAway, 40129: errCheckScene}

// CheckText has WeChat judge a text that others will read. It knows no
// category for self-harm: it finds no crisis. 4,000 calls a minute.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html
//
// Errors: text_invalid, scene_invalid, wechat_person_away (conflict: only a
// person can judge), wechat_unavailable, wechat_misconfigured.
func (c *Client) CheckText(ctx context.Context, openID string, scene int, text string) (Verdict, error) {
	switch n := utf8.RuneCountInString(text); {
	case n == 0 || n > MaxCheckText || !utf8.ValidString(text):
		return VerdictReview, errCheckText
	case scene < SceneProfile || scene > SceneSocial:
		return VerdictReview, errCheckScene
	}
	var answer security.MsgCheckResponse
	err := c.withToken(ctx, func(ctx context.Context) (err error) {
		answer, err = c.program.GetSecurity().MsgCheckContext(ctx, &security.MsgCheckRequest{
			OpenID: openID, Scene: security.MsgScene(scene), Content: text,
		})
		return err
	})
	if no := refusedBy(err); no != nil && no.code == 87014 { // risky content, of the former edition
		return VerdictRisky, nil
	}
	if err != nil {
		return VerdictReview, callError(err, checkFaults)
	}
	switch answer.Result.Suggest {
	case security.CheckSuggestPass:
		return VerdictPass, nil
	case security.CheckSuggestRisky:
		return VerdictRisky, nil
	default:
		return VerdictReview, nil
	}
}

// CheckMedia has WeChat judge a picture of at most 10 MB, which it fetches
// from a public address. The verdict is pushed within 30 minutes, with the
// trace id that is returned here.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/mediaCheckAsync.html
//
// Errors: media_url_invalid, and those of CheckText.
func (c *Client) CheckMedia(ctx context.Context, openID string, scene int, mediaURL string) (traceID string, err error) {
	address, err := url.Parse(mediaURL)
	switch {
	case err != nil || address.Scheme != "https" || address.Host == "" || address.User != nil:
		return "", errCheckURL
	case scene < SceneProfile || scene > SceneSocial:
		return "", errCheckScene
	}
	err = c.withToken(ctx, func(ctx context.Context) (err error) {
		traceID, err = c.program.GetSecurity().MediaCheckAsyncContext(ctx, &security.MediaCheckAsyncRequest{
			MediaURL: mediaURL, MediaType: checkImage, OpenID: openID, Scene: uint8(scene),
		})
		return err
	})
	if err != nil {
		return "", callError(err, checkFaults)
	}
	if traceID == "" {
		return "", unavailable(errors.New("wechat: the answer has no trace id"))
	}
	return traceID, nil
}
