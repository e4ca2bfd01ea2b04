package wechat_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

var pushedAt = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)

// pushes is a receiver whose clock stands at pushedAt, and its sender.
func pushes(t testing.TB, app wechat.App) (*wechat.WebhookReceiver, emulator.WebhookSettings) {
	t.Helper()
	// Fixed keys, so that what a fuzzer has found stays found.
	s := emulator.WebhookSettings{AppID: appID, Token: "t0ken", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}
	p, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: app, AppID: appID, Token: s.Token, AESKey: s.AESKey, Clock: func() time.Time { return pushedAt }})
	require.NoError(t, err)
	return p, s
}

func open(t *testing.T, p *wechat.WebhookReceiver, s emulator.WebhookSettings, message string) (wechat.Event, error) {
	t.Helper()
	query, body := s.Seal(message, pushedAt)
	return p.Open(query, body)
}

func TestWebhookEventsAreRead(t *testing.T) {
	t.Parallel()
	const to = "oPerson"
	json := func(rest string) string {
		return `{"ToUserName":"gh_1","FromUserName":"oPerson","CreateTime":` + fmt.Sprint(pushedAt.Unix()) + `,"MsgType":"event",` + rest + `}`
	}
	both := []wechat.Permission{{TemplateID: "tmpl-1", Accepted: true}, {TemplateID: "tmpl_2"}}
	changed := []wechat.Permission{{TemplateID: "tmpl-1", Changed: true}}
	tests := []struct {
		name    string
		app     wechat.App
		message string
		want    wechat.Event
	}{
		{"permissions", wechat.MiniProgram, emulator.PermissionsEvent(to, pushedAt, "tmpl-1", "accept", "tmpl_2", "reject"),
			wechat.Event{Kind: wechat.EventPermissions, Permissions: both}},
		{"permissions in JSON", wechat.MiniProgram, json(`"Event":"subscribe_msg_popup_event","List":[{"TemplateId":"tmpl-1","SubscribeStatusString":"accept","PopupScene":"0"},{"TemplateId":"tmpl_2","SubscribeStatusString":"reject"}]`),
			wechat.Event{Kind: wechat.EventPermissions, Permissions: both}},
		{"with a sound is a yes, by WeChat's own ban no", wechat.MiniProgram, emulator.PermissionsEvent(to, pushedAt, "t1", "acceptWithAudio", "t2", "acceptWithAlert", "t3", "ban", "t4", "filter", "t5", "acceptance"),
			wechat.Event{Kind: wechat.EventPermissions, Permissions: []wechat.Permission{{TemplateID: "t1", Accepted: true}, {TemplateID: "t2", Accepted: true}, {TemplateID: "t3"}, {TemplateID: "t4"}, {TemplateID: "t5"}}}},
		{"a list of one is no list", wechat.MiniProgram, json(`"Event":"subscribe_msg_change_event","List":{"TemplateId":"tmpl-1","SubscribeStatusString":"reject"}`),
			wechat.Event{Kind: wechat.EventPermissions, Permissions: changed}},
		{"sent", wechat.MiniProgram, json(`"Event":"subscribe_msg_sent_event","List":[{"TemplateId":"tmpl-1","MsgID":"1864323726461255680","ErrorCode":"0","ErrorStatus":"success"}]`),
			wechat.Event{Kind: wechat.EventSent, Sent: []wechat.Delivery{{TemplateID: "tmpl-1", MessageID: "1864323726461255680"}}}},
		{"media", wechat.MiniProgram, emulator.MediaEvent(to, pushedAt, appID, "60f96f1d-3845297a-1976a3ae", "risky"),
			wechat.Event{Kind: wechat.EventMedia, Media: &wechat.Media{TraceID: "60f96f1d-3845297a-1976a3ae", Verdict: "risky"}}},
		{"media that WeChat could not fetch", wechat.MiniProgram, json(`"Event":"wxa_media_check","trace_id":"t1","errcode":-1010,"result":{"suggest":"pass"}`),
			wechat.Event{Kind: wechat.EventMedia, Media: &wechat.Media{TraceID: "t1", Code: -1010}}},
		{"follow", wechat.OfficialAccount, emulator.FollowEvent(to, pushedAt, true), wechat.Event{Kind: wechat.EventFollow}},
		{"unfollow", wechat.OfficialAccount, emulator.FollowEvent(to, pushedAt, false), wechat.Event{Kind: wechat.EventUnfollow}},
		{"the mini-program has no followers", wechat.MiniProgram, emulator.FollowEvent(to, pushedAt, true), wechat.Event{Kind: wechat.EventOther}},
		{"an event unknown to us", wechat.OfficialAccount, json(`"Event":"VIEW","EventKey":"https://x","deep":{"er":[[1,2],{"x":true}]}`), wechat.Event{Kind: wechat.EventOther}},
		{"a body as deep as its size lets it be", wechat.OfficialAccount, "<xml><FromUserName>oPerson</FromUserName><CreateTime>" + fmt.Sprint(pushedAt.Unix()) + "</CreateTime><MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>" +
			strings.Repeat("<a>", 6000) + strings.Repeat("</a>", 6000) + "</xml>", wechat.Event{Kind: wechat.EventPermissions}},
		{"a text", wechat.OfficialAccount, "<xml><FromUserName>oPerson</FromUserName><CreateTime>" + fmt.Sprint(pushedAt.Unix()) + "</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>7</MsgId></xml>",
			wechat.Event{Kind: wechat.EventOther}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, s := pushes(t, test.app)
			got, err := open(t, p, s, test.message)
			require.NoError(t, err)
			require.Len(t, got.Key, 64)
			test.want.App, test.want.OpenID, test.want.At, test.want.Key = test.app, to, pushedAt, got.Key
			require.Equal(t, test.want, got)
		})
	}
}

