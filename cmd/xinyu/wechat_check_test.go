package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/message"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// publicSite returns https://xinyu.example.cn with a test server's handler.
type publicSite struct{ server *httptest.Server }

func (p publicSite) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	target, err := url.Parse(p.server.URL)
	if err != nil {
		return nil, err
	}
	req.URL.Scheme, req.URL.Host = target.Scheme, target.Host
	return http.DefaultTransport.RoundTrip(req)
}

func TestWeChatCheckSaysWhatToMend(t *testing.T) {
	t.Parallel()
	const appSecret = "5ec4e7checked"
	status := http.StatusOK
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(site.Close)
	world := emulator.New(emulator.Options{AppID: "wx1", Secret: appSecret})
	api := httptest.NewServer(world)
	t.Cleanup(api.Close)
	const wellKnown = "https://xinyu.example.cn"
	booking := func(id string, fields map[string]string) message.Templates {
		templates, err := message.NewTemplates(map[string]message.Template{message.KindBookingHour: {MiniProgram: &message.Carrier{ID: id, Fields: fields}}})
		require.NoError(t, err)
		return templates
	}
	configured := booking("T1", map[string]string{"thing1": "text"})
	check := func(public string) (lines []string, err error) {
		client := wechat.New(wechat.Config{AppID: "wx1", Secret: appSecret, BaseURL: api.URL, Timeout: 5 * time.Second})
		t.Cleanup(client.Close)
		var out bytes.Buffer
		err = weChatCheck{client: client, configured: configured, publicURL: public, http: publicSite{site}, out: &out}.run(t.Context())
		require.NotContains(t, out.String(), appSecret)
		if err != nil {
			require.NotContains(t, err.Error(), appSecret)
		}
		return strings.Split(strings.TrimSpace(out.String()), "\n"), err
	}

	world.SetTemplates(emulator.Template{ID: "T1", Title: "预约提醒", Keywords: []string{"thing1"}})
	lines, err := check(wellKnown)
	require.NoError(t, err)
	require.Len(t, lines, 4)
	require.True(t, strings.HasPrefix(lines[3], "[提示] 没有设置消息推送"), lines[3])
	for _, line := range lines[:3] {
		require.True(t, strings.HasPrefix(line, "[通过] "), line)
	}

	for word, templates := range map[string]message.Templates{
		"不在这个账号里":                booking("T9", map[string]string{"thing1": "text"}),
		"缺少字段 thing1":            booking("T1", map[string]string{"thing2": "text"}),
		"没有的字段 time2":            booking("T1", map[string]string{"thing1": "text", "time2": "time"}),
		"XINYU_WECHAT_TEMPLATES": {},
	} {
		configured = templates
		lines, err = check(wellKnown)
		require.Error(t, err)
		require.Contains(t, lines[1], word)
	}
	configured = booking("T1", map[string]string{"thing1": "text"})

	world.SetTemplates()
	lines, err = check(wellKnown)
	require.EqualError(t, err, "wechat check: 1 to mend")
	require.Contains(t, lines[1], "订阅消息")

	for code, word := range map[int]string{40013: "XINYU_WECHAT_APP_ID", 40125: "重置", 40164: "IP白名单", 77777: "全局返回码"} {
		world.SetMode(emulator.ModeError(code, appSecret))
		lines, err = check(wellKnown)
		require.Error(t, err)
		require.Len(t, lines, 3, "nothing else can be asked of WeChat")
		require.Contains(t, lines[0], word)
	}
	world.SetMode(emulator.ModeDown)
	lines, err = check(wellKnown)
	require.Error(t, err)
	require.Contains(t, lines[0], "api.weixin.qq.com")

	world.SetMode(emulator.ModeUp)
	world.SetTemplates(emulator.Template{ID: "T1", Keywords: []string{"thing1"}})
	for public, word := range map[string]string{"": "XINYU_PUBLIC_URL", "http://xinyu.example.cn": "HTTPS", "https://192.0.2.1": "IP", "https://[2001:db8::1]": "IP"} {
		lines, err = check(public)
		require.Error(t, err)
		require.Contains(t, lines[2], word)
	}
	status = http.StatusBadGateway
	lines, err = check(wellKnown)
	require.Error(t, err)
	require.Contains(t, lines[2], "502")
}

func TestWeChatCheckOfADemoIsRefused(t *testing.T) {
	t.Parallel()
	_, stderr, code := runOnce(t, environment(t), "wechat", "check")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "XINYU_WECHAT_APP_ID")
}
