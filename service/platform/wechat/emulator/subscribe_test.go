package emulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat/emulator"
)

const sendPath = "/cgi-bin/message/subscribe/send?access_token="

// message is a good one, with changes to its parts.
func message(t *testing.T, change func(m map[string]any)) string {
	t.Helper()
	m := map[string]any{"touser": "oParent", "template_id": "T1", "page": "pages/home/index?x=1", "data": map[string]any{
		"thing1": map[string]any{"value": "您有一条待办"}, "time2": map[string]any{"value": "2026年3月2日 09:00"},
	}}
	if change != nil {
		change(m)
	}
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return string(text)
}

func TestOnePermissionIsOneMessage(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now})
	token := stable(t, e, false).Token
	send := func() int {
		got, _ := do(t, e, http.MethodPost, sendPath+token, message(t, nil))
		return got.ErrCode
	}
	require.Equal(t, 43101, send(), "nobody has allowed it")
	e.Accept("oParent", "T1", 2)
	e.Accept("oParent", "T2", 5)
	e.Accept("oOther", "T1", 5)
	require.Equal(t, 0, send())
	require.Equal(t, 0, send())
	require.Equal(t, 43101, send(), "all permissions are used up")
	e.Accept("oParent", "T1", 2)
	e.Refuse("oParent")
	require.Equal(t, 43101, send(), "taken back")
	require.Zero(t, e.Permissions("oParent", "T2"))
	require.Equal(t, 5, e.Permissions("oOther", "T1"))

	require.Len(t, e.Sent(), 2)
	require.Empty(t, e.SentTo("oOther"))
	require.Equal(t, emulator.Message{
		At: now.Now(), Channel: emulator.ChannelSubscribe, OpenID: "oParent", TemplateID: "T1", Page: "pages/home/index?x=1",
		Data: map[string]string{"thing1": "您有一条待办", "time2": "2026年3月2日 09:00"},
	}, e.SentTo("oParent")[0])
}

func TestAMessageIsRefusedAsWeChatDoes(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	e.SetTemplates(emulator.Template{ID: "T1", Keywords: []string{"thing1", "time2"}})
	e.SetPages("pages/home/index")
	e.Accept("oParent", "T1", 9)
	token := stable(t, e, false).Token
	set := func(name string, value any) func(map[string]any) { return func(m map[string]any) { m[name] = value } }
	tests := map[string]struct {
		change func(map[string]any)
		code   int
	}{
		"good":                 {nil, 0},
		"no page":              {set("page", ""), 0},
		"nobody":               {set("touser", ""), 40003},
		"no openid":            {set("touser", "13800000000"), 40003},
		"an unknown template":  {set("template_id", "T9"), 40037},
		"no template":          {set("template_id", ""), 40037},
		"an unpublished page":  {set("page", "pages/work/index"), 41030},
		"a page from the root": {set("page", "/pages/home/index"), 41030},
		"no data":              {set("data", map[string]any{}), 47003},
		"a keyword is missing": {func(m map[string]any) { delete(m["data"].(map[string]any), "time2") }, 47003},
		"a value is empty":     {func(m map[string]any) { m["data"].(map[string]any)["thing1"] = map[string]any{"value": ""} }, 47003},
		"a value is missing":   {func(m map[string]any) { m["data"].(map[string]any)["thing1"] = map[string]any{} }, 47003},
		"a thing is too long": {func(m map[string]any) {
			m["data"].(map[string]any)["thing1"] = map[string]any{"value": strings.Repeat("长", 21)}
		}, 47003},
		"someone without permission": {set("touser", "oOther"), 43101},
	}
	for name, test := range tests {
		got, _ := do(t, e, http.MethodPost, sendPath+token, message(t, test.change))
		require.Equal(t, test.code, got.ErrCode, name)
	}
	require.Equal(t, 7, e.Permissions("oParent", "T1"), "what was refused spent nothing")
	require.Len(t, e.Sent(), 2)

	e.SetMessageQuota(2)
	got, _ := do(t, e, http.MethodPost, sendPath+token, message(t, nil))
	require.Equal(t, 45009, got.ErrCode)
	got, _ = do(t, e, http.MethodPost, sendPath+token, "no JSON")
	require.Equal(t, 47001, got.ErrCode)
	got, _ = do(t, e, http.MethodGet, sendPath+token, "")
	require.Equal(t, 43002, got.ErrCode)
}

