package wechat_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// reminder is a good message.
var reminder = wechat.Message{
	OpenID: "oParent-of-a-pupil", TemplateID: "T1", Page: "pages/home/index",
	Data: map[string]string{"thing1": "您有一条待办<1>", "time2": "2026年3月2日 09:00"},
}

func TestASubscribeMessageArrives(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.Accept(reminder.OpenID, "T1", 1)
	require.NoError(t, c.Send(t.Context(), reminder))
	require.Len(t, e.Sent(), 1)
	require.Equal(t, reminder.Data, e.Sent()[0].Data)
	require.Equal(t, reminder.Page, e.Sent()[0].Page)
}

// requireRefused checks WeChat's no, and that it tells nothing of the message.
func requireRefused(t *testing.T, err error, want wechat.Fault, code int64) {
	t.Helper()
	var no *wechat.SendError
	require.ErrorAs(t, err, &no)
	require.Equal(t, wechat.SendError{Fault: want, Code: code}, *no)
	require.False(t, wechat.NotSent(err))
	require.NotContains(t, err.Error(), "oParent")
}

func TestEachRefusalOfAMessage(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 0)
	e.SetTemplates(emulator.Template{ID: "T1", Keywords: []string{"thing1"}})
	e.SetPages("pages/home/index")
	requireRefused(t, c.Send(t.Context(), reminder), wechat.FaultRefused, 43101)
	e.Accept(reminder.OpenID, "T1", 9)

	m := reminder
	m.Data = map[string]string{"thing1": strings.Repeat("长", 21)}
	requireRefused(t, c.Send(t.Context(), m), wechat.FaultField, 47003)
	m = reminder
	m.Page = "pages/no/index"
	requireRefused(t, c.Send(t.Context(), m), wechat.FaultPage, 41030)
	m = reminder
	m.OpenID = "nobody"
	requireRefused(t, c.Send(t.Context(), m), wechat.FaultRecipient, 40003)
	m = reminder
	m.TemplateID = "T9"
	requireRefused(t, c.Send(t.Context(), m), wechat.FaultTemplate, 40037)
	e.SetMessageQuota(0)
	requireRefused(t, c.Send(t.Context(), reminder), wechat.FaultQuota, 45009)
	e.SetModeFor("/cgi-bin/message/subscribe/send", emulator.ModeBusy)
	requireRefused(t, c.Send(t.Context(), reminder), wechat.FaultBusy, -1)
	e.SetModeFor("/cgi-bin/message/subscribe/send", emulator.ModeRateLimited)
	requireRefused(t, c.Send(t.Context(), reminder), wechat.FaultBusy, 45011)
	require.Empty(t, e.Sent())

	for code, want := range map[int]wechat.Fault{43004: wechat.FaultNotFollowing, 48001: wechat.FaultBanned, 43107: wechat.FaultBanned, 99999: wechat.FaultOther} {
		e.SetModeFor("/cgi-bin/message/subscribe/send", emulator.ModeError(code, "whatever oParent"))
		requireRefused(t, c.Send(t.Context(), reminder), want, int64(code))
	}
}

func TestWhetherAMessageMayHaveArrived(t *testing.T) {
	t.Parallel()
	c, e := newEmulated(t, 200*time.Millisecond)
	e.Accept(reminder.OpenID, "T1", 9)
	require.NoError(t, c.Send(t.Context(), reminder))

	e.SetModeFor("/cgi-bin/message/subscribe/send", emulator.ModeSlow(time.Minute))
	err := c.Send(t.Context(), reminder)
	requireError(t, err, unavailable, "oParent")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, wechat.NotSent(err), "it left, and no answer came")

	e.SetModeFor("/cgi-bin/message/subscribe/send", emulator.ModeDown)
	err = c.Send(t.Context(), reminder)
	requireError(t, err, unavailable, "oParent")
	require.False(t, wechat.NotSent(err), "the connection was cut after it left")

	e.SetModeFor("/cgi-bin/message/subscribe/send", emulator.ModeUp)
	e.RevokeToken()
	e.SetModeFor("/cgi-bin/stable_token", emulator.ModeBusy)
	err = c.Send(t.Context(), reminder)
	requireError(t, err, unavailable, "oParent")
	require.True(t, wechat.NotSent(err), "there is no token that WeChat takes")

	closed := httptest.NewServer(e)
	closed.Close()
	err = newClient(t, closed.URL, 0).Send(t.Context(), reminder)
	requireError(t, err, unavailable, "oParent")
	require.True(t, wechat.NotSent(err), "nobody listens")

	require.False(t, wechat.NotSent(nil))
	require.False(t, wechat.NotSent(errors.New("another")))
	require.Len(t, e.Sent(), 1)
}
