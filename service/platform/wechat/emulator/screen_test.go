package emulator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat/emulator"
)

func TestThePhoneShowsBothChannels(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now, DemoCodes: true})
	parent := emulator.CodeOwner(appID, "wxofficial", "demo-parent", "家长")
	var told []string
	phone := &emulator.Phone{
		Emulator: e, Client: "/m/#/",
		People:    []emulator.PhoneOwner{emulator.CodeOwner(appID, "", "demo-pupil", "学生"), parent},
		Templates: []emulator.Template{{ID: "T1", Title: "预约提醒"}, {ID: "O1", Title: "学习提醒", Official: true}},
		Accepted: func(_ context.Context, openID, templateID string) error {
			told = append(told, openID+" "+templateID)
			return nil
		},
	}
	e.Deliver(emulator.Message{At: now.Now(), Channel: emulator.ChannelOfficial, OpenID: parent.Official, TemplateID: "O1",
		URL: "https://example.com/m/", Data: map[string]string{"thing1": "公众号来的<b>"}})
	show := func(as string) string {
		w := httptest.NewRecorder()
		phone.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/demo/phone?as="+as, nil))
		require.Equal(t, http.StatusOK, w.Code)
		require.NotContains(t, w.Body.String(), "http://", "no third party's host")
		return w.Body.String()
	}
	post := func(as, template, site string) int {
		r := httptest.NewRequest(http.MethodPost, "/demo/phone", strings.NewReader(url.Values{"as": {as}, "template": {template}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		phone.ServeHTTP(w, r)
		return w.Code
	}
	require.Contains(t, show("nobody"), "还没有收到消息", "the first phone is empty")
	require.Contains(t, show("demo-parent"), "公众号来的&lt;b&gt;")
	require.NotContains(t, show("demo-pupil"), "公众号来的", "another's phone")

	require.Equal(t, http.StatusSeeOther, post("demo-parent", "T1", "same-origin"))
	require.Equal(t, http.StatusBadRequest, post("demo-nobody", "T1", "same-origin"))
	require.Equal(t, http.StatusBadRequest, post("demo-parent", "T9", "same-origin"))
	require.Equal(t, http.StatusBadRequest, post("demo-parent", "O1", "same-origin"), "needs no leave")
	require.Equal(t, http.StatusForbidden, post("demo-parent", "T1", "cross-site"))
	require.Equal(t, 1, e.Leave(parent.OpenID, "T1"))
	require.Equal(t, []string{parent.OpenID + " T1"}, told)
	require.Contains(t, show("demo-parent"), "还可以发 1 条")

	token := stable(t, e, false).Token
	got, _ := do(t, e, http.MethodPost, sendPath+token, message(t, func(m map[string]any) { m["touser"] = parent.OpenID }))
	require.Zero(t, got.ErrCode)
	page := show("demo-parent")
	for _, want := range []string{"小程序 · 服务通知", "公众号 · 模板消息", "预约提醒", "您有一条待办", "事项", "时间", "/m/#/pages/home/index?x=1", "还可以发 0 条"} {
		require.Contains(t, page, want)
	}
}
