package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/message"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// checked is a system whose settings are checked: WeChat, and its own public site.
type checked struct {
	t        *testing.T
	official *emulator.Official
	check    weChatCheck
	running  emulator.WebhookSettings // of the program behind the public site
	down     bool                     // its webhook address
}

const checkedSecret = "5ec4e7checked"

func newChecked(t *testing.T) *checked {
	t.Helper()
	c := &checked{t: t, running: emulator.NewWebhookSettings("wx1", "")}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/wechat/push" || c.down {
			return // an empty page, and well
		}
		receiver, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: wechat.MiniProgram, AppID: "wx1", Token: c.running.Token, AESKey: c.running.AESKey})
		if err != nil {
			t.Error(err)
			return
		}
		echo, err := receiver.Echo(r.URL.Query())
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = w.Write([]byte(echo))
	}))
	t.Cleanup(site.Close)
	world := emulator.New(emulator.Options{AppID: "wx1", Secret: checkedSecret})
	world.SetTemplates(emulator.Template{ID: "T1", Keywords: []string{"thing1"}})
	c.official = emulator.NewOfficial(emulator.OfficialOptions{AppID: "wx2", Secret: checkedSecret, MiniProgram: "wx1"})
	api, account := httptest.NewServer(world), httptest.NewServer(c.official)
	t.Cleanup(api.Close)
	t.Cleanup(account.Close)
	client := wechat.New(wechat.Config{AppID: "wx1", Secret: checkedSecret, BaseURL: api.URL, Timeout: 5 * time.Second})
	t.Cleanup(client.Close)
	official := wechat.NewOfficial(wechat.OfficialConfig{Config: wechat.Config{AppID: "wx2", Secret: checkedSecret, BaseURL: account.URL, Timeout: 5 * time.Second}, MiniProgram: "wx1"})
	t.Cleanup(official.Close)
	c.check = weChatCheck{client: client, official: official, configured: c.carriers("O1", "thing1"), publicURL: "https://xinyu.example.cn", http: publicSite{site},
		pushes: []emulator.WebhookSettings{c.running}}
	return c
}

// carriers are settings with a template of each programme.
func (c *checked) carriers(official, field string) message.Templates {
	c.t.Helper()
	templates, err := message.NewTemplates(map[string]message.Template{message.KindBookingHour: {
		MiniProgram: &message.Carrier{ID: "T1", Fields: map[string]string{"thing1": "text"}},
		Official:    &message.Carrier{ID: official, Fields: map[string]string{field: "text"}},
	}})
	require.NoError(c.t, err)
	return templates
}

// run is the lines of the check: two of the mini-program's, those of the account, two of the address.
func (c *checked) run() []string {
	c.t.Helper()
	var out bytes.Buffer
	c.check.out = &out
	err := c.check.run(c.t.Context())
	require.Equal(c.t, strings.Contains(out.String(), "[有误]"), err != nil, out.String())
	for _, secret := range []string{checkedSecret, c.running.Token, c.running.AESKey} {
		require.NotContains(c.t, out.String(), secret)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

func TestTheOfficialAccountIsCheckedToo(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.official.SetTemplates(emulator.Template{ID: "O1", Title: "待办提醒", Keywords: []string{"thing1"}})
	lines := c.run()
	require.Len(t, lines, 7)
	for i, word := range []string{"AppID", "订阅消息", "公众号：AppID", "公众号：配置的 1 种", "JS接口安全域名", "HTTPS", "消息推送地址能答复"} {
		prefix := "[通过]"
		if i == 4 {
			prefix = "[提示]" // what WeChat tells nobody
			require.Contains(t, lines[i], "xinyu.example.cn")
		}
		require.True(t, strings.HasPrefix(lines[i], prefix), lines[i])
		require.Contains(t, lines[i], word)
	}

	for word, templates := range map[string]message.Templates{
		"不在这个账号里":     c.carriers("O9", "thing1"),
		"缺少字段 thing1": c.carriers("O1", "thing2"),
	} {
		c.check.configured = templates
		lines = c.run()
		require.Len(t, lines, 7, "the other questions are asked all the same")
		require.True(t, strings.HasPrefix(lines[3], "[有误]"), lines[3])
		require.Contains(t, lines[3], word)
	}
	c.check.configured = message.Templates{}
	require.Contains(t, c.run()[3], "[提示] 公众号：账号里有 1 个模板")

	for code, word := range map[int]string{40013: "XINYU_OFFICIAL_APP_ID", 40125: "XINYU_OFFICIAL_SECRET", 40164: "IP白名单", 48001: "服务号", 77777: "全局返回码"} {
		c.official.SetMode(emulator.ModeError(code, checkedSecret))
		lines = c.run()
		require.Len(t, lines, 5, "nothing else can be asked of the account")
		require.True(t, strings.HasPrefix(lines[2], "[有误] 公众号"), lines[2])
		require.Contains(t, lines[2], word)
	}
	c.official.SetMode(emulator.ModeDown)
	require.Contains(t, c.run()[2], "api.weixin.qq.com")
}

func TestThePushAddressIsAskedAsWeChatAsks(t *testing.T) {
	t.Parallel()
	c := newChecked(t)
	c.check.official, c.check.configured = nil, c.carriers("O1", "thing1")
	require.Contains(t, c.run()[3], "[通过] 消息推送地址能答复")
	c.check.pushes = append(c.check.pushes, emulator.WebhookSettings{AppID: "wx2"})
	require.Contains(t, c.run()[3], "[提示]")
	c.check.pushes = c.check.pushes[:1]

	c.running = emulator.NewWebhookSettings("wx1", "") // the program was not restarted with the new settings
	line := c.run()[3]
	require.Contains(t, line, "[有误]")
	require.Contains(t, line, "不认这个令牌")
	c.down = true
	require.Contains(t, c.run()[3], "没有答复")
}

func TestPushSettingsOfTheWrongFormAreNamed(t *testing.T) {
	t.Parallel()
	good := emulator.NewWebhookSettings("wx1", "")
	for _, bad := range []struct{ token, key, named, want string }{
		{"短", good.AESKey, "XINYU_WECHAT_PUSH_TOKEN", "3 to 32 letters and digits"},
		{good.Token, good.AESKey[:42], "XINYU_WECHAT_PUSH_AES_KEY", "43 characters"},
	} {
		_, stderr, code := runOnce(t, environment(t, "XINYU_WECHAT_PUSH_TOKEN="+bad.token, "XINYU_WECHAT_PUSH_AES_KEY="+bad.key), "wechat", "check")
		require.Equal(t, 1, code)
		require.Contains(t, stderr, bad.named)
		require.Contains(t, stderr, bad.want)
		require.NotContains(t, stderr, good.Token)
		require.NotContains(t, stderr, bad.key)
	}
}
