package api

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// deps is what the services of a test stand on: a new dependency of theirs is added here.
func deps(t testing.TB, st *store.Store, c *cache.Cache, wx *wechat.Client) service.Deps {
	t.Helper()
	files, err := media.OpenDir(t.TempDir())
	require.NoError(t, err)
	return service.Deps{Store: st, Cache: c, WeChat: wx, Vault: storetest.Vault(t), Media: files}
}

// testPublicURL is where the tests' server is to the world.
const testPublicURL = "https://xinyu.test"

// withOfficial adds an official account, and returns its emulator.
func withOfficial(t testing.TB, st *store.Store, d *service.Deps) *emulator.Official {
	t.Helper()
	oa := emulator.NewOfficial(emulator.OfficialOptions{AppID: "wxofficial", Secret: testSecret, MiniProgram: testAppID, Clock: st.Now, DemoCodes: true})
	server := httptest.NewServer(oa)
	t.Cleanup(server.Close)
	d.Official = wechat.NewOfficial(wechat.OfficialConfig{
		Config:      wechat.Config{AppID: "wxofficial", Secret: testSecret, BaseURL: server.URL},
		MiniProgram: testAppID, AuthorizePage: server.URL + "/connect/oauth2/authorize",
	})
	t.Cleanup(d.Official.Close)
	return oa
}

// withWebhooks adds the webhook settings of both programmes.
func withWebhooks(t testing.TB, st *store.Store, d *service.Deps) map[wechat.App]emulator.WebhookSettings {
	t.Helper()
	all := map[wechat.App]emulator.WebhookSettings{}
	for app, id := range map[wechat.App]string{wechat.MiniProgram: testAppID, wechat.OfficialAccount: "wxofficial"} {
		s := emulator.NewWebhookSettings(id, "")
		r, err := wechat.NewWebhookReceiver(wechat.WebhookConfig{App: app, AppID: id, Token: s.Token, AESKey: s.AESKey, Clock: st.Now})
		require.NoError(t, err)
		d.Webhooks, all[app] = append(d.Webhooks, r), s
	}
	return all
}
