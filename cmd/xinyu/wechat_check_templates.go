package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"xinyu/service/platform/wechat"
)

// templates holds the configured templates against those that the mini-program has.
func (w weChatCheck) templates(ctx context.Context) finding {
	list, err := w.client.Templates(ctx)
	switch {
	case err != nil:
		return explain("没有读到订阅消息模板", err, fixes)
	case len(list) == 0:
		return finding{what: "账号里没有订阅消息模板", fix: "请在公众平台“功能 → 订阅消息”选用模板；先在“设置 → 基本设置 → 服务类目”选好类目"}
	}
	checked, faults := w.compare(list, false)
	switch {
	case checked == 0:
		return finding{what: fmt.Sprintf("账号里有 %d 个订阅消息模板，但系统没有配置", len(list)), fix: "所有提醒都会变成电话名单：请在 XINYU_WECHAT_TEMPLATES 写明哪个模板发哪种消息"}
	case len(faults) > 0:
		return finding{what: "订阅消息模板：" + strings.Join(faults, "；"), fix: "请对照公众平台“功能 → 订阅消息 → 我的模板”改正 XINYU_WECHAT_TEMPLATES"}
	}
	return finding{what: fmt.Sprintf("配置的 %d 种订阅消息都有模板，字段一致", checked)}
}

// compare counts the configured templates of one programme and says what is wrong with them.
func (w weChatCheck) compare(list []wechat.AccountTemplate, official bool) (checked int, faults []string) {
	for _, t := range w.configured.Titled() {
		if t.Official != official {
			continue
		}
		checked++
		if fault := templateFault(list, t.ID, t.Fields); fault != "" {
			faults = append(faults, "“"+t.Title+"”"+fault)
		}
	}
	return checked, faults
}

// templateFault says why a message would be refused: no such template
// (40037), or fields that are not the template's (47003).
func templateFault(list []wechat.AccountTemplate, id string, fields []string) string {
	i := slices.IndexFunc(list, func(t wechat.AccountTemplate) bool { return t.ID == id })
	if i < 0 {
		return "的模板不在这个账号里"
	}
	var missing, unknown []string
	for _, keyword := range list[i].Keywords {
		if !slices.Contains(fields, keyword) {
			missing = append(missing, keyword)
		}
	}
	for _, field := range fields {
		if !slices.Contains(list[i].Keywords, field) {
			unknown = append(unknown, field)
		}
	}
	switch {
	case len(missing) > 0:
		return "缺少字段 " + strings.Join(missing, "、")
	case len(unknown) > 0:
		return "多了模板里没有的字段 " + strings.Join(unknown, "、")
	}
	return ""
}
