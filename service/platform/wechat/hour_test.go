package wechat_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// An hour without WeChat: a login a second fails at once and clearly, WeChat is
// called once each time that the breaker has been open long enough, and the
// first try after it is back closes the breaker for all.
func TestAnHourWithoutWeChatForLogins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const openFor, hour = 5 * time.Second, 3600
		// The library wants a moment more than openFor, and time stands still here between the seconds.
		const second = time.Second + time.Nanosecond
		wx := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
		var called atomic.Int64
		c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: "http://memory"})
		c.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			called.Add(1)
			wx.ServeHTTP(w, r)
		}))
		login := func() error {
			began := time.Now()
			defer func() { require.Zero(t, time.Since(began), "nothing blocks") }()
			_, err := c.Login(t.Context(), "demo-parent")
			return err
		}
		require.NoError(t, login())

		wx.SetMode(emulator.ModeDown)
		called.Store(0)
		for i := range hour {
			before := called.Load()
			err := login()
			requireError(t, err, unavailable, "demo-parent")
			tried := called.Load() > before // the transport may repeat a cut call on a new connection
			switch {
			case i < 5:
				require.True(t, tried, "closed at second %d", i)
			default: // it opened at second 4
				require.Equal(t, (i-4)%int(openFor/time.Second) == 0, tried, "second %d", i)
				require.Equal(t, tried, !wechat.NotSent(err), "second %d", i)
			}
			time.Sleep(second)
		}
		require.Less(t, called.Load(), int64(2*(5+hour/5)+1))

		wx.SetMode(emulator.ModeUp)
		for range int(openFor / time.Second) { // until the breaker lets one try
			if login() == nil {
				break
			}
			time.Sleep(second)
		}
		for range 50 {
			require.NoError(t, login(), "closed")
		}
	})
}

// Five calls in a row that reach their deadline open the breaker, though the last begins 20 seconds after the first.
func TestSlowFailuresOpenABreakerToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wx := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
		c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: "http://memory"})
		c.Serve(t, wx)
		wx.SetMode(emulator.ModeSlow(time.Minute))
		for range 5 {
			_, err := c.Login(t.Context(), "demo-parent")
			require.False(t, wechat.NotSent(err))
		}
		_, err := c.Login(t.Context(), "demo-parent")
		require.True(t, wechat.NotSent(err))
	})
}
