package api

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/webhook"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// root calls an address at the root, following no redirect.
func (w *world) root(method, path string, body []byte, cookies ...*http.Cookie) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, strings.TrimSuffix(w.url, rest.Base)+path, bytes.NewReader(body))
	require.NoError(w.t, err)
	for _, c := range cookies {
		req.AddCookie(c)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return res, string(text)
}

func cookieOf(t *testing.T, res *http.Response, name string) *http.Cookie {
	t.Helper()
	for _, c := range res.Cookies() {
		if c.Name == name {
			return c
		}
	}
	require.Fail(t, "no cookie "+name)
	return nil
}

func TestWebhookEventsAreStoredOnceAndHandled(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for app, s := range w.pushes {
			s.URL = strings.TrimSuffix(w.url, rest.Base) + WebhookPath
			message := emulator.FollowEvent("oFollower", w.store.Now(), true)
			for range 3 { // WeChat repeats what it thinks was not received
				require.NoError(t, s.Push(t.Context(), message, w.store.Now), app)
			}
			res, text := w.root(http.MethodGet, WebhookPath+"?"+s.Greeting("47109", w.store.Now()).Encode(), nil)
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, "47109", text)
			require.Equal(t, "text/plain; charset=utf-8", res.Header.Get("Content-Type"))
		}
		var rows []model.WebhookEvent
		require.Eventually(t, func() bool {
			require.NoError(t, w.store.Read(t.Context()).Find(&rows).Error)
			return len(rows) == 1 && rows[0].Status == model.WebhookDone
		}, 5*time.Second, 10*time.Millisecond)
		require.Empty(t, rows[0].Payload)
		require.Equal(t, "officialAccount", rows[0].App)
		var f model.OfficialFollower
		require.NoError(t, w.store.Read(t.Context()).Take(&f, "open_id = ?", "oFollower").Error)
		require.True(t, f.Following)
	})
}

// Not parallel: it looks at what the whole process logs.
func TestForgedWebhookCallsAreRefusedAndStoreNothing(t *testing.T) {
	var logged bytes.Buffer
	logwatch.Capture(t, &logged)
	each(t, func(w *world) {
		s := w.pushes[wechat.OfficialAccount]
		message := emulator.FollowEvent("oForged", w.store.Now(), true)
		query, body := s.Seal(message, w.store.Now())
		forged := s
		forged.Token = "guessed"
		badQuery, badBody := forged.Seal(message, w.store.Now())
		oldQuery, oldBody := s.Seal(message, w.store.Now().Add(-time.Hour))
		for name, push := range map[string]struct {
			query  url.Values
			body   []byte
			status int
		}{
			"forged":    {badQuery, badBody, http.StatusForbidden},
			"replayed":  {oldQuery, oldBody, http.StatusForbidden},
			"plaintext": {query, []byte(message), http.StatusForbidden},
			"truncated": {query, body[:len(body)/2], http.StatusForbidden},
			"oversized": {query, bytes.Repeat([]byte("x"), wechat.MaxWebhookBody+1), http.StatusRequestEntityTooLarge},
			"unsigned":  {url.Values{}, body, http.StatusForbidden},
		} {
			res, text := w.root(http.MethodPost, WebhookPath+"?"+push.query.Encode(), push.body)
			require.Equal(t, push.status, res.StatusCode, name)
			var p rest.Problem
			require.NoError(t, json.Unmarshal([]byte(text), &p), name)
			require.NotContains(t, text, "oForged")
		}
		res, _ := w.root(http.MethodGet, WebhookPath+"?"+forged.Greeting("1", w.store.Now()).Encode(), nil)
		require.Equal(t, http.StatusForbidden, res.StatusCode)
		var n int64
		require.NoError(t, w.store.Read(t.Context()).Model(&model.WebhookEvent{}).Count(&n).Error)
		require.Zero(t, n)
		for _, secret := range []string{"oForged", s.Token, s.AESKey, query.Get("msg_signature"), "<xml>"} {
			require.NotContains(t, logged.String(), secret)
		}
	})
}

func TestABrowserLogsInThroughTheOfficialAccount(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		to := oauthPath + "?to=" + url.QueryEscape("/m/#/pages/lessons/index")
		res, _ := w.root(http.MethodGet, to, nil)
		require.Equal(t, testPublicURL+oauthPath+"?moved=1&to=%2Fm%2F%23%2Fpages%2Flessons%2Findex", res.Header.Get("Location"), "the tests' server has another name")
		res, _ = w.root(http.MethodGet, to+"&moved=1", nil)
		require.Equal(t, http.StatusFound, res.StatusCode)
		kept := cookieOf(t, res, oauthCookie)
		require.True(t, kept.HttpOnly && kept.Secure && kept.SameSite == http.SameSiteLaxMode)
		page, err := url.Parse(res.Header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, testPublicURL+oauthPath, page.Query().Get("redirect_uri"))

		// WeChat's page, on a phone whose owner is demo-someone.
		page.Fragment = ""
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page.String(), strings.NewReader("as=demo-someone"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err = client.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		back, err := url.Parse(res.Header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, "xinyu.test", back.Host)

		stranger, _ := w.root(http.MethodGet, oauthPath+"?"+back.RawQuery, nil)
		require.Equal(t, http.StatusForbidden, stranger.StatusCode, "another browser, without the cookie")

		res, _ = w.root(http.MethodGet, oauthPath+"?"+back.RawQuery, nil, kept)
		require.Equal(t, http.StatusFound, res.StatusCode)
		code := back.Query().Get("code")
		require.Equal(t, "/m/?code="+code+"&channel=officialAccount#/pages/lessons/index", res.Header.Get("Location"))
		ticket := cookieOf(t, res, loginCookie)
		require.Equal(t, rest.Base+"/login", ticket.Path)

		in := map[string]any{"code": code, "channel": "officialAccount"}
		w.do(http.MethodPost, "/login", "", in).problem(http.StatusForbidden, "login_state_invalid")
		header := http.Header{"Cookie": {ticket.Name + "=" + ticket.Value}}
		token := w.doWith(http.MethodPost, "/login", "", in, header).status(http.StatusOK).text("token")
		w.do(http.MethodGet, "/me", token, nil).status(http.StatusOK)
		w.doWith(http.MethodPost, "/login", "", in, header).problem(http.StatusUnprocessableEntity, "login_code_used")
		w.do(http.MethodPost, "/login", "", map[string]any{"code": "x", "channel": "web"}).status(http.StatusUnprocessableEntity)

		res, _ = w.root(http.MethodGet, oauthPath+"?moved=1&to="+url.QueryEscape("https://evil.test/"), nil)
		require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	})
}

