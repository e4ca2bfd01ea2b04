package wechat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

func TestTheAccountsTemplatesAreListed(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.SetTemplates(emulator.Template{ID: "T1", Title: "预约提醒", Keywords: []string{"time2", "thing1", "character_string3"}})
	list, err := c.Templates(t.Context())
	require.NoError(t, err)
	require.Equal(t, []wechat.AccountTemplate{{ID: "T1", Title: "预约提醒", Keywords: []string{"character_string3", "thing1", "time2"}}}, list)
	e.SetMode(emulator.ModeError(48001, secret))
	_, err = c.Templates(t.Context())
	requireError(t, err, ours)
	require.EqualValues(t, 48001, wechat.ErrCode(err))
}

func TestCredentialsAreChecked(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	require.NoError(t, c.CheckCredentials(t.Context()))
	for _, code := range []int{40013, 40125, 40164} {
		e.SetMode(emulator.ModeError(code, secret))
		err := c.CheckCredentials(t.Context())
		requireError(t, err, ours)
		require.EqualValues(t, code, wechat.ErrCode(err))
	}
	e.SetMode(emulator.ModeDown)
	err := c.CheckCredentials(t.Context())
	requireError(t, err, unavailable)
	require.Zero(t, wechat.ErrCode(err))
}
