package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "5ec4e70123456789abcdef0123456789"
)

func newClient(t *testing.T, baseURL string, timeout time.Duration) *wechat.Client {
	t.Helper()
	c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: baseURL, Timeout: timeout})
	t.Cleanup(c.Close)
	return c
}

func newEmulated(t *testing.T, timeout time.Duration) (*wechat.Client, *emulator.Emulator) {
	t.Helper()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return newClient(t, server.URL, timeout), e
}

// requireError checks what the caller gets and that nothing secret is in it.
func requireError(t *testing.T, err error, want *model.Error, secrets ...string) {
	t.Helper()
	var got *model.Error
	require.ErrorAs(t, err, &got)
	require.Equal(t,
		[]any{want.Kind, want.Code, want.Field, want.RetryAfter},
		[]any{got.Kind, got.Code, got.Field, got.RetryAfter}, "%v", err)
	require.NotEmpty(t, got.Message)
	for link := err; link != nil; link = errors.Unwrap(link) {
		for _, text := range []string{link.Error(), fmt.Sprintf("%+v", link), fmt.Sprintf("%#v", link)} {
			for _, word := range secrets {
				require.NotContains(t, text, word)
			}
			require.NotRegexp(t, hidden, text)
		}
	}
}

var (
	invalid     = &model.Error{Kind: model.KindInvalid, Code: "login_code_invalid", Field: "code"}
	used        = &model.Error{Kind: model.KindInvalid, Code: "login_code_used", Field: "code"}
	tooOften    = &model.Error{Kind: model.KindTooMany, Code: "login_too_often", RetryAfter: time.Minute}
	refused     = &model.Error{Kind: model.KindForbidden, Code: "login_refused"}
	unavailable = &model.Error{Kind: model.KindUnavailable, Code: "wechat_unavailable", RetryAfter: 5 * time.Second}
	ours        = &model.Error{Kind: model.KindInternal, Code: "wechat_misconfigured"}
)

func TestLoginTellsWhoItIs(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	got, err := c.Login(t.Context(), e.IssueCode("oPerson"))
	require.NoError(t, err)
	require.Equal(t, wechat.Session{OpenID: "oPerson"}, got)

	got, err = c.Login(t.Context(), "demo-parent")
	require.NoError(t, err)
	require.Equal(t, emulator.DemoOpenID(appID, "demo-parent"), got.OpenID)
}

func TestLoginGivesTheUnionID(t *testing.T) {
	t.Parallel()
	c := newClient(t, answering(t, http.StatusOK, `{"session_key":"k","openid":"o1","unionid":"u1","errcode":0,"errmsg":""}`), 0)
	got, err := c.Login(t.Context(), "a-code")
	require.NoError(t, err)
	require.Equal(t, wechat.Session{OpenID: "o1", UnionID: "u1"}, got)
}

func TestLoginErrorsOfWeChats(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.Block("oRisk")
	spent := e.IssueCode("oPerson")
	_, err := c.Login(t.Context(), spent)
	require.NoError(t, err)

	_, err = c.Login(t.Context(), spent)
	requireError(t, err, used, spent)
	_, err = c.Login(t.Context(), "nobody-knows-it")
	requireError(t, err, invalid, "nobody-knows-it")
	_, err = c.Login(t.Context(), "")
	requireError(t, err, invalid)
	_, err = c.Login(t.Context(), strings.Repeat("x", 257))
	requireError(t, err, invalid, "xxx")
	_, err = c.Login(t.Context(), e.IssueCode("oRisk"))
	requireError(t, err, refused)
	e.SetMode(emulator.ModeRateLimited)
	_, err = c.Login(t.Context(), e.IssueCode("oPerson"))
	requireError(t, err, tooOften)
	e.SetMode(emulator.ModeBusy)
	_, err = c.Login(t.Context(), e.IssueCode("oPerson"))
	requireError(t, err, unavailable)
}

func TestLoginWithWrongCredentialsIsOurFault(t *testing.T) {
	t.Parallel()
	for _, options := range []emulator.Options{{AppID: "wx-another", Secret: secret}, {AppID: appID, Secret: "another"}} {
		server := httptest.NewServer(emulator.New(options))
		t.Cleanup(server.Close)
		_, err := newClient(t, server.URL, 0).Login(t.Context(), "a-code")
		requireError(t, err, ours, "a-code")
	}
}

func TestACodeCannotChangeTheCall(t *testing.T) {
	t.Parallel()
	const code = "a&appid=wx-evil&js_code=demo-county#?%00 /../家"
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(r.URL.Query()["js_code"], r.URL.Query()["appid"]...)
		_, _ = w.Write([]byte(`{"errcode":40029,"errmsg":"invalid code"}`))
	}))
	t.Cleanup(server.Close)
	_, err := newClient(t, server.URL, 0).Login(t.Context(), code)
	requireError(t, err, invalid, "wx-evil", "demo-county")
	require.Equal(t, []string{code, appID}, seen)
}

