package identity

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/wechat"
)

// FuzzCachedAuthorization reads what Redis may hold, whatever it is, and whoever
// wrote it: only what this program wrote for the same token is believed.
func FuzzCachedAuthorization(f *testing.F) {
	clock := storetest.NewClock(time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC))
	s := &Service{store: storetest.SQLite(f, storetest.WithClock(clock.Now)), vault: storetest.Vault(f)}
	hash, other := tokenHash{1}, tokenHash{2}
	ours := authorization{Actor: model.Actor{AccountID: 7, TokenID: 8}, ExpiresAt: clock.Now().Add(time.Hour).UnixMilli(), ReadAt: clock.Now().UnixMilli()}
	good, err := s.encodeCached(hash, ours)
	require.NoError(f, err)
	foreign, err := s.encodeCached(other, ours)
	require.NoError(f, err)
	f.Add(good)
	f.Add(foreign)
	f.Add(good[:vault.HashSize])
	f.Add(append(bytes.Clone(good), ' '))
	f.Add([]byte(authcache.Tombstone))
	f.Fuzz(func(t *testing.T, value []byte) {
		a, ok := s.decodeCached(hash, value)
		require.Equal(t, bytes.Equal(value, good), ok)
		if ok {
			require.Equal(t, ours, a)
		}
		// Past the MAC too: text of any form, properly sealed, must not panic.
		_, _ = s.decodeCached(hash, append(s.cachedMAC(hash, value), value...))
	})
}

// FuzzReturnFromWeChat sends cookies, states and codes of any form: only the
// browser that left comes back, and only to a page of the client.
func FuzzReturnFromWeChat(f *testing.F) {
	s := &Service{store: storetest.SQLite(f), vault: storetest.Vault(f), official: wechat.NewOfficial(wechat.OfficialConfig{Config: wechat.Config{AppID: "wxofficial", Secret: "secret"}})}
	f.Cleanup(s.official.Close)
	away, err := s.LeaveForWeChat("/m/#/pages/mine/index", "https://xinyu.test/back")
	require.NoError(f, err)
	page, err := url.Parse(away.Page)
	require.NoError(f, err)
	state := page.Query().Get("state")
	f.Add(away.Cookie, state, "code", "")
	f.Add(away.Cookie[1:], state, "code", "9.x")
	f.Add(strings.Repeat(".", 9), "", "", "99999999999999999999.")
	f.Fuzz(func(t *testing.T, cookie, state2, code, ticket string) {
		to, made, err := s.ReturnFromWeChat(cookie, state2, code)
		if err == nil {
			require.Equal(t, []string{away.Cookie, state}, []string{cookie, state2})
			require.Regexp(t, clientPage, to)
			require.NoError(t, s.checkTicket(made, code))
			require.Error(t, s.checkTicket(made, code+"x"))
		} else {
			require.ErrorIs(t, err, errOAuthState)
		}
		require.Error(t, s.checkTicket(ticket, code))
	})
}
