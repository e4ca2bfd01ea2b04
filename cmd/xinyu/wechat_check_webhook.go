package main

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"xinyu/service/platform/wechat/emulator"
)

// pushed asks our own webhook address for an answer, signed as WeChat's console
// does when the settings are saved. (That the token and the key have WeChat's
// form was checked with the settings.)
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
func (w weChatCheck) pushed(ctx context.Context) finding {
	const where = "小程序在“管理 → 开发管理 → 消息推送”，公众号在“设置与开发 → 开发接口管理 → 基本配置 → 服务器配置”"
	set := slices.DeleteFunc(slices.Clone(w.pushes), func(p emulator.WebhookSettings) bool { return p.Token == "" })
	if len(set) == 0 {
		return finding{what: "没有设置消息推送", hint: "用户在手机上关闭提醒、关注公众号等，系统不会知道；要设置：" + where + "，令牌和密钥写入 XINYU_WECHAT_PUSH_TOKEN、XINYU_WECHAT_PUSH_AES_KEY（公众号为 XINYU_OFFICIAL_…）"}
	}
	for _, p := range set {
		if fault := w.greet(ctx, p); fault != "" {
			return finding{what: "消息推送（" + p.AppID + "）：" + fault, fix: "请确认正在运行的 xinyu 用的是同样的令牌和密钥，本机时钟准确，nginx 没有拦下 /wechat/push"}
		}
	}
	if len(set) < len(w.pushes) {
		return finding{what: "消息推送地址能答复微信的验证，但小程序和公众号只设置了一个", hint: "另一个的设置：" + where}
	}
	return finding{what: "消息推送地址能答复微信的验证（控制台里须选“安全模式”）"}
}

// greet says what is wrong with the answer to WeChat's greeting, or nothing.
func (w weChatCheck) greet(ctx context.Context, p emulator.WebhookSettings) string {
	public, err := url.Parse(w.publicURL)
	if err != nil {
		return "对外地址无法使用"
	}
	address, echo := public.JoinPath("wechat", "push"), rand.Text()
	address.RawQuery = p.Greeting(echo, time.Now()).Encode()
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return "对外地址无法使用"
	}
	resp, err := w.http.RoundTrip(req)
	if err != nil {
		return "推送地址打不开"
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	switch {
	case err == nil && resp.StatusCode == http.StatusOK && string(text) == echo:
		return ""
	case resp.StatusCode == http.StatusForbidden:
		return "推送地址不认这个令牌"
	}
	return "推送地址没有答复微信的验证"
}
