package emulator_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

const officialID = "wxofficial"

// screen is the page with a server that both programmes push to.
type screen struct {
	t        *testing.T
	clock    *clock
	wechat   *emulator.Emulator
	official *emulator.Official
	phone    *emulator.Phone
	parent   emulator.PhoneOwner
	refuses  bool           // the server takes no push
	told     []wechat.Event // what it was pushed
}

func newScreen(t *testing.T) *screen {
	s := &screen{t: t, clock: newClock(), parent: emulator.CodeOwner(appID, officialID, "demo-parent", "家长")}
	s.wechat = emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: s.clock.Now, DemoCodes: true, OpenPlatform: "ours"})
	s.official = emulator.NewOfficial(emulator.OfficialOptions{AppID: officialID, Secret: secret, MiniProgram: appID, Clock: s.clock.Now, Phones: s.wechat})
	s.phone = &emulator.Phone{
		Emulator: s.wechat, Official: s.official, Client: "/m/#/",
		Webhooks: s.pushes(wechat.MiniProgram, appID), OfficialWebhooks: s.pushes(wechat.OfficialAccount, officialID),
		People:    []emulator.PhoneOwner{emulator.CodeOwner(appID, officialID, "demo-pupil", "学生"), s.parent},
		Templates: []emulator.Template{{ID: "T1", Title: "预约提醒", Head: "日程提醒"}, {ID: "O1", Title: "学习提醒", Official: true}},
	}
	return s
}

// pushes is a programme's webhook settings, with a server that opens what comes.
func (s *screen) pushes(app wechat.App, id string) *emulator.WebhookSender {
	settings := emulator.NewWebhookSettings(id, "")
	receiver, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: app, AppID: id, Token: settings.Token, AESKey: settings.AESKey, Clock: s.clock.Now})
	require.NoError(s.t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.refuses {
			http.Error(w, "", http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(r.Body)
		event, refused := receiver.Open(r.URL.Query(), body)
		if err := errors.Join(err, refused); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		s.told = append(s.told, event)
		_, _ = w.Write([]byte("success"))
	}))
	s.t.Cleanup(server.Close)
	p := emulator.NewWebhookSender(settings, s.clock.Now)
	p.To(server.URL)
	return p
}

func (s *screen) show(query string) string {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.phone.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/demo/phone?"+query, nil))
	require.Equal(s.t, http.StatusOK, w.Code)
	require.NotContains(s.t, w.Body.String(), "http://", "no third party's host")
	return w.Body.String()
}

// tap returns the status and where the page leads to.
func (s *screen) tap(as, what, template string) (status int, to string) {
	return s.tapFrom("same-origin", as, what, template)
}

