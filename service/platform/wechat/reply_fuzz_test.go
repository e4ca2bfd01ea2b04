package wechat_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/wechat/emulator"
)

// FuzzReplies has WeChat, or whoever stands in for it, say anything at all:
// each call returns a value or an error of ours that tells no secret.
func FuzzReplies(f *testing.F) {
	for _, body := range []string{
		"", "null", "[]", `{"errcode":0}`, `{"errcode":40001,"errmsg":"x"}`, `{"errcode":"40001"}`, `{"errcode":1e99}`, `{"phone_info":{"countryCode":86}}`,
		`{"phone_info":{"phoneNumber":"+8613800001234","purePhoneNumber":"13800001234","countryCode":"86"}}`, `{"openid":"oA","unionid":[]}`, `{"openid":"oA","session_key":"s"}`,
		`{"result":{"suggest":"pass"}}`, `{"trace_id":7}`, `{"url_link":"javascript:x"}`, `{"data":[{"priTmplId":{}}]}`, "\x89PNG\r\n\x1a\n", `{"access_token":"t","expires_in":-1}`,
	} {
		f.Add([]byte(body), true)
		f.Add([]byte(body), false)
	}
	var reply []byte
	var token bool // whether the request for a token gets the reply too
	emulated := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !token && strings.Contains(r.URL.Path, "token") {
			emulated.ServeHTTP(w, r)
			return
		}
		_, _ = w.Write(reply)
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, body []byte, tokenToo bool) {
		reply, token = body, tokenToo
		c := newClient(t, server.URL, 0)
		calls := everyCall(t, c)
		calls["login"] = func() error {
			session, err := c.Login(t.Context(), "code")
			require.Equal(t, err == nil, session.OpenID != "")
			return err
		}
		calls["send"] = func() error { return c.Send(t.Context(), reminder) }
		for name, call := range calls {
			if err := call(); err != nil {
				var e *model.Error
				require.ErrorAs(t, err, &e, name)
				require.NotContains(t, err.Error(), secret, name)
			}
		}
		_, err := c.Templates(t.Context())
		require.NotContains(t, errorText(err)+errorText(c.CheckCredentials(t.Context())), secret)
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