func TestRepeatsOfAnEventHaveTheSameKey(t *testing.T) {
	t.Parallel()
	p, s := pushes(t, wechat.MiniProgram)
	seen := map[string]string{}
	for name, message := range map[string]string{
		"accept":   emulator.PermissionsEvent("oA", pushedAt, "t1", "accept"),
		"later":    emulator.PermissionsEvent("oA", pushedAt.Add(time.Second), "t1", "accept"),
		"other":    emulator.PermissionsEvent("oB", pushedAt, "t1", "accept"),
		"template": emulator.PermissionsEvent("oA", pushedAt, "t2", "accept"),
		"text":     "<xml><FromUserName>oA</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>7</MsgId></xml>",
		"text 2":   "<xml><FromUserName>oA</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>8</MsgId></xml>",
	} {
		first, err := open(t, p, s, message)
		require.NoError(t, err)
		again, err := open(t, p, s, message) // sealed anew: another nonce, other random bytes
		require.NoError(t, err)
		require.Equal(t, first.Key, again.Key, name)
		require.Empty(t, seen[first.Key], name)
		seen[first.Key] = name
	}
}

func TestForgedWebhookCallsAreRefused(t *testing.T) {
	t.Parallel()
	message := emulator.PermissionsEvent("oPerson", pushedAt, "t1", "accept")
	tests := []struct {
		name string
		// send makes the webhook call, from the right sender's settings.
		send func(s emulator.WebhookSettings) (url.Values, []byte)
		want wechat.Refusal
	}{
		{"another token", func(s emulator.WebhookSettings) (url.Values, []byte) {
			s.Token = "guessed"
			return s.Seal(message, pushedAt)
		}, wechat.RefusedSignature},
		{"no signature", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, body := s.Seal(message, pushedAt)
			query.Del("signature")
			return query, body
		}, wechat.RefusedSignature},
		{"no signature of the body", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, body := s.Seal(message, pushedAt)
			query.Del("msg_signature")
			return query, body
		}, wechat.RefusedSignature},
		{"a body under another push's signature", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, _ := s.Seal(message, pushedAt)
			_, body := s.Seal(message, pushedAt)
			return query, body
		}, wechat.RefusedSignature},
		{"a timestamp made young again", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, body := s.Seal(message, pushedAt.Add(-time.Hour))
			query.Set("timestamp", fmt.Sprint(pushedAt.Unix()))
			return query, body
		}, wechat.RefusedSignature},
		{"replayed an hour later", func(s emulator.WebhookSettings) (url.Values, []byte) {
			return s.Seal(message, pushedAt.Add(-time.Hour))
		}, wechat.RefusedTimestamp},
		{"from the future", func(s emulator.WebhookSettings) (url.Values, []byte) {
			return s.Seal(message, pushedAt.Add(6*time.Minute))
		}, wechat.RefusedTimestamp},
		{"plaintext", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, _ := s.Seal(message, pushedAt)
			return query, []byte(message)
		}, wechat.RefusedPlaintext},
		{"plaintext beside the ciphertext, said to be plain", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, body := s.Seal(message, pushedAt)
			query.Set("encrypt_type", "raw")
			return query, body
		}, wechat.RefusedPlaintext},
		{"another key", func(s emulator.WebhookSettings) (url.Values, []byte) {
			s.AESKey = strings.Repeat("A", 43)
			return s.Seal(message, pushedAt)
		}, wechat.RefusedCiphertext},
		{"another programme", func(s emulator.WebhookSettings) (url.Values, []byte) {
			s.AppID = "wxother"
			return s.Seal(message, pushedAt)
		}, wechat.RefusedApp},
		{"an app id that ours begins with", func(s emulator.WebhookSettings) (url.Values, []byte) {
			s.AppID = appID[:10]
			return s.Seal(message, pushedAt)
		}, wechat.RefusedApp},
		{"truncated", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, body := s.Seal(message, pushedAt)
			return query, body[:len(body)-20]
		}, wechat.RefusedForm},
		{"nothing", func(s emulator.WebhookSettings) (url.Values, []byte) {
			query, _ := s.Seal(message, pushedAt)
			return query, nil
		}, wechat.RefusedForm},
		{"oversized", func(s emulator.WebhookSettings) (url.Values, []byte) {
			return s.Seal("<xml><x>"+strings.Repeat("x", wechat.MaxWebhookBody)+"</x></xml>", pushedAt)
		}, wechat.RefusedForm},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, s := pushes(t, wechat.MiniProgram)
			query, body := test.send(s)
			_, err := p.Open(query, body)
			require.Equal(t, test.want, err)
		})
	}
}

