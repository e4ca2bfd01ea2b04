package wechat_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// An hour without WeChat, on a clock set by hand: a login a second is answered
// at once and clearly, WeChat is asked once a rest, and the first try after it
// is back opens the door for all.
func TestAnHourWithoutWeChatForLogins(t *testing.T) {
	t.Parallel()
	const rest, hour = 5 * time.Second, 3600
	clock := storetest.NewClock(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	wx := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true, Clock: clock.Now})
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		wx.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: server.URL, Clock: clock.Now})
	t.Cleanup(c.Close)
	login := func() error {
		_, err := c.Login(t.Context(), "demo-parent")
		return err
	}
	require.NoError(t, login())

	wx.SetMode(emulator.ModeDown)
	asked.Store(0)
	began := time.Now()
	for second := range hour {
		before := asked.Load()
		err := login()
		requireError(t, err, unavailable, "demo-parent")
		tried := asked.Load() > before // the transport may repeat a cut call on a new connection
		switch {
		case second < 5:
			require.True(t, tried, "closed at second %d", second)
		default: // it opened at second 4
			require.Equal(t, (second-4)%int(rest/time.Second) == 0, tried, "second %d", second)
			require.Equal(t, tried, !wechat.NotSent(err), "second %d", second)
		}
		clock.Advance(time.Second)
	}
	require.Less(t, time.Since(began), time.Minute, "nothing blocks")
	require.Less(t, asked.Load(), int64(2*(5+hour/5)+1))

	wx.SetMode(emulator.ModeUp)
	for range int(rest / time.Second) { // whatever is left of the rest
		if login() == nil {
			break
		}
		clock.Advance(time.Second)
	}
	for range 50 {
		require.NoError(t, login(), "closed")
	}
}

func TestAClockSetBackDoesNotProlongTheRest(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	wx := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
	c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: serve(t, wx), Clock: clock.Now})
	t.Cleanup(c.Close)
	wx.SetMode(emulator.ModeDown)
	for range 6 {
		_, err := c.Login(t.Context(), "demo-parent")
		requireError(t, err, unavailable)
	}
	wx.SetMode(emulator.ModeUp)
	clock.Advance(-time.Hour)
	_, err := c.Login(t.Context(), "demo-parent")
	require.NoError(t, err)
}
