package wechat_test

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

const (
	codePath  = "/wxa/getwxacodeunlimit"
	linkPath  = "/wxa/generate_urllink"
	phonePath = "/wxa/business/getuserphonenumber"
	textPath  = "/wxa/msg_sec_check"
	mediaPath = "/wxa/media_check_async"
)

func invalidField(field, code string) *model.Error { return model.Invalid(field, code, "") }

var (
	busyMinute  = &model.Error{Kind: model.KindUnavailable, Code: "wechat_unavailable", RetryAfter: time.Minute}
	unpublished = &model.Error{Kind: model.KindConflict, Code: "page_unpublished"}
	away        = &model.Error{Kind: model.KindConflict, Code: "wechat_person_away"}
)

func TestACodeIsDrawn(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.SetPages("pages/lectures/checkin")
	picture, err := c.WXACode(t.Context(), "ABC=1&x~!#$'()*+,/:;?@-._", "pages/lectures/checkin")
	require.NoError(t, err)
	_, err = jpeg.Decode(bytes.NewReader(picture))
	require.NoError(t, err)

	for _, scene := range []string{"", strings.Repeat("x", 33), "a%20b", "a b", "中文", "a\n"} {
		_, err = c.WXACode(t.Context(), scene, "pages/lectures/checkin")
		requireError(t, err, invalidField("scene", "scene_invalid"))
	}
	for _, page := range []string{"", "/pages/lectures/checkin", "pages/lectures/checkin?x=1", "pages//x"} {
		_, err = c.WXACode(t.Context(), "s", page)
		requireError(t, err, invalidField("page", "page_invalid"))
	}
	_, err = c.WXACode(t.Context(), "s", "pages/not/there")
	requireError(t, err, unpublished)
	e.SetLimit(codePath, 1)
	_, err = c.WXACode(t.Context(), "s", "pages/lectures/checkin")
	requireError(t, err, busyMinute)
}

func TestACodeThatIsNoPicture(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", `{"errcode":0}`} {
		c := newClient(t, tokenAnd(t, codePath, body), 0)
		_, err := c.WXACode(t.Context(), "s", "pages/x")
		requireError(t, err, unavailable)
	}
}

// tokenAnd is the address of a server that gives tokens and answers one path with a body.
func tokenAnd(t *testing.T, path, body string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", emulator.New(emulator.Options{AppID: appID, Secret: secret}))
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
	return serve(t, mux)
}

func TestALinkIsMade(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.SetPages("pages/share/open")
	until := time.Now().Add(29 * 24 * time.Hour).Truncate(time.Second)
	link, err := c.URLLink(t.Context(), "pages/share/open", "token=a%20b&c=1", until)
	require.NoError(t, err)
	require.Equal(t, []emulator.Link{{URL: link, Page: "pages/share/open", Query: "token=a%20b&c=1", Expires: until}}, e.Links())

	_, err = c.URLLink(t.Context(), "pages/share/open", "", time.Now().Add(31*24*time.Hour))
	requireError(t, err, invalidField("expires", "expires_invalid"))
	_, err = c.URLLink(t.Context(), "pages/share/open", "", time.Now().Add(-time.Hour))
	requireError(t, err, invalidField("expires", "expires_invalid"))
	_, err = c.URLLink(t.Context(), "pages/not/there", "", until)
	requireError(t, err, unpublished)
	_, err = c.URLLink(t.Context(), "/pages/share/open", "", until)
	requireError(t, err, invalidField("page", "page_invalid"))
	for _, query := range []string{"名=1", strings.Repeat("x", 1025)} {
		_, err = c.URLLink(t.Context(), "pages/share/open", query, until)
		requireError(t, err, invalidField("query", "query_invalid"))
	}
	e.SetLimit(linkPath, 1)
	_, err = c.URLLink(t.Context(), "pages/share/open", "", until)
	requireError(t, err, busyMinute)
}

func TestAPhoneNumberComesOnceForItsCode(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	code := e.IssuePhoneCode("13800001234")
	number, err := c.PhoneNumber(t.Context(), code)
	require.NoError(t, err)
	require.Equal(t, "13800001234", number)
	_, err = c.PhoneNumber(t.Context(), code)
	requireError(t, err, invalidField("code", "phone_code_invalid"), code)
	number, err = c.PhoneNumber(t.Context(), e.IssuePhoneCode("+852 61234567"))
	require.NoError(t, err)
	require.Equal(t, "+85261234567", number)
	for _, bad := range []string{"", strings.Repeat("x", 257), e.IssueCode("oPerson")} {
		_, err = c.PhoneNumber(t.Context(), bad)
		requireError(t, err, invalidField("code", "phone_code_invalid"))
	}
	_, err = newClient(t, tokenAnd(t, phonePath, `{"errcode":0,"phone_info":{}}`), 0).PhoneNumber(t.Context(), "x")
	requireError(t, err, unavailable)

	number, err = newClient(t, tokenAnd(t, phonePath, `{"errcode":0,"phone_info":{"phoneNumber":"+8613800001234","purePhoneNumber":"13800001234","countryCode":86}}`), 0).PhoneNumber(t.Context(), "x")
	require.NoError(t, err)
	require.Equal(t, "13800001234", number, "a country code as in WeChat's example")
}

