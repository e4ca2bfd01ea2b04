package wechat_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// FuzzPush posts anything at all: what the receiver takes must have been
// signed, and it must never panic.
func FuzzPush(f *testing.F) {
	p, s := pushes(f, wechat.MiniProgram)
	for _, message := range []string{
		emulator.PermissionsEvent("oA", pushedAt, "t1", "accept", "t2", "reject"),
		`{"FromUserName":"oA","CreateTime":"1","MsgType":"event","Event":"subscribe_msg_popup_event","List":{"TemplateId":"t1","SubscribeStatusString":"accept"}}`,
	} {
		query, body := s.Seal(message, pushedAt)
		f.Add(query.Encode(), body)
		f.Add(query.Encode(), []byte(message))
	}
	f.Add(s.Greeting("1", pushedAt).Encode(), []byte("<xml>"))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		_, _ = p.Echo(values) // must not panic
		e, err := p.Open(values, body)
		if err != nil {
			require.IsType(t, wechat.Refusal(""), err)
			return
		}
		require.NotEmpty(t, e.OpenID)
		require.True(t, strings.Contains(query, "msg_signature"))
	})
}

// FuzzPushMessage goes past the signature: messages of any form, properly sealed.
func FuzzPushMessage(f *testing.F) {
	f.Add(emulator.PermissionsEvent("oA", pushedAt, "t1", "accept", "t2", "reject"), true)
	f.Add(emulator.FollowEvent("oA", pushedAt, true), false)
	f.Add(emulator.MediaEvent("oA", pushedAt, appID, "t1", "pass"), true)
	f.Add(`{"FromUserName":"oA","CreateTime":"1","MsgType":"event","Event":"subscribe_msg_sent_event","List":[{"TemplateId":"t1","MsgID":"1","ErrorCode":"0"}]}`, true)
	f.Add(`{"FromUserName":"oA","CreateTime":1e3,"MsgType":null,"Event":[[],{}]}`, false)
	mini, s := pushes(f, wechat.MiniProgram)
	official, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: wechat.OfficialAccount, AppID: s.AppID, Token: s.Token, AESKey: s.AESKey, Clock: pushedAt.UTC})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, message string, toMini bool) {
		p := official
		if toMini {
			p = mini
		}
		query, body := s.Seal(message, pushedAt)
		e, err := p.Open(query, body)
		if err != nil {
			require.IsType(t, wechat.Refusal(""), err)
			return
		}
		again, err := p.Open(query, body)
		require.NoError(t, err)
		require.Equal(t, e, again)
		require.Regexp(t, `^[A-Za-z0-9_-]{1,64}$`, e.OpenID)
		for _, c := range e.Permissions {
			require.Regexp(t, `^[A-Za-z0-9_-]{1,128}$`, c.TemplateID)
		}
	})
}

// FuzzPushSealed goes past the signature with ciphertexts of any form: the
// padding, the length and the app id are then the attacker's.
func FuzzPushSealed(f *testing.F) {
	p, s := pushes(f, wechat.MiniProgram)
	f.Add([]byte{}, uint32(0))
	f.Add([]byte("<xml></xml>wx0123456789abcdef\x01"), uint32(11))
	f.Add(make([]byte, 76), uint32(1<<31))
	f.Fuzz(func(t *testing.T, text []byte, size uint32) {
		query, body := s.SealRaw(text, size, len(text)%2 == 0, pushedAt)
		if _, err := p.Open(query, body); err != nil {
			require.IsType(t, wechat.Refusal(""), err)
		}
	})
}
