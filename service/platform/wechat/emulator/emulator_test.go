package emulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat/emulator"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "0123456789abcdef0123456789abcdef"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type body struct {
	ErrCode    int    `json:"errcode"`
	ErrMsg     string `json:"errmsg"`
	OpenID     string `json:"openid"`
	UnionID    string `json:"unionid"`
	SessionKey string `json:"session_key"`
	Token      string `json:"access_token"`
	ExpiresIn  int64  `json:"expires_in"`
}

func do(t *testing.T, h http.Handler, method, target, payload string) (body, *http.Response) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(payload)))
	var b body
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &b), w.Body.String())
	return b, w.Result()
}

func login(t *testing.T, h http.Handler, change ...string) body {
	t.Helper()
	query := url.Values{"appid": {appID}, "secret": {secret}, "grant_type": {"authorization_code"}}
	for i := 0; i < len(change); i += 2 {
		query.Set(change[i], change[i+1])
	}
	b, resp := do(t, h, http.MethodGet, "/sns/jscode2session?"+query.Encode(), "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/plain", resp.Header.Get("Content-Type"))
	return b
}

func TestACodeIsGoodForOneUseWithinFiveMinutes(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now})

	code := e.IssueCode("oPerson")
	require.Len(t, code, 32)
	first := login(t, e, "js_code", code)
	require.Zero(t, first.ErrCode)
	require.Equal(t, "oPerson", first.OpenID)
	require.Len(t, first.SessionKey, 24)

	again := login(t, e, "js_code", code)
	require.Equal(t, 40163, again.ErrCode)
	require.Regexp(t, regexp.MustCompile(`^code been used, rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`), again.ErrMsg)

	late := e.IssueCode("oPerson")
	now.Add(emulator.CodeLifetime)
	require.Equal(t, 40029, login(t, e, "js_code", late).ErrCode, "an expired code")
	require.Equal(t, 40029, login(t, e, "js_code", code).ErrCode, "a used code that has expired")
	e.IssueCode("oPerson") // drops the expired ones
	require.Equal(t, 40029, login(t, e, "js_code", late).ErrCode)
}

func TestOneOfManyConcurrentUsesOfACodeWins(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	target := "/sns/jscode2session?grant_type=authorization_code&appid=" + appID + "&secret=" + secret + "&js_code=" + e.IssueCode("oPerson")
	var won atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
			if strings.Contains(w.Body.String(), "oPerson") {
				won.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
}

func TestLoginRefusesAsWeChatDoes(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	e.Block("oRisk")
	tests := []struct {
		name    string
		change  []string
		code    int
		message string
	}{
		{"no app id", []string{"appid", ""}, 41002, "appid missing, rid: "},
		{"no secret", []string{"secret", ""}, 41004, "appsecret missing, rid: "},
		{"another app id", []string{"appid", "wx1"}, 40013, "invalid appid, rid: "},
		{"a wrong secret", []string{"secret", "x"}, 40125, "invalid appsecret, rid: "},
		{"no code", []string{"js_code", ""}, 41008, "missing code, rid: "},
		{"an unknown code", []string{"js_code", "nobody"}, 40029, "invalid code, rid: "},
		{"a demo code outside demo mode", []string{"js_code", "demo-parent"}, 40029, "invalid code, rid: "},
		{"a wrong grant type", []string{"grant_type", "password"}, 40002, "invalid grant_type, rid: "},
		{"a high-risk person", []string{"js_code", e.IssueCode("oRisk")}, 40226, "code blocked, rid: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := login(t, e, test.change...)
			require.Equal(t, test.code, got.ErrCode)
			require.True(t, strings.HasPrefix(got.ErrMsg, test.message), got.ErrMsg)
			require.Empty(t, got.OpenID)
		})
	}
	posted, _ := do(t, e, http.MethodPost, "/sns/jscode2session", "")
	require.Equal(t, 43001, posted.ErrCode)
}

func TestAPersonLogsInAHundredTimesAMinute(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now})
	for range 100 {
		require.Zero(t, login(t, e, "js_code", e.IssueCode("oBusy")).ErrCode)
	}
	kept := e.IssueCode("oBusy")
	require.Equal(t, 45011, login(t, e, "js_code", kept).ErrCode)
	require.Zero(t, login(t, e, "js_code", e.IssueCode("oOther")).ErrCode, "others are not held up")
	now.Add(time.Minute)
	require.Zero(t, login(t, e, "js_code", kept).ErrCode, "the refused call did not spend the code")
}