// answering is the address of a server that answers every call with this.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status/100 == 3 {
			w.Header().Set("Location", "/elsewhere?"+r.URL.RawQuery)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// raw is the address of a server that answers a connection with these bytes and closes it.
func raw(t *testing.T, reply func(request string) string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			buffer := make([]byte, 4096)
			n, _ := conn.Read(buffer)
			_, _ = conn.Write([]byte(reply(string(buffer[:n]))))
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestLoginWhenWeChatIsNotWell(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	// net/http quotes such a line, here the URL that we called, in its error.
	echo := func(request string) string { return strings.Fields(request)[1] + "\r\n\r\n" }
	tests := map[string]string{
		"nobody listens":       closed.URL,
		"502":                  answering(t, http.StatusBadGateway, "<html>"+secret+"</html>"),
		"500 with an errcode":  answering(t, http.StatusInternalServerError, `{"errcode":40029}`),
		"404":                  answering(t, http.StatusNotFound, ""),
		"a redirect":           answering(t, http.StatusFound, ""),
		"HTML":                 answering(t, http.StatusOK, "<html>the-session-key</html>"),
		"an empty answer":      answering(t, http.StatusOK, ""),
		"a cut answer":         answering(t, http.StatusOK, `{"session_key":"the-session-key","openid":"o`),
		"another type":         answering(t, http.StatusOK, `{"session_key":"the-session-key","openid":7}`),
		"no openid":            answering(t, http.StatusOK, `{"session_key":"the-session-key"}`),
		"an unknown errcode":   answering(t, http.StatusOK, `{"errcode":99999,"errmsg":"`+secret+` the-code"}`),
		"an endless answer":    answering(t, http.StatusOK, strings.Repeat(" ", 3<<20)+`{"openid":"o1"}`),
		"no HTTP, an echo":     raw(t, echo),
		"a name that is wrong": "http://wechat.invalid",
	}
	for name, address := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, address, 0).Login(t.Context(), "the-code")
			requireError(t, err, unavailable, "the-code", "the-session-key")
		})
	}
}

func TestLoginWhenConnectionsAreCut(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	_, err := c.Login(t.Context(), "demo-parent") // leaves an idle connection, which is cut next
	require.NoError(t, err)
	e.SetMode(emulator.ModeDown)
	_, err = c.Login(t.Context(), "demo-parent")
	requireError(t, err, unavailable, "demo-parent")
	e.SetMode(emulator.ModeUp)
	_, err = c.Login(t.Context(), "demo-parent")
	require.NoError(t, err)
}

func TestLoginDoesNotWaitLongerThanTheTimeout(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 100*time.Millisecond)
	e.SetMode(emulator.ModeSlow(time.Minute))
	started := time.Now()
	_, err := c.Login(t.Context(), "demo-parent")
	requireError(t, err, unavailable, "demo-parent")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(started), 5*time.Second)

	// An answer that begins in time and never ends.
	block := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"openid":`))
		_ = http.NewResponseController(w).Flush()
		<-block
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(block) })
	_, err = newClient(t, server.URL, 100*time.Millisecond).Login(t.Context(), "the-code")
	requireError(t, err, unavailable, "the-code")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestLoginStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, time.Minute)
	e.SetMode(emulator.ModeSlow(time.Minute))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := c.Login(ctx, "demo-parent")
	requireError(t, err, unavailable)
	require.ErrorIs(t, err, context.Canceled)
}

func TestManyClientsInOneProcess(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for i := range 8 {
		e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
		// Under a path, as behind a gateway.
		server := httptest.NewServer(http.StripPrefix("/wechat", e))
		t.Cleanup(server.Close)
		c := newClient(t, server.URL+"/wechat", 0)
		openID := fmt.Sprintf("oPerson%d", i)
		for range 25 {
			code := e.IssueCode(openID)
			all.Go(func() {
				got, err := c.Login(t.Context(), code)
				if err != nil || got.OpenID != openID {
					t.Errorf("got %v, %v, want %s", got, err, openID)
				}
			})
		}
	}
	all.Wait()
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := wechat.Config{AppID: appID, Secret: secret}
	require.NoError(t, good.Validate())
	for _, text := range []string{fmt.Sprint(good), fmt.Sprintf("%+v", good), fmt.Sprintf("%#v", good), good.LogValue().String(), fmt.Sprintf("%+v", wechat.New(good))} {
		require.NotContains(t, text, secret)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "wechat", good, "client", wechat.New(good))
	require.NotContains(t, log.String(), secret)

	bad := map[string]wechat.Config{
		"app id":     {Secret: secret},
		"app secret": {AppID: appID},
	}
	for _, base := range []string{"api.weixin.qq.com", "ftp://host", "http://", "http://user:pass@host", "http://host?x=1", "http://host:x", "::"} {
		bad["base URL "+base] = wechat.Config{AppID: appID, Secret: secret, BaseURL: base}
	}
	for name, cfg := range bad {
		require.Error(t, cfg.Validate(), name)
		require.Panics(t, func() { wechat.New(cfg) }, name)
	}
}
