package wechat_test

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

const (
	tokenPath = "/cgi-bin/stable_token"
	sendPath  = "/cgi-bin/message/subscribe/send"
)

// county is replicas of the server before one emulated WeChat.
type county struct {
	replicas []*wechat.Client
	weixin   *emulator.Emulator
	address  string // of weixin
}

func newCounty(t *testing.T, replicas int) *county {
	t.Helper()
	e := emulator.New(emulator.Options{AppID: appID, Secret: secret})
	weixin := httptest.NewServer(e)
	t.Cleanup(weixin.Close)
	c := &county{weixin: e, address: weixin.URL}
	for range replicas {
		c.join(t)
	}
	e.Accept(reminder.OpenID, reminder.TemplateID, 1_000_000)
	return c
}

// join starts one more replica.
func (c *county) join(t *testing.T) {
	t.Helper()
	client := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: c.address, Timeout: 20 * time.Second})
	t.Cleanup(client.Close)
	c.replicas = append(c.replicas, client)
}

// tokens counts the calls for a token.
func (c *county) tokens() int { return c.weixin.Calls(tokenPath) }

// sendEach lets every replica send so many messages, all at once. All must arrive.
func (c *county) sendEach(t *testing.T, messages int) {
	t.Helper()
	before := len(c.weixin.Sent())
	var all sync.WaitGroup
	for _, replica := range c.replicas {
		for range messages {
			all.Go(func() {
				if err := replica.Send(t.Context(), reminder); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	require.Len(t, c.weixin.Sent(), before+len(c.replicas)*messages)
}

// WeChat gives the same stable token to all who ask in normal mode
// (getStableAccessToken), so replicas that start at once may each ask: once.
func TestFiveReplicasFetchATokenOnceEachAtMost(t *testing.T) {
	t.Parallel()
	c := newCounty(t, 5)
	c.sendEach(t, 20)
	first := c.tokens()
	require.GreaterOrEqual(t, first, 1)
	require.LessOrEqual(t, first, len(c.replicas))
	c.sendEach(t, 20)
	require.Equal(t, first, c.tokens())
	c.join(t)
	c.sendEach(t, 20)
	require.Equal(t, first+1, c.tokens(), "a replica that joins asks once")
}

func TestARevokedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	c := newCounty(t, 5)
	c.sendEach(t, 4)
	for range 5 {
		before := c.tokens()
		c.weixin.RevokeToken()
		c.sendEach(t, 20)
		require.GreaterOrEqual(t, c.tokens(), before+1)
		require.LessOrEqual(t, c.tokens(), before+len(c.replicas), "one refresh a replica at most, whatever it was doing")
	}
	before := c.tokens()
	c.weixin.RevokeToken()
	for _, replica := range c.replicas { // one after another
		require.NoError(t, replica.Send(t.Context(), reminder))
	}
	require.Equal(t, before+len(c.replicas), c.tokens(), "one refresh each")
	require.Zero(t, c.weixin.Forced(), "the stable token is new by itself")
}

func TestALateRefusalDoesNotDropTheNewToken(t *testing.T) {
	t.Parallel()
	c := newCounty(t, 1)
	c.sendEach(t, 1)
	first := c.tokens()
	// One call is under way with the old token while another gets a new one.
	slow := sync.WaitGroup{}
	c.weixin.SetModeFor(sendPath, emulator.ModeSlow(500*time.Millisecond))
	slow.Go(func() {
		if err := c.replicas[0].Send(t.Context(), reminder); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(200 * time.Millisecond)
	c.weixin.RevokeToken()
	c.weixin.SetModeFor(sendPath, emulator.ModeUp)
	require.NoError(t, c.replicas[0].Send(t.Context(), reminder))
	slow.Wait()
	require.Equal(t, first+1, c.tokens())
}

func TestATokenThatWeChatKeepsGivingAndRefusesIsForcedOnce(t *testing.T) {
	t.Parallel()
	c := newCounty(t, 3)
	c.sendEach(t, 1)
	first, sent := c.tokens(), c.weixin.Calls(sendPath)
	c.weixin.SetModeFor(sendPath, emulator.ModeError(40001, "invalid credential"))
	for _, replica := range c.replicas {
		err := replica.Send(t.Context(), reminder)
		requireError(t, err, unavailable, "oParent")
		require.True(t, wechat.NotSent(err), "refused twice")
	}
	require.Equal(t, 1, c.weixin.Forced())
	require.Equal(t, first+3+1, c.tokens(), "each asked, and the first, which got the same token, forced another: WeChat rations these")
	require.Equal(t, 2*3, c.weixin.Calls(sendPath)-sent, "each call was repeated exactly once")
	c.weixin.SetModeFor(sendPath, emulator.ModeUp)
	c.sendEach(t, 5)
}

func TestEachRefusalOfATokenIsRepeatedOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []int{40001, 40014, 42001} {
		c := newCounty(t, 1)
		c.sendEach(t, 1)
		sent := c.weixin.Calls(sendPath)
		c.weixin.SetModeFor(sendPath, emulator.ModeError(code, "no"))
		require.True(t, wechat.NotSent(c.replicas[0].Send(t.Context(), reminder)))
		require.Equal(t, 2, c.weixin.Calls(sendPath)-sent)
	}
}
