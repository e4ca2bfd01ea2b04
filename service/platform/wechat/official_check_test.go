package wechat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

func TestAnOfficialAccountIsChecked(t *testing.T) {
	t.Parallel()
	all, e := newOfficial(t, 1)
	o := all[0]
	require.NoError(t, o.CheckCredentials(t.Context()))
	require.NoError(t, o.CheckJS(t.Context()))
	list, err := o.Templates(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	e.SetTemplates(emulator.Template{ID: "T1", Title: "预约提醒", Keywords: []string{"time2", "thing1", "first"}})
	list, err = o.Templates(t.Context())
	require.NoError(t, err)
	require.Equal(t, []wechat.AccountTemplate{{ID: "T1", Title: "预约提醒", Keywords: []string{"first", "thing1", "time2"}}}, list)

	for _, code := range []int{40013, 40125, 40164, 48001} {
		e.SetMode(emulator.ModeError(code, secret))
		_, err := o.Templates(t.Context())
		for _, err := range []error{o.CheckCredentials(t.Context()), o.CheckJS(t.Context()), err} {
			requireError(t, err, ours)
			require.EqualValues(t, code, wechat.ErrCode(err))
		}
	}
	e.SetMode(emulator.ModeDown)
	requireError(t, o.CheckJS(t.Context()), unavailable)
}

// As WeChat's documents print an answer.
func TestTheKeywordsOfAnOlderTemplateAreRead(t *testing.T) {
	t.Parallel()
	address := tokenAnd(t, "/cgi-bin/template/get_all_private_template",
		`{"template_list":[{"template_id":"T","title":"领取奖金提醒","content":"{ {result.DATA} }\n\n领奖金额:{{keyword1.DATA}}\n{{remark.DATA}}"}]}`)
	o := wechat.NewOfficial(wechat.OfficialConfig{Config: wechat.Config{AppID: appID, Secret: secret, BaseURL: address}})
	t.Cleanup(o.Close)
	list, err := o.Templates(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"keyword1", "remark", "result"}, list[0].Keywords)
}