func TestOnlyOwnPagesAreSignedForTheJSSDK(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for range 3 {
			res, text := w.root(http.MethodGet, jsConfigPath+"?url="+url.QueryEscape(testPublicURL+"/m/?a=1#/pages/home"), nil)
			require.Equal(t, http.StatusOK, res.StatusCode, text)
			var c wechat.JSConfig
			require.NoError(t, json.Unmarshal([]byte(text), &c))
			want := sha1.Sum(fmt.Appendf(nil, "jsapi_ticket=%s&noncestr=%s&timestamp=%d&url=%s", w.official.Ticket(), c.NonceStr, c.Timestamp, testPublicURL+"/m/?a=1"))
			require.Equal(t, hex.EncodeToString(want[:]), c.Signature)
			require.Equal(t, "wxofficial", c.AppID)
			require.NotContains(t, text, w.official.Ticket())
		}
		require.Equal(t, 1, w.official.Tickets())
		for _, bad := range []string{"", "https://evil.test/m/", "http://xinyu.test/m/", "https://xinyu.test.evil.test/", "https://xinyu.test@evil.test/", "https://a@xinyu.test/", "//xinyu.test/", "https://evil.test\\@xinyu.test/", "https://xinyu.test:8443/"} {
			res, _ := w.root(http.MethodGet, jsConfigPath+"?url="+url.QueryEscape(bad), nil)
			require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode, bad)
		}
	})
}

func TestWithoutAnOfficialAccountThereIsNoSuchAddress(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		svc := *w.svc
		svc.Webhooks = webhook.New(w.store, nil, nil)
		t.Cleanup(svc.Webhooks.Close)
		bare := New(Config{Services: &svc, Clock: w.store.Now})
		for _, path := range []string{oauthPath, jsConfigPath, WebhookPath} {
			rec := httptest.NewRecorder()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			require.NoError(t, err)
			bare.ServeHTTP(rec, req)
			require.Equal(t, http.StatusNotFound, rec.Code, path)
		}
	})
}

func TestAnAcceptedMessageArrivesInTheLedger(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.login("demo-tapper")
		openID := emulator.DemoOpenID(testAppID, "demo-tapper")
		s := w.pushes[wechat.MiniProgram]
		s.URL = strings.TrimSuffix(w.url, rest.Base) + WebhookPath
		now := w.store.Now()
		credits := func() (n int) {
			require.NoError(t, w.store.Read(t.Context()).Model(&model.MessageCredit{}).Where("template_id = ?", "tmpl1").Pluck("COALESCE(SUM(credits), 0)", &n).Error)
			return n
		}
		for range 2 {
			require.NoError(t, s.Push(t.Context(), emulator.PermissionsEvent(openID, now, "tmpl1", "accept", "tmpl2", "reject"), w.store.Now))
		}
		require.Eventually(t, func() bool { return credits() == 1 }, 5*time.Second, 10*time.Millisecond)
		require.NoError(t, s.Push(t.Context(), fmt.Sprintf(`{"FromUserName":%q,"CreateTime":%d,"MsgType":"event","Event":"subscribe_msg_change_event","List":{"TemplateId":"tmpl1","SubscribeStatusString":"reject"}}`, openID, now.Unix()+1), w.store.Now))
		require.Eventually(t, func() bool { return credits() == 0 }, 5*time.Second, 10*time.Millisecond)
		// Someone of the official account is nobody to the ledger.
		o := w.pushes[wechat.OfficialAccount]
		o.URL = s.URL
		require.NoError(t, o.Push(t.Context(), emulator.PermissionsEvent(openID, now.Add(2*time.Second), "tmpl1", "accept"), w.store.Now))
		require.NoError(t, w.svc.Webhooks.Work(t.Context()))
		require.Zero(t, credits())
	})
}

// FuzzOwnPage has pages of any form signed for WeChat: only ours are.
func FuzzOwnPage(f *testing.F) {
	for _, page := range []string{"https://xinyu.test/m/?a=1#x", "https://xinyu.test@evil.cn/", "https:xinyu.test", "//xinyu.test/", "https://XINYU.test/", "https://xinyu.test\\@evil.cn", "https://xinyu.test:443/"} {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) {
		signed, err := ownPage(testPublicURL, page)
		if err != nil {
			require.Equal(t, model.KindInvalid, model.KindOf(err))
			return
		}
		require.True(t, strings.HasPrefix(page, signed))
		require.NotContains(t, signed, "#")
		require.Regexp(t, `(?i)^https://xinyu\.test([/?]|$)`, signed)
	})
}
