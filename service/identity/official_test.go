package identity

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// visit goes the whole way through WeChat's page and logs in.
func (b *bundle) visit(openID string) (Session, error) {
	b.t.Helper()
	left, err := b.LeaveForWeChat("/m/", "https://x.test/wechat/oauth")
	require.NoError(b.t, err)
	page, err := url.Parse(left.Page)
	require.NoError(b.t, err)
	code := b.official.IssueCode(openID)
	to, ticket, err := b.ReturnFromWeChat(left.Cookie, page.Query().Get("state"), code)
	require.NoError(b.t, err)
	require.Equal(b.t, "/m/", to)
	return b.LoginOfficial(b.t.Context(), LoginIn{Code: code, Device: "微信浏览器"}, ticket)
}

func (b *bundle) mustVisit(openID string) model.ID {
	b.t.Helper()
	session, err := b.visit(openID)
	require.NoError(b.t, err)
	require.Equal(b.t, session.Account.ID, b.actor(session.Token).AccountID)
	return session.Account.ID
}

// miniLogin logs in over the mini-program as WeChat tells it.
func (b *bundle) miniLogin(openID, unionID string) Session {
	b.t.Helper()
	session, err := b.enter(b.t.Context(), byOpenID, wechat.Session{OpenID: openID, UnionID: unionID}, LoginIn{})
	require.NoError(b.t, err)
	return session
}

func (b *bundle) account(id model.ID) (a model.Account) {
	b.t.Helper()
	require.NoError(b.t, b.store.Read(b.t.Context()).Take(&a, "id = ?", id).Error)
	return a
}

func (b *bundle) follow(openID, unionID string, follows bool, at time.Time) {
	b.t.Helper()
	b.official.Follow(openID, unionID, follows)
	kind := wechat.EventUnfollow
	if follows {
		kind = wechat.EventFollow
	}
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		return b.followers.Followed(tx, wechat.Event{App: wechat.OfficialAccount, Kind: kind, OpenID: openID, At: at})
	}))
}

func TestSomeoneOfTheOfficialAccountAloneHasAnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		first, second := b.mustVisit("oA"), b.mustVisit("oB")
		require.NotEqual(t, first, second, "two accounts without an openid of the mini-program")
		require.Equal(t, first, b.mustVisit("oA"))
		got := b.account(first)
		require.Equal(t, "oA", got.OfficialOpenID)
		require.Empty(t, got.OpenID)
		var null int64
		require.NoError(t, b.store.Read(t.Context()).Model(&model.Account{}).Where("open_id IS NULL AND official_open_id IS NOT NULL").Count(&null).Error)
		require.EqualValues(t, 2, null)
	})
}

func TestAPersonHasOneAccountOverBothChannels(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		mini := b.miniLogin("mA", "uA").Account.ID
		b.official.Follow("oA", "uA", true)
		require.Equal(t, mini, b.mustVisit("oA"), "WeChat tells the union id of a follower at the first login")
		require.Equal(t, mini, b.mustVisit("oA"))
		require.Equal(t, mini, b.miniLogin("mA", "uA").Account.ID)

		b.official.Follow("oB", "uB", true)
		official := b.mustVisit("oB")
		require.Equal(t, official, b.miniLogin("mB", "uB").Account.ID, "the other way round")
		require.Equal(t, official, b.miniLogin("mB", "").Account.ID, "also when WeChat keeps quiet about it")
		require.Equal(t, "uB", b.account(official).UnionID)
		require.NotEqual(t, mini, official)
	})
}

func TestTwoAccountsOfOnePersonBecomeOneWhereOneIsUnused(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		for _, tc := range []struct {
			name                   string
			miniHolds, officeHolds bool // a child
			kept                   string
		}{
			{"neither holds a child: the mini-program's is kept", false, false, "mini"},
			{"the mini-program's holds a child and is kept", true, false, "mini"},
			{"the official account's holds a child and is kept", false, true, "office"},
			{"both hold a child and are kept", true, true, "both"},
		} {
			b.t.Run(tc.name, func(t *testing.T) {
				key := b.store.NewID().String()
				mini := b.miniLogin("m"+key, "")
				office, err := b.visit("o" + key)
				require.NoError(t, err)
				require.NotEqual(t, mini.Account.ID, office.Account.ID)
				for session, holds := range map[*Session]bool{&mini: tc.miniHolds, &office: tc.officeHolds} {
					if holds {
						b.Bind(model.Actor{AccountID: session.Account.ID}, b.Pupil(b.Tree().Class))
					}
				}
				b.actor(mini.Token)
				b.actor(office.Token)

				// WeChat tells only now that they are one.
				b.follow("o"+key, "u"+key, true, b.store.Now())
				require.NoError(t, b.followers.LookUp(t.Context()))
				miniNow := b.miniLogin("m"+key, "u"+key).Account.ID
				officeNow := b.mustVisit("o" + key)
				if tc.kept == "both" {
					require.Equal(t, mini.Account.ID, miniNow)
					require.Equal(t, office.Account.ID, officeNow)
					b.actor(mini.Token)
					b.actor(office.Token)
					return
				}
				kept, left := office, mini
				if tc.kept == "mini" {
					kept, left = mini, office
				}
				require.Equal(t, kept.Account.ID, officeNow)
				require.Equal(t, kept.Account.ID, miniNow)
				b.actor(kept.Token)
				b.refused(left.Token)
				require.Empty(t, b.account(left.Account.ID).UnionID)
			})
		}
	})
}

