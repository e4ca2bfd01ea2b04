package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"xinyu/service/message"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// checkDeadline bounds one question of `xinyu wechat check`.
const checkDeadline = 10 * time.Second

// checkWeChat tells whether the real WeChat takes this system's settings, and
// what to mend in its console.
func checkWeChat(ctx context.Context, inv invocation) error {
	cfg, err := inv.config()
	if err != nil {
		return err
	}
	if cfg.WeChatAppID == "" || cfg.WeChatSecret == "" {
		return settingError("XINYU_WECHAT_APP_ID and XINYU_WECHAT_SECRET", "missing; a demo has nothing to check")
	}
	templates, err := message.ReadTemplates(cfg.Templates)
	if err != nil {
		return settingError("XINYU_WECHAT_TEMPLATES", err.Error())
	}
	// No Redis: the check neither reads nor replaces the token that replicas share.
	client := wechat.New(wechat.Config{AppID: cfg.WeChatAppID, Secret: cfg.WeChatSecret, BaseURL: cfg.WeChatBaseURL, Timeout: checkDeadline})
	defer client.Close()
	check := weChatCheck{client: client, configured: templates, publicURL: cfg.PublicURL, http: http.DefaultTransport, out: inv.stdout,
		pushes: []emulator.WebhookSettings{{AppID: cfg.WeChatAppID, Token: cfg.WeChatPushToken, AESKey: cfg.WeChatPushKey}}}
	if cfg.OfficialAppID != "" {
		check.official = wechat.NewOfficial(wechat.OfficialConfig{MiniProgram: cfg.WeChatAppID,
			Config: wechat.Config{AppID: cfg.OfficialAppID, Secret: cfg.OfficialSecret, BaseURL: cfg.WeChatBaseURL, Timeout: checkDeadline}})
		defer check.official.Close()
		check.pushes = append(check.pushes, emulator.WebhookSettings{AppID: cfg.OfficialAppID, Token: cfg.OfficialPushToken, AESKey: cfg.OfficialPushKey})
	}
	return check.run(ctx)
}

// weChatCheck is one run of the check. It prints a line for each question, and no secret.
type weChatCheck struct {
	client   *wechat.Client
	official *wechat.Official // nil where there is none
	// configured are the templates of the settings.
	configured message.Templates
	publicURL  string
	http       http.RoundTripper
	// pushes are the settings of the mini-program's and of the account's webhook calls.
	pushes []emulator.WebhookSettings
	out    io.Writer
}

// finding is the answer to one question: what is wrong and what to do, or all well.
type finding struct {
	what string
	fix  string // empty: nothing to do
	// hint is what only a person can look up, or may want.
	hint string
}

func (w weChatCheck) run(ctx context.Context) error {
	wrong := 0
	type group = []func(context.Context) finding
	for _, questions := range []group{{w.credentials, w.templates}, w.account(), {w.address, w.pushed}} {
		for i, ask := range questions {
			f := ask(ctx)
			line := "[通过] " + f.what
			switch {
			case f.fix != "":
				wrong++
				line = "[有误] " + f.what + "。" + f.fix
			case f.hint != "":
				line = "[提示] " + f.what + "。" + f.hint
			}
			if _, err := fmt.Fprintln(w.out, line); err != nil {
				return err
			}
			if i == 0 && f.fix != "" {
				break // the rest of the group stands on it
			}
		}
	}
	if wrong > 0 {
		return fmt.Errorf("wechat check: %d to mend", wrong)
	}
	return nil
}

func (w weChatCheck) credentials(ctx context.Context) finding {
	err := w.client.CheckCredentials(ctx)
	if err == nil {
		return finding{what: "AppID、AppSecret 有效，取得了接口调用凭据"}
	}
	return explain("没有取得接口调用凭据", err, fixes)
}

// explain tells what an errcode asks of the operator,
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
func explain(what string, err error, fixes map[int64]string) finding {
	code := wechat.ErrCode(err)
	if code == 0 {
		return finding{what: what, fix: "连不上微信：请检查服务器能否访问 https://api.weixin.qq.com（域名解析、防火墙、出网代理）"}
	}
	fix, ok := fixes[code]
	if !ok {
		fix = "请按错误码查阅微信的“全局返回码”，稍后再试"
	}
	return finding{what: fmt.Sprintf("%s（微信错误码 %d）", what, code), fix: fix}
}

var fixes = map[int64]string{
	40013: "AppID 不对：XINYU_WECHAT_APP_ID 应与公众平台“管理 → 开发管理 → 开发设置”里的一致",
	40125: "AppSecret 不对：请在公众平台“管理 → 开发管理 → 开发设置”重置，写入 XINYU_WECHAT_SECRET 后重启全部副本",
	40164: "服务器的出口地址不在白名单：请在公众平台“管理 → 开发管理 → 开发设置 → IP白名单”加入",
	48001: "账号没有这个接口的权限：请确认账号已认证，服务类目已审核通过",
	50002: "账号被冻结或受限：请在公众平台查看站内通知",
	89503: "调用需要管理员确认：请管理员在微信里查看并同意",
	45009: "今天的调用次数已用完：请明天再试，或在公众平台清零",
	45011: "调用太频繁：请一分钟后再试",
	-1:    "微信系统繁忙：请稍后再试",
}

// address asks the server at its public name, as phones will.
func (w weChatCheck) address(ctx context.Context) finding {
	const register = "，并在公众平台“管理 → 开发管理 → 开发设置 → 服务器域名”登记为 request、uploadFile、downloadFile 合法域名"
	if w.publicURL == "" {
		return finding{what: "没有设置对外地址", fix: "请把 XINYU_PUBLIC_URL 设为 https://域名" + register}
	}
	public, err := url.Parse(w.publicURL)
	if err != nil || public.Scheme != "https" || public.Hostname() == "" {
		return finding{what: "对外地址不是 HTTPS", fix: "请把 XINYU_PUBLIC_URL 设为 https://域名" + register}
	}
	if _, err := netip.ParseAddr(public.Hostname()); err == nil {
		return finding{what: "对外地址是 IP", fix: "小程序只能访问已备案的域名：请改为域名" + register}
	}
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, public.JoinPath("healthz").String(), nil)
	if err != nil {
		return finding{what: "对外地址无法使用", fix: "请检查 XINYU_PUBLIC_URL"}
	}
	resp, err := w.http.RoundTrip(req) // redirects are not followed: phones would not either
	if err != nil {
		return finding{what: "对外地址打不开", fix: "请检查域名解析、证书（完整的证书链、未过期）、nginx 和防火墙的 443 端口"}
	}
	_ = resp.Body.Close() // the status is the news
	if resp.StatusCode != http.StatusOK {
		return finding{what: fmt.Sprintf("对外地址的 /healthz 回答 %d", resp.StatusCode), fix: "请检查 nginx 是否把请求转给了 xinyu，xinyu 是否在运行"}
	}
	return finding{what: "对外地址可以通过 HTTPS 访问（是否已登记为服务器域名，微信不提供查询，请在公众平台核对）"}
}