func (s *screen) tapFrom(site, as, what, template string) (status int, to string) {
	form := url.Values{"as": {as}, "tap": {what}, "template": {template}}
	r := httptest.NewRequest(http.MethodPost, "/demo/phone", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", site)
	w := httptest.NewRecorder()
	s.phone.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location")
}

func TestThePhoneShowsBothChannels(t *testing.T) {
	t.Parallel()
	s := newScreen(t)
	s.wechat.Deliver(emulator.Message{At: s.clock.Now(), Channel: emulator.ChannelOfficial, OpenID: s.parent.Official, TemplateID: "O1",
		URL: "https://example.com/m/", Data: map[string]string{"thing1": "公众号来的<b>"}})
	require.Contains(t, s.show("as=nobody"), "还没有收到消息", "the first phone is empty")
	require.Contains(t, s.show("as=demo-anyone"), `aria-current="page">demo-anyone<`, "any demo code has a phone")
	require.Contains(t, s.show("as=demo-parent"), "公众号来的&lt;b&gt;")
	require.NotContains(t, s.show("as=demo-pupil"), "公众号来的", "another's phone")

	status, _ := s.tap("demo-parent", "accept", "T1")
	require.Equal(t, http.StatusSeeOther, status)
	token := stable(t, s.wechat, false).Token
	got, _ := do(t, s.wechat, http.MethodPost, sendPath+token, message(t, func(m map[string]any) { m["touser"] = s.parent.OpenID }))
	require.Zero(t, got.ErrCode)
	page := s.show("as=demo-parent")
	for _, want := range []string{"小程序 · 服务通知", "公众号 · 模板消息", "<h3>日程提醒</h3>", "<h3>学习提醒</h3>", "您有一条待办", "事项", "时间", "/m/#/pages/home/index?x=1", "还可以发 0 条"} {
		require.Contains(t, page, want)
	}
}

func TestTapsOnThePhoneArePushed(t *testing.T) {
	t.Parallel()
	s := newScreen(t)
	for range 2 { // in one second
		status, to := s.tap("demo-parent", "accept", "T1")
		require.Equal(t, http.StatusSeeOther, status)
		require.Equal(t, "?as=demo-parent&pushed=taken", to)
		require.Contains(t, s.show(to[1:]), "服务器已收下")
	}
	require.Equal(t, 2, s.wechat.Permissions(s.parent.OpenID, "T1"))
	require.Contains(t, s.show("as=demo-parent"), "还可以发 2 条")
	require.Len(t, s.told, 2)
	require.NotEqual(t, s.told[0].Key, s.told[1].Key, "no repeat of one another")
	require.Equal(t, s.parent.OpenID, s.told[1].OpenID)
	require.Equal(t, []wechat.Permission{{TemplateID: "T1", Accepted: true}}, s.told[1].Permissions)

	_, to := s.tap("demo-parent", "turnOff", "T1")
	require.Equal(t, "?as=demo-parent&pushed=taken", to)
	require.Zero(t, s.wechat.Permissions(s.parent.OpenID, "T1"))
	require.Equal(t, []wechat.Permission{{TemplateID: "T1", Changed: true}}, s.told[2].Permissions)

	for name, bad := range map[string][3]string{
		"no such person":      {"nobody", "accept", "T1"},
		"no such template":    {"demo-parent", "accept", "T9"},
		"needs no permission": {"demo-parent", "accept", "O1"},
		"no such thing to do": {"demo-parent", "", "T1"},
	} {
		status, _ := s.tap(bad[0], bad[1], bad[2])
		require.Equal(t, http.StatusBadRequest, status, name)
	}
	status, _ := s.tapFrom("cross-site", "demo-parent", "accept", "T1")
	require.Equal(t, http.StatusForbidden, status)
	require.Len(t, s.told, 3)

	s.refuses = true
	_, to = s.tap("demo-parent", "accept", "T1")
	require.Equal(t, "?as=demo-parent&pushed=refused", to)
	require.Contains(t, s.show(to[1:]), "服务器没有收下")
}

func TestFollowingOnThePhoneIsPushedAndTellsTheUnionID(t *testing.T) {
	t.Parallel()
	s := newScreen(t)
	union := emulator.DemoUnionID("ours", "demo-parent")
	require.Regexp(t, `^o.{27}$`, union)
	require.Equal(t, union, login(t, s.wechat, "js_code", "demo-parent").UnionID)
	require.Empty(t, login(t, s.wechat, "js_code", s.wechat.IssueCode("oSomeone")).UnionID)
	require.Empty(t, emulator.DemoUnionID("", "demo-parent"), "bound to nothing")
	info := func() string {
		given, _ := do(t, s.official, http.MethodPost, "/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"`+officialID+`","secret":"`+secret+`"}`)
		w := httptest.NewRecorder()
		s.official.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/cgi-bin/user/info?openid="+s.parent.Official+"&access_token="+given.Token, nil))
		return w.Body.String()
	}
	require.NotContains(t, info(), "unionid", "of those who follow only")
	require.Contains(t, s.show("as=demo-parent"), "没有关注")

	_, to := s.tap("demo-parent", "follow", "")
	require.Equal(t, "?as=demo-parent&pushed=taken", to)
	require.Contains(t, s.show("as=demo-parent"), "稍后请刷新")
	require.Contains(t, info(), union)
	require.Contains(t, s.show("as=demo-parent"), "已经认出是同一个人")
	_, _ = s.tap("demo-parent", "unfollow", "")
	require.Contains(t, s.show("as=demo-parent"), "没有关注")
	require.NotContains(t, info(), union)

	require.Len(t, s.told, 2)
	require.Equal(t, []any{wechat.EventFollow, wechat.EventUnfollow}, []any{s.told[0].Kind, s.told[1].Kind})
	require.Equal(t, s.parent.Official, s.told[0].OpenID)

	s.phone.Official = nil
	status, _ := s.tap("demo-parent", "follow", "")
	require.Equal(t, http.StatusBadRequest, status, "no official account")
	require.NotContains(t, s.show("as=demo-parent"), "关注")
}