func TestValuesAreLimitedByTheirType(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	e.Accept("oParent", "T1", 1000)
	token := stable(t, e, false).Token
	for field, values := range map[string]struct{ good, bad []string }{
		"thing1":            {[]string{strings.Repeat("长", 20), "A b，1!"}, []string{strings.Repeat("长", 21), " ", "两\n行"}},
		"number1":           {[]string{"12.5", strings.Repeat("9", 32)}, []string{"十", strings.Repeat("9", 33)}},
		"letter1":           {[]string{"Abc"}, []string{"a1", strings.Repeat("a", 33)}},
		"symbol1":           {[]string{"!?"}, []string{"a", "!!!!!!"}},
		"character_string1": {[]string{"A-1 2026-03-02 09:00"}, []string{"中文", strings.Repeat("a", 33)}},
		"time1":             {[]string{"15:01", "2019年10月1日 15:01", "2019年10月1日 15:01~16:00", "2026-03-02 09:00"}, []string{"下午3点", "25:00", "2019年10月1日"}},
		"date1":             {[]string{"2019年10月1日", "2019年10月1日 15:01"}, []string{"明天", "15:01"}},
		"amount1":           {[]string{"¥12.50", "12元"}, []string{"十二", "12345678901"}},
		"phone_number1":     {[]string{"+86-0766-66888866"}, []string{"0513-84512345678901", "电话"}},
		"car_number1":       {[]string{"粤A8Z888挂"}, []string{"粤A8Z88888"}},
		"name1":             {[]string{"王老师", "Li Lei"}, []string{strings.Repeat("王", 11), "王1"}},
		"phrase1":           {[]string{"待办理"}, []string{"待办理的事情", "ok"}},
		"unknown1":          {nil, []string{"x"}},
		"thing":             {nil, []string{"x"}},
	} {
		send := func(value string) int {
			got, _ := do(t, e, http.MethodPost, sendPath+token, message(t, func(m map[string]any) {
				m["data"] = map[string]any{field: map[string]any{"value": value}}
			}))
			return got.ErrCode
		}
		for _, value := range values.good {
			require.Zero(t, send(value), "%s %q", field, value)
		}
		for _, value := range values.bad {
			require.Equal(t, 47003, send(value), "%s %q", field, value)
		}
	}
}

func TestATokenIsGoodForItsTime(t *testing.T) {
	t.Parallel()
	now := newClock()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, Clock: now.Now})
	e.Accept("oParent", "T1", 100)
	send := func(token string) int {
		got, _ := do(t, e, http.MethodPost, sendPath+token, message(t, nil))
		return got.ErrCode
	}
	require.Equal(t, 41001, send(""))
	require.Equal(t, 40001, send("made-up"))
	first := stable(t, e, false).Token
	require.Zero(t, send(first))
	now.Add(116 * time.Minute)
	second := stable(t, e, false).Token
	require.NotEqual(t, first, second)
	require.Zero(t, send(first), "both are good for the last minutes")
	now.Add(4 * time.Minute)
	require.Equal(t, 42001, send(first))
	require.Zero(t, send(second))

	forced := stable(t, e, true).Token
	require.Equal(t, 40001, send(second), "a forced refresh ends the last")
	require.Zero(t, send(forced))
	e.RevokeToken()
	require.Equal(t, 40001, send(forced))
	require.Zero(t, send(stable(t, e, false).Token))
}
