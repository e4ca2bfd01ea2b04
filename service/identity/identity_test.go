package identity

import (
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/coverage"
	"xinyu/service/lesson"
	"xinyu/service/message"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// bundle is the service over a database, with what a test needs beside it.
type bundle struct {
	*Service
	*storetest.Fixture
	t         *testing.T
	wechat    *emulator.Emulator
	official  *emulator.Official
	followers *message.Followers
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
	followers := message.NewFollowers(st, Directory{}, official)
	unchanged := func(*gorm.DB, model.ID) error { return nil }
	s := New(Config{PostsChanged: unchanged, Store: st, Cache: c, Limiter: limit.New(c), WeChat: client, Official: official, Vault: storetest.Vault(t), Coverage: coverage.New(st, c, 0),
		Outbox: message.New(st, calls.NewQueue(st)), Log: audit.New(st, storetest.Vault(t), Directory{}, nil), Followers: followers, Watched: lesson.Watched(st)})
	t.Cleanup(s.Close)
	return &bundle{Service: s, Fixture: storetest.NewFixture(t, st), t: t, wechat: wx, official: oa, followers: followers}
}

// each runs the test on each database, with a Redis of its own.
func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(setup(t, st, storetest.InProcessRedis(t))) })
}

// login logs in an account that the fixture made and returns its token.
func (b *bundle) login(actor model.Actor) string {
	b.t.Helper()
	session, err := b.Login(b.t.Context(), LoginIn{Code: b.wechat.IssueCode("o" + actor.AccountID.String())})
	require.NoError(b.t, err)
	require.Equal(b.t, actor.AccountID, session.Account.ID)
	return session.Token
}

// actor asks twice whom the token belongs to: SQL, as it were, and Redis.
func (b *bundle) actor(token string) model.Actor {
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
	require.ErrorIs(b.t, err, ErrTokenInvalid)
}

// disable shuts the account out, with all its logins.
func (b *bundle) disable(account model.ID) {
	b.t.Helper()
	b.Set(&model.Account{}, "disabled_at", b.store.Now(), "id = ?", account)
	b.authCache.Forget(b.t.Context(), account)
}