func TestATextIsJudged(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	judge := func(text string) (wechat.Verdict, error) {
		return c.CheckText(t.Context(), "oPerson", wechat.SceneForum, text)
	}
	for text, want := range map[string]wechat.Verdict{
		"孩子最近睡得<好>": wechat.VerdictPass, emulator.ReviewWord: wechat.VerdictReview, "有" + emulator.RiskyWord: wechat.VerdictRisky,
		strings.Repeat("长", 2500): wechat.VerdictPass,
	} {
		e.Visit("oPerson")
		got, err := judge(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", strings.Repeat("长", 2501), "\xff"} {
		got, err := judge(text)
		requireError(t, err, invalidField("text", "text_invalid"))
		require.NotEqual(t, wechat.VerdictPass, got)
	}
	_, err := c.CheckText(t.Context(), "oPerson", 5, "x")
	requireError(t, err, invalidField("scene", "scene_invalid"))
	e.SetModeFor(textPath, emulator.ModeError(61010, "code is expired"))
	_, err = judge("x")
	requireError(t, err, away, "oPerson")
	e.SetModeFor(textPath, emulator.ModeError(87014, "risky content"))
	got, err := judge("x")
	require.NoError(t, err)
	require.Equal(t, wechat.VerdictRisky, got)
	for _, suggest := range []string{`"another"`, `""`, `null`} {
		odd := newClient(t, tokenAnd(t, textPath, `{"errcode":0,"result":{"suggest":`+suggest+`}}`), 0)
		got, err = odd.CheckText(t.Context(), "oPerson", wechat.SceneForum, "x")
		require.NoError(t, err)
		require.Equal(t, wechat.VerdictReview, got, "what is not clearly a pass is looked at")
	}
}

func TestOnlyTheRecentlyActiveAreJudged(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: func() time.Time { return now }})
	c := newClient(t, serve(t, e), 0)
	_, err := c.CheckText(t.Context(), "oPerson", wechat.SceneForum, "x")
	requireError(t, err, away, "oPerson")
	_, err = c.Login(t.Context(), e.IssueCode("oPerson"))
	require.NoError(t, err)
	_, err = c.CheckText(t.Context(), "oPerson", wechat.SceneForum, "x")
	require.NoError(t, err)
	now = now.Add(2*time.Hour + time.Second) // the token has expired too: 42001, and one more is fetched
	_, err = c.CheckMedia(t.Context(), "oPerson", wechat.SceneForum, "https://example.cn/a.png")
	requireError(t, err, away, "oPerson")
}

func TestAPictureIsHandedIn(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.Visit("oPerson")
	trace, err := c.CheckMedia(t.Context(), "oPerson", wechat.SceneForum, "https://example.cn/a.png?s=1")
	require.NoError(t, err)
	require.Len(t, e.Media(), 1)
	require.Equal(t, trace, e.Media()[0].TraceID)
	require.Equal(t, "https://example.cn/a.png?s=1", e.Media()[0].URL)
	for _, address := range []string{"", "http://example.cn/a.png", "https:///a.png", "https://u:p@example.cn/a", "::"} {
		_, err = c.CheckMedia(t.Context(), "oPerson", wechat.SceneForum, address)
		requireError(t, err, invalidField("mediaUrl", "media_url_invalid"))
	}
	_, err = newClient(t, tokenAnd(t, mediaPath, `{"errcode":0}`), 0).CheckMedia(t.Context(), "oPerson", 1, "https://example.cn/a.png")
	requireError(t, err, unavailable)
}

// everyCall makes each call that needs a token once.
func everyCall(t *testing.T, c *wechat.Client) map[string]func() error {
	t.Helper()
	return map[string]func() error{
		codePath: func() error { _, err := c.WXACode(t.Context(), "s", "pages/x"); return err },
		linkPath: func() error {
			_, err := c.URLLink(t.Context(), "pages/x", "", time.Now().Add(time.Hour))
			return err
		},
		phonePath: func() error { _, err := c.PhoneNumber(t.Context(), "demo-phone-13800001234"); return err },
		textPath:  func() error { _, err := c.CheckText(t.Context(), "oPerson", 3, "心里话"); return err },
		mediaPath: func() error {
			_, err := c.CheckMedia(t.Context(), "oPerson", 3, "https://example.cn/a.png")
			return err
		},
	}
}

func TestTheErrorsOfAllCalls(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	for path, call := range everyCall(t, c) {
		require.NoError(t, call(), path)
		for code, want := range map[int]*model.Error{
			-1: unavailable, 45009: busyMinute, 45011: busyMinute, 45029: busyMinute, 48001: ours, 40164: ours, 40013: ours,
			40001: unavailable, 42001: unavailable, 40014: unavailable, 99999: unavailable,
		} {
			e.SetModeFor(path, emulator.ModeError(code, secret+" oPerson 心里话"))
			requireError(t, call(), want, "oPerson", "心里话", "13800001234")
		}
		e.SetModeFor(path, emulator.ModeUp)
		require.NoError(t, call(), path)
		e.RevokeToken()
		require.NoError(t, call(), "%s recovers from a revoked token", path)
	}
}
