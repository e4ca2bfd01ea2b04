package identity

import (
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// bundle is the service over a database, with what a test needs beside it.
type bundle struct {
	*Service
	*storetest.Fixture
	t        *testing.T
	wechat   *emulator.Emulator
	official *emulator.Official
}

func setup(t *testing.T, st *store.Store, c *cache.Cache) *bundle {
	t.Helper()
	wx := emulator.New(emulator.Options{AppID: "wxtest", Secret: "secret", Clock: st.Now, DemoCodes: true})
	server := httptest.NewServer(wx)
	t.Cleanup(server.Close)
	client := wechat.New(wechat.Config{AppID: "wxtest", Secret: "secret", BaseURL: server.URL})
	t.Cleanup(client.Close)
	oa := emulator.NewOfficial(emulator.OfficialOptions{AppID: "wxofficial", Secret: "secret", Clock: st.Now, DemoCodes: true})
	officialServer := httptest.NewServer(oa)
	t.Cleanup(officialServer.Close)
	official := wechat.NewOfficial(wechat.OfficialConfig{Config: wechat.Config{AppID: "wxofficial", Secret: "secret", BaseURL: officialServer.URL}})
	t.Cleanup(official.Close)
	keyset, err := vault.Generate()
	require.NoError(t, err)
	v, err := vault.Open(keyset)
	require.NoError(t, err)
	s := New(st, c, client, official, v, coverage.New(st, c, 0))
	t.Cleanup(s.Close)
	return &bundle{Service: s, Fixture: storetest.NewFixture(t, st), t: t, wechat: wx, official: oa}
}

// each runs the test on each database, with a Redis of its own.
func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(setup(t, st, storetest.InProcessRedis(t))) })
}

// login logs in an account that the fixture made and answers its token.
func (b *bundle) login(actor model.Actor) string {
	b.t.Helper()
	session, err := b.Login(b.t.Context(), b.wechat.IssueCode("o"+actor.AccountID.String()), "")
	require.NoError(b.t, err)
	require.Equal(b.t, actor.AccountID, session.Account.ID)
	return session.Token
}

// who asks twice who holds the token: of SQL, as it were, and of Redis.
func (b *bundle) who(token string) model.Actor {
	b.t.Helper()
	first, err := b.Authenticate(b.t.Context(), token)
	require.NoError(b.t, err)
	again, err := b.Authenticate(b.t.Context(), token)
	require.NoError(b.t, err)
	require.Equal(b.t, first, again)
	return first
}

func (b *bundle) refused(token string) {
	b.t.Helper()
	_, err := b.Authenticate(b.t.Context(), token)
	require.ErrorIs(b.t, err, errTokenInvalid)
}
