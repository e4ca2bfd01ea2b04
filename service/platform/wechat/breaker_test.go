package wechat_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// newBreaking has breakers that stay open so long, on the clock of the caller's synctest.
func newBreaking(t *testing.T, timeout, openFor time.Duration) (*wechat.Client, *emulator.Emulator) {
	t.Helper()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})
	c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: "http://memory", Timeout: timeout, OpenFor: openFor})
	c.Serve(t, e)
	e.Accept(reminder.OpenID, reminder.TemplateID, 1000)
	return c, e
}

func TestAnOpenBreakerSendsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const openFor = time.Second
		c, e := newBreaking(t, 100*time.Millisecond, openFor)
		require.NoError(t, c.Send(t.Context(), reminder))

		e.SetMode(emulator.ModeSlow(time.Minute))
		for range 5 { // closed: each waits for its deadline
			err := c.Send(t.Context(), reminder)
			requireError(t, err, unavailable, "oParent")
			require.False(t, wechat.NotSent(err))
		}
		received := e.Calls(sendPath)
		started := time.Now()
		for range 1000 { // open: nobody waits, nothing is sent
			require.True(t, wechat.NotSent(c.Send(t.Context(), reminder)))
		}
		require.Zero(t, time.Since(started))
		require.Equal(t, received, e.Calls(sendPath))
		requireError(t, c.Send(t.Context(), reminder), unavailable)

		_, err := c.Login(t.Context(), "demo-parent") // another call, with a breaker of its own
		require.ErrorIs(t, err, context.DeadlineExceeded)

		time.Sleep(openFor + 50*time.Millisecond)
		var tried, shut int
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 50 { // half open: one tries for all
			all.Go(func() {
				err := c.Send(t.Context(), reminder)
				mu.Lock()
				defer mu.Unlock()
				if wechat.NotSent(err) {
					shut++
				} else {
					tried++
				}
			})
		}
		all.Wait()
		require.Equal(t, []int{1, 49}, []int{tried, shut})

		e.SetMode(emulator.ModeUp)
		time.Sleep(openFor + 50*time.Millisecond)
		require.NoError(t, c.Send(t.Context(), reminder), "well again, and closed at once")
		for range 20 {
			all.Go(func() {
				if err := c.Send(t.Context(), reminder); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}

func TestRefusalsAndCancelledCallsOpenNoBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, e := newBreaking(t, time.Second, time.Hour)
		for range 30 {
			_, err := c.Login(t.Context(), "nobody-knows-it")
			requireError(t, err, invalid)
		}
		e.SetModeFor(sendPath, emulator.ModeBusy)
		for range 30 {
			requireRefused(t, c.Send(t.Context(), reminder), wechat.FaultBusy, -1)
		}
		e.SetModeFor(sendPath, emulator.ModeSlow(time.Minute))
		for range 30 { // callers that leave say nothing about WeChat
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Millisecond, cancel)
			require.ErrorIs(t, c.Send(ctx, reminder), context.Canceled)
			cancel()
		}
		e.SetMode(emulator.ModeUp)
		require.NoError(t, c.Send(t.Context(), reminder))
		_, err := c.Login(t.Context(), "demo-parent")
		require.NoError(t, err)
	})
}

func TestABreakerOpensForCutConnectionsAndGateways(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"502": answering(t, 502, ""), "cut": raw(t, func(string) string { return "" })} {
		c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: address, OpenFor: time.Hour})
		t.Cleanup(c.Close)
		for range 5 {
			_, err := c.Login(t.Context(), "a-code")
			require.False(t, wechat.NotSent(err), name)
		}
		_, err := c.Login(t.Context(), "a-code")
		requireError(t, err, unavailable)
		require.True(t, wechat.NotSent(err), name)
	}
}

func TestAnAnswerThatNeverEndsOpensABreaker(t *testing.T) {
	t.Parallel()
	address := raw(t, func(string) string { return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{" })
	c := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: address, OpenFor: time.Hour})
	t.Cleanup(c.Close)
	for range 5 {
		_, err := c.Login(t.Context(), "a-code")
		requireError(t, err, unavailable)
	}
	_, err := c.Login(t.Context(), "a-code")
	require.True(t, wechat.NotSent(err))
}

func TestMetricsCountCallsTokensAndBreakers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(wechat.Metrics()...)
		c, e := newBreaking(t, 50*time.Millisecond, time.Hour)
		require.NoError(t, c.Send(t.Context(), reminder))
		e.SetMode(emulator.ModeDown)
		for range 6 {
			require.Error(t, c.Send(t.Context(), reminder))
		}
		families, err := registry.Gather()
		require.NoError(t, err)
		seen := map[string]bool{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				seen[name] = m.GetCounter().GetValue()+m.GetGauge().GetValue() > 0
			}
		}
		for _, want := range []string{
			"xinyu_wechat_calls_total " + sendPath + " answered", "xinyu_wechat_calls_total " + sendPath + " failed", "xinyu_wechat_calls_total " + sendPath + " shut",
			"xinyu_wechat_breakers_open " + sendPath, "xinyu_wechat_breaker_changes_total " + sendPath + " open", "xinyu_wechat_tokens_total fetched",
		} {
			require.True(t, seen[want], want)
		}
	})
}