func TestADisabledPersonIsRefusedOverTheOtherChannelToo(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		mini := b.miniLogin("mA", "uA").Account.ID
		b.disable(mini)
		b.official.Follow("oA", "uA", true)
		for range 2 {
			_, err := b.visit("oA")
			require.ErrorIs(t, err, errAccountDisabled)
		}
	})
}

func TestErrorsOfTheOfficialAccountsCodes(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		login := func(code string) error {
			ends := "99999999999"
			_, err := b.LoginOfficial(t.Context(), LoginIn{Code: code}, ends+"."+b.mac("wechat oauth ticket", ends+"."+code))
			return err
		}
		code := b.official.IssueCode("oA")
		require.NoError(t, login(code))
		require.Equal(t, "login_code_used", codeOf(login(code)))
		require.Equal(t, "login_code_invalid", codeOf(login("none")))
		b.official.Preview("oPreview")
		require.Equal(t, "login_snapshot", codeOf(login(b.official.IssueCode("oPreview"))))
		b.official.SetMode(emulator.ModeDown)
		require.Equal(t, "wechat_unavailable", codeOf(login(b.official.IssueCode("oA"))))
	})
}

func codeOf(err error) string {
	if e := (*model.Error)(nil); err != nil && model.KindOf(err) != model.KindInternal {
		e = err.(*model.Error) //nolint:errorlint // the tests' errors are not wrapped
		return e.Code
	}
	return ""
}

func TestAStrangersCodeLogsNobodyIn(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC))
	st := storetest.SQLite(t, storetest.WithClock(clock.Now))
	b := setup(t, st, storetest.InProcessRedis(t))
	leave := func() (cookie, state string) {
		d, err := b.LeaveForWeChat("/m/#/pages/lessons/index", "https://x.test/wechat/oauth")
		require.NoError(t, err)
		page, err := url.Parse(d.Page)
		require.NoError(t, err)
		require.Regexp(t, `^[a-zA-Z0-9]{1,128}$`, page.Query().Get("state"), "WeChat takes no other")
		return d.Cookie, page.Query().Get("state")
	}
	mine, myState := leave()
	_, hisState := leave()
	code := b.official.IssueCode("oA")
	for name, try := range map[string]func() error{
		"another browser's state": func() error { _, _, err := b.ReturnFromWeChat(mine, hisState, code); return err },
		"no cookie":               func() error { _, _, err := b.ReturnFromWeChat("", myState, code); return err },
		"a cookie made up":        func() error { _, _, err := b.ReturnFromWeChat("99999999999.a.2f6d2f.00", myState, code); return err },
		"no code":                 func() error { _, _, err := b.ReturnFromWeChat(mine, myState, ""); return err },
		"no ticket":               func() error { _, err := b.LoginOfficial(t.Context(), LoginIn{Code: code}, ""); return err },
		"a ticket for another code": func() error {
			_, ticket, err := b.ReturnFromWeChat(mine, myState, "other")
			require.NoError(t, err)
			_, err = b.LoginOfficial(t.Context(), LoginIn{Code: code}, ticket)
			return err
		},
	} {
		require.ErrorIs(t, try(), errOAuthState, name)
	}
	to, ticket, err := b.ReturnFromWeChat(mine, myState, code)
	require.NoError(t, err)
	require.Equal(t, "/m/#/pages/lessons/index", to)
	clock.Advance(6 * time.Minute)
	_, err = b.LoginOfficial(t.Context(), LoginIn{Code: code}, ticket)
	require.ErrorIs(t, err, errOAuthState)
	_, _, err = b.ReturnFromWeChat(mine, myState, code)
	require.ErrorIs(t, err, errOAuthState)

	for _, bad := range []string{"https://evil.test/", "//evil.test", "/m/../x", "/m", "/m/?code=x", "/m/#//evil\"", "/api/v1/", "/m/\\evil", "/m/#/a\n"} {
		_, err := b.LeaveForWeChat(bad, "https://x.test/wechat/oauth")
		require.ErrorIs(t, err, errReturnPage, bad)
	}
}

func TestFollowersAreKnown(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		at := b.store.Now().Truncate(time.Second)
		mini := b.miniLogin("mA", "uA").Account.ID
		other := b.miniLogin("mB", "uB").Account.ID
		ids := func() map[model.ID]string {
			accounts, err := Directory{}.ByID(b.store.Read(t.Context()), []model.ID{mini, other})
			require.NoError(t, err)
			found, err := b.followers.OpenIDs(b.store.Read(t.Context()), accounts)
			require.NoError(t, err)
			return found
		}
		b.follow("oA", "uA", true, at)
		require.Empty(t, ids(), "the union id is still to be asked for")
		b.official.SetMode(emulator.ModeBusy)
		require.Error(t, b.followers.LookUp(t.Context()))
		b.official.SetMode(emulator.ModeUp)
		require.NoError(t, b.followers.LookUp(t.Context()), "not due yet")
		require.Empty(t, ids())
		b.Set(&model.OfficialFollower{}, "lookup_at", at, "open_id = ?", "oA")
		require.NoError(t, b.followers.LookUp(t.Context()))
		require.Equal(t, map[model.ID]string{mini: "oA"}, ids())

		b.follow("oA", "uA", false, at.Add(time.Minute))
		require.Empty(t, ids())
		b.follow("oA", "uA", true, at.Add(time.Second))
		require.Empty(t, ids(), "an older event that comes late changes nothing")
		b.follow("oA", "uA", true, at.Add(2*time.Minute))
		require.Equal(t, map[model.ID]string{mini: "oA"}, ids())
	})
}
