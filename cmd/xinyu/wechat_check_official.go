package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strings"
)

// officialFixes are what errcodes ask for in the official account's own console.
var officialFixes = func() map[int64]string {
	const where = "公众号的“设置与开发 → 开发接口管理 → 基本配置”"
	all := maps.Clone(fixes)
	all[40013] = "AppID 不对：XINYU_OFFICIAL_APP_ID 应与" + where + "里的一致"
	all[40125] = "AppSecret 不对：请在" + where + "重置，写入 XINYU_OFFICIAL_SECRET 后重启全部副本"
	all[40164] = "服务器的出口地址不在白名单：请在" + where + "的“IP白名单”加入"
	all[48001] = "公众号没有这个接口的权限：须是已认证的服务号，在“设置与开发 → 开发接口管理 → 接口权限”里查看"
	return all
}()

// account asks about the official account, where there is one.
func (w weChatCheck) account() []func(context.Context) finding {
	if w.official == nil {
		return nil
	}
	return []func(context.Context) finding{w.officialCredentials, w.officialTemplates, w.officialDomains}
}

func (w weChatCheck) officialCredentials(ctx context.Context) finding {
	if err := w.official.CheckCredentials(ctx); err != nil {
		return explain("公众号：没有取得接口调用凭据", err, officialFixes)
	}
	return finding{what: "公众号：AppID、AppSecret 有效，取得了接口调用凭据"}
}

func (w weChatCheck) officialTemplates(ctx context.Context) finding {
	list, err := w.official.Templates(ctx)
	if err != nil {
		return explain("公众号：没有读到模板消息的模板", err, officialFixes)
	}
	switch checked, faults := w.compare(list, true); {
	case len(faults) > 0:
		return finding{what: "公众号：模板：" + strings.Join(faults, "；"), fix: "请对照公众号“广告与服务 → 模板消息 → 我的模板”改正 XINYU_WECHAT_TEMPLATES"}
	case checked == 0:
		return finding{what: fmt.Sprintf("公众号：账号里有 %d 个模板，系统没有配置", len(list)),
			hint: "没有订阅次数的人不会收到公众号消息，直接列入电话名单；要发，请在 XINYU_WECHAT_TEMPLATES 写明 official"}
	default:
		return finding{what: fmt.Sprintf("公众号：配置的 %d 种模板消息都有模板，字段一致", checked)}
	}
}

// officialDomains asks for what the JS-SDK needs. WeChat tells nobody which
// domains are registered; a file of WeChat's at the root of the domain proves
// each of them.
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
func (w weChatCheck) officialDomains(ctx context.Context) finding {
	if err := w.official.CheckJS(ctx); err != nil {
		return explain("公众号：没有取得网页 JS 接口的凭据", err, officialFixes)
	}
	host := "XINYU_PUBLIC_URL 里的域名"
	if public, err := url.Parse(w.publicURL); err == nil && public.Hostname() != "" {
		host = public.Hostname()
	}
	return finding{what: "公众号：可以使用网页 JS 接口；域名是否已登记，微信不提供查询",
		hint: "请在公众号“设置与开发 → 账号设置 → 功能设置”核对：“JS接口安全域名”和“网页授权域名”都应是 " + host + "（不带 https://）"}
}