func TestDemoCodesAreStablePeople(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
	for range 2 {
		got := login(t, e, "js_code", "demo-parent")
		require.Equal(t, emulator.DemoOpenID(appID, "demo-parent"), got.OpenID)
		require.Len(t, got.OpenID, 28)
	}
	require.NotEqual(t, emulator.DemoOpenID(appID, "demo-parent"), emulator.DemoOpenID(appID, "demo-pupil"))
	require.NotEqual(t, emulator.DemoOpenID(appID, "demo-parent"), emulator.DemoOpenID("wx2", "demo-parent"))

	require.Zero(t, login(t, e, "js_code", "demo-"+strings.Repeat("a", 64)).ErrCode)
	for _, bad := range []string{"demo-", "demo-a b", "demo-家长", "demo-a_b", "Demo-parent", "demo-a\n", "demo-" + strings.Repeat("a", 65)} {
		require.Equal(t, 40029, login(t, e, "js_code", bad).ErrCode, "%q", bad)
		require.Empty(t, emulator.DemoOpenID(appID, bad))
	}
}

func stable(t *testing.T, h http.Handler, force bool) body {
	t.Helper()
	payload, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": appID, "secret": secret, "force_refresh": force})
	require.NoError(t, err)
	b, resp := do(t, h, http.MethodPost, "/cgi-bin/stable_token", string(payload))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return b
}

func TestStableTokenStaysUntilItIsAboutToExpire(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now})
	first := stable(t, e, false)
	require.NotEmpty(t, first.Token)
	require.EqualValues(t, 7200, first.ExpiresIn)

	now.Add(time.Hour)
	same := stable(t, e, false)
	require.Equal(t, first.Token, same.Token)
	require.EqualValues(t, 3600, same.ExpiresIn)

	now.Add(55 * time.Minute)
	next := stable(t, e, false)
	require.NotEqual(t, first.Token, next.Token)
	require.EqualValues(t, 7200, next.ExpiresIn)
}

func TestForcedRefreshIsRationed(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now})
	token := stable(t, e, false).Token
	for range 20 {
		refreshed := stable(t, e, true).Token
		require.NotEqual(t, token, refreshed)
		require.Equal(t, refreshed, stable(t, e, true).Token, "ignored within 30 seconds")
		token = refreshed
		now.Add(30 * time.Second)
	}
	require.Equal(t, 45009, stable(t, e, true).ErrCode)
	require.Equal(t, token, stable(t, e, false).Token)
	now.Add(24 * time.Hour)
	require.Zero(t, stable(t, e, true).ErrCode)
}

func TestTokenCallsRefuseAsWeChatDoes(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	tests := []struct {
		name, method, target, payload string
		code                          int
	}{
		{"stable, got", http.MethodGet, "/cgi-bin/stable_token", "", 43002},
		{"stable, no JSON", http.MethodPost, "/cgi-bin/stable_token", "grant_type=client_credential", 47001},
		{"stable, wrong app", http.MethodPost, "/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"wx1","secret":"x"}`, 40013},
		{"stable, no grant type", http.MethodPost, "/cgi-bin/stable_token", `{"appid":"` + appID + `","secret":"` + secret + `"}`, 40002},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _ := do(t, e, test.method, test.target, test.payload)
			require.Equal(t, test.code, got.ErrCode)
			require.Empty(t, got.Token)
		})
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
	e.SetMode(emulator.ModeBusy)
	require.Equal(t, -1, login(t, e, "js_code", "demo-a").ErrCode)
	e.SetMode(emulator.ModeRateLimited)
	require.Equal(t, 45011, login(t, e, "js_code", "demo-a").ErrCode)

	e.SetMode(emulator.ModeDown)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sns/jscode2session", nil))
	require.Equal(t, http.StatusBadGateway, w.Code, "a connection that cannot be cut")
	server := httptest.NewServer(e)
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	if err == nil {
		require.NoError(t, resp.Body.Close())
	}
	require.Error(t, err, "a connection that can be cut")

	const delay = 50 * time.Millisecond
	e.SetMode(emulator.ModeSlow(delay))
	started := time.Now()
	require.Zero(t, login(t, e, "js_code", "demo-a").ErrCode)
	require.GreaterOrEqual(t, time.Since(started), delay)

	e.SetMode(emulator.ModeUp)
	require.Zero(t, login(t, e, "js_code", "demo-a").ErrCode)
}