func TestMessagesThatAreNotWeChatsAreRefused(t *testing.T) {
	t.Parallel()
	head := "<FromUserName>oA</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>"
	for name, message := range map[string]string{
		"no sender":            "<xml><CreateTime>1</CreateTime><MsgType>event</MsgType></xml>",
		"two senders":          "<xml>" + head + "<FromUserName>oB</FromUserName></xml>",
		"two senders in JSON":  `{"FromUserName":"oA","FromUserName":"oB","CreateTime":1,"MsgType":"event"}`,
		"a sender of markup":   "<xml><FromUserName>&lt;b&gt;</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType></xml>",
		"no time":              "<xml><FromUserName>oA</FromUserName><MsgType>event</MsgType></xml>",
		"a time without end":   "<xml><FromUserName>oA</FromUserName><CreateTime>253402300800</CreateTime><MsgType>event</MsgType></xml>",
		"another root":         "<html>" + head + "</html>",
		"two roots":            "<xml>" + head + "</xml><xml></xml>",
		"something after":      "<xml>" + head + "</xml>x",
		"something after JSON": `{"FromUserName":"oA","CreateTime":1,"MsgType":"event"}{}`,
		"crossed tags":         "<xml>" + head + "<a><b></a></b></xml>",
		"a DOCTYPE":            `<!DOCTYPE xml [<!ENTITY a "b">]><xml>` + head + "</xml>",
		"an unknown entity":    "<xml>" + head + "<Event>&a;</Event></xml>",
		"too deep in JSON":     `{"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"no UTF-8":             "<xml>" + head + "<Event>\xff</Event></xml>",
		"a template of markup": emulator.PermissionsEvent("oA", pushedAt, "<b>", "accept"),
		"a verdict unheard of": emulator.MediaEvent("oA", pushedAt, appID, "t1", "fine"),
		"empty":                "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, s := pushes(t, wechat.MiniProgram)
			_, err := open(t, p, s, message)
			require.Equal(t, wechat.RefusedForm, err)
		})
	}
}

func TestTheAddressIsConfirmed(t *testing.T) {
	t.Parallel()
	p, s := pushes(t, wechat.MiniProgram)
	text, err := p.Echo(s.Greeting("4710953427364", pushedAt))
	require.NoError(t, err)
	require.Equal(t, "4710953427364", text)

	_, err = p.Echo(s.Greeting("<script>", pushedAt))
	require.Equal(t, wechat.RefusedForm, err)
	_, err = p.Echo(s.Greeting("1", pushedAt.Add(-time.Hour)))
	require.Equal(t, wechat.RefusedTimestamp, err)
	s.Token = "guessed"
	_, err = p.Echo(s.Greeting("1", pushedAt))
	require.Equal(t, wechat.RefusedSignature, err)
}

func TestWebhookSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := emulator.NewWebhookSettings(appID, "")
	for _, test := range []struct {
		token, key string
		want       error
	}{
		{"", good.AESKey, wechat.ErrWebhookToken},
		{"a b", good.AESKey, wechat.ErrWebhookToken},
		{good.Token, "", wechat.ErrWebhookKey},
		{good.Token, good.AESKey[1:], wechat.ErrWebhookKey},
		{good.Token, base64.StdEncoding.EncodeToString(make([]byte, 16)), wechat.ErrWebhookKey},
	} {
		_, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{AppID: appID, Token: test.token, AESKey: test.key})
		require.Equal(t, test.want, err)
	}
	cfg := wechat.WebhookConfig{AppID: appID, Token: good.Token, AESKey: good.AESKey}
	p, err := wechat.NewWebhookReceiver(cfg)
	require.NoError(t, err)
	for _, printed := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), fmt.Sprintf("%v", p), fmt.Sprintf("%#v", p)} {
		require.NotContains(t, printed, good.Token)
		require.NotContains(t, printed, good.AESKey)
	}
}
