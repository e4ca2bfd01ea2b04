package wechat_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

const officialID = "wxfedcba9876543210"

func newOfficial(t *testing.T, replicas int) ([]*wechat.Official, *emulator.Official) {
	t.Helper()
	e := emulator.NewOfficial(emulator.OfficialOptions{AppID: officialID, Secret: secret, MiniProgram: appID})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	all := make([]*wechat.Official, replicas)
	for i := range all {
		all[i] = wechat.NewOfficial(wechat.OfficialConfig{Config: wechat.Config{AppID: officialID, Secret: secret, BaseURL: server.URL, Timeout: 2 * time.Second}, MiniProgram: appID})
		t.Cleanup(all[i].Close)
	}
	return all, e
}

func TestTemplateMessagesReachFollowers(t *testing.T) {
	t.Parallel()
	all, e := newOfficial(t, 1)
	o := all[0]
	e.Follow("oFollower", "", true)
	e.Follow("oGone", "", false)
	e.SetTemplates(emulator.Template{ID: "tmpl"})
	good := wechat.Message{OpenID: "oFollower", TemplateID: "tmpl", Page: "pages/home/index", Data: map[string]string{"thing1": "您有一条待办"}}
	require.NoError(t, o.Send(t.Context(), good))
	sent := e.Sent()
	require.Len(t, sent, 1)
	require.Equal(t, []any{emulator.ChannelOfficial, "oFollower", "pages/home/index", "您有一条待办"}, []any{sent[0].Channel, sent[0].OpenID, sent[0].Page, sent[0].Data["thing1"]})

	for name, c := range map[string]struct {
		change func(m *wechat.Message)
		want   wechat.SendError
	}{
		"no follower":      {func(m *wechat.Message) { m.OpenID = "oGone" }, wechat.SendError{Fault: wechat.FaultNotFollowing, Code: 43004}},
		"a stranger":       {func(m *wechat.Message) { m.OpenID = "oNever" }, wechat.SendError{Fault: wechat.FaultNotFollowing, Code: 43004}},
		"no openid":        {func(m *wechat.Message) { m.OpenID = "x" }, wechat.SendError{Fault: wechat.FaultRecipient, Code: 40003}},
		"no such template": {func(m *wechat.Message) { m.TemplateID = "other" }, wechat.SendError{Fault: wechat.FaultTemplate, Code: 40037}},
		"a value too long": {func(m *wechat.Message) {
			m.Data = map[string]string{"thing1": "一二三四五六七八九十一二三四五六七八九十一"}
		}, wechat.SendError{Fault: wechat.FaultField, Code: 47003}},
		"nothing to be said": {func(m *wechat.Message) { m.Data = nil }, wechat.SendError{Fault: wechat.FaultField, Code: 47003}},
	} {
		m := good
		c.change(&m)
		var got *wechat.SendError
		require.ErrorAs(t, o.Send(t.Context(), m), &got, name)
		require.Equal(t, c.want, *got, name)
	}
	e.SetMessageQuota(1)
	var got *wechat.SendError
	require.ErrorAs(t, o.Send(t.Context(), good), &got)
	require.Equal(t, wechat.FaultQuota, got.Fault)
	require.Len(t, e.Sent(), 1)

	e.SetMessageQuota(100)
	e.RevokeToken()
	require.NoError(t, o.Send(t.Context(), good), "another token, once")
	e.SetMode(emulator.ModeDown)
	require.Equal(t, model.KindUnavailable, model.KindOf(o.Send(t.Context(), good)))
}

func TestEachReplicaAsksForATicketOnce(t *testing.T) {
	t.Parallel()
	replicas, e := newOfficial(t, 5)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, err := replicas[i%5].JSConfig(t.Context(), "https://x.test/m/"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := e.Tickets()
	require.LessOrEqual(t, first, len(replicas), "each replica asks once at most")
	for _, o := range replicas {
		_, err := o.JSConfig(t.Context(), "https://x.test/m/")
		require.NoError(t, err)
	}
	require.Equal(t, first, e.Tickets(), "and keeps what it got")
}

func TestATicketThatWeChatDoesNotGiveIsNotAskedForAtOnceAgain(t *testing.T) {
	t.Parallel()
	replicas, e := newOfficial(t, 1)
	e.SetMode(emulator.ModeError(48001, "api unauthorized"))
	_, err := replicas[0].JSConfig(t.Context(), "https://x.test/m/")
	require.Error(t, err)
	e.SetMode(emulator.ModeUp) // whoever asked now would get one
	for range 20 {
		_, again := replicas[0].JSConfig(t.Context(), "https://x.test/m/")
		require.Equal(t, err, again)
	}
	require.Zero(t, e.Tickets())
}

func TestTheMenuIsSetAndShown(t *testing.T) {
	t.Parallel()
	all, _ := newOfficial(t, 1)
	o := all[0]
	none, err := o.Menu(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
	menu := []wechat.MenuItem{
		{Name: "微课", Page: "pages/lessons/index", URL: "https://x.test/m/#/pages/lessons/index"},
		{Name: "更多", Items: []wechat.MenuItem{{Name: "求助", URL: "https://x.test/m/#/pages/help/index"}, {Name: "工作台", Page: "work/index", URL: "https://x.test/m/"}}},
	}
	require.NoError(t, o.SetMenu(t.Context(), menu))
	got, err := o.Menu(t.Context())
	require.NoError(t, err)
	require.Equal(t, menu, got)
	err = o.SetMenu(t.Context(), []wechat.MenuItem{{Name: "一个长得没有办法显示的名字", URL: "https://x.test/"}})
	require.Error(t, err)
	require.NotContains(t, err.Error(), secret)
}

func TestFollowersAreAskedFor(t *testing.T) {
	t.Parallel()
	all, e := newOfficial(t, 1)
	e.Follow("oA", "uA", true)
	got, err := all[0].Follower(t.Context(), "oA")
	require.NoError(t, err)
	require.Equal(t, wechat.Follower{Following: true, UnionID: "uA"}, got)
	got, err = all[0].Follower(t.Context(), "oB")
	require.NoError(t, err)
	require.Equal(t, wechat.Follower{}, got)
	e.SetMode(emulator.ModeBusy)
	_, err = all[0].Follower(t.Context(), "oA")
	require.Equal(t, model.KindUnavailable, model.KindOf(err))
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", all[0], all[0], all[0]), secret)
}
