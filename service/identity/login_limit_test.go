package identity

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/limit"
)

// somewhere is the nth of many addresses.
func somewhere(n int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}) }

// wrongly logs in with a code that WeChat does not know.
func (b *bundle) wrongly(from netip.Addr, token string) error {
	_, err := b.Login(b.t.Context(), LoginIn{Code: "nobody-knows-it", Token: token, From: from})
	return err
}

// rightly logs in with a code of WeChat's.
func (b *bundle) rightly(person string, from netip.Addr, token string) (Session, error) {
	return b.Login(b.t.Context(), LoginIn{Code: b.wechat.IssueCode(person), Token: token, From: from})
}

func tooOften(t *testing.T, err error) {
	t.Helper()
	var e *model.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "login_too_often", e.Code)
	require.Equal(t, model.KindTooMany, e.Kind)
	require.Positive(t, e.RetryAfter)
	require.LessOrEqual(t, e.RetryAfter, wrongCodes.Period)
}

// spent expects that the call is refused once the address has spent its wrong codes.
// On a busy machine some come back in between, and are spent again.
func (b *bundle) spent(from netip.Addr, call func() error) {
	b.t.Helper()
	var err error
	for range 100 {
		var e *model.Error
		if errors.As(b.wrongly(from, ""), &e) && e.Code != "login_too_often" {
			continue
		}
		if err = call(); errors.As(err, &e) && e.Code == "login_too_often" {
			break
		}
	}
	tooOften(b.t, err)
}

func TestWrongLoginCodesAreBoundedByAddress(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t, school, home := b.t, somewhere(1), somewhere(2)
		before, err := b.rightly("o-known", school, "")
		require.NoError(t, err)
		for range wrongCodes.Count + 50 { // a whole school behind one address
			_, err := b.rightly(b.store.NewID().String(), school, "")
			require.NoError(t, err)
		}
		for i := range wrongCodes.Count {
			require.ErrorContains(t, b.wrongly(school, ""), "login_code_invalid", i)
		}
		b.spent(school, func() error { return b.wrongly(school, "") })
		b.spent(school, func() error { _, err := b.rightly("o-new", school, ""); return err })
		b.spent(school, func() error { return b.wrongly(school, "xy_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") })
		_, err = b.rightly("o-new", home, "")
		require.NoError(t, err, "another address is not held up")

		b.Set(&model.LoginToken{}, "expires_at", b.store.Now().Add(-time.Hour), "account_id = ?", before.Account.ID)
		again, err := b.rightly("o-known", school, before.Token)
		require.NoError(t, err, "who was in before is let in, though the token has expired")
		require.Equal(t, before.Account.ID, again.Account.ID)
		require.NoError(t, b.Logout(t.Context(), b.actor(again.Token)))
		b.spent(school, func() error { _, err := b.rightly("o-known", school, again.Token); return err })
	})
}

func TestAFloodOfLoginsLeavesTheShareOfKnownPhones(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		known, err := b.rightly("o-known", somewhere(0), "")
		require.NoError(t, err)
		began, refused := time.Now(), 0
		for i := 0; refused == 0; i++ {
			// Tries come back one by one meanwhile.
			require.Less(t, float64(i), float64(strangersLogins.Count)*(1.5+time.Since(began).Minutes()))
			if err := b.wrongly(somewhere(i%1000+1), ""); model.KindOf(err) == model.KindTooMany {
				tooOften(t, err)
				refused++
			}
		}
		for range loginsAgain.Count {
			_, err = b.rightly("o-known", somewhere(0), known.Token)
			require.NoError(t, err)
		}
		// With the same token once more it is a stranger: refused while the flood lasts.
		for i := range 20 {
			_ = b.wrongly(somewhere(2000+i), "")
		}
		require.Eventually(t, func() bool {
			_ = b.wrongly(somewhere(3000), "")
			_, err = b.rightly("o-known", somewhere(0), known.Token)
			return model.KindOf(err) == model.KindTooMany
		}, 10*time.Second, time.Millisecond)
	})
}

func TestTheTokensOfAnAccountHaveOneShare(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t, there, elsewhere := b.t, somewhere(1), somewhere(2)
		victim, err := b.rightly("o-known", elsewhere, "")
		require.NoError(t, err)
		tokens := []string{""}
		for range 60 {
			session, err := b.rightly("o-collector", there, "")
			require.NoError(t, err)
			tokens = append(tokens, session.Token)
			if len(tokens) == 30 { // these were collected long ago
				b.Set(&model.LoginToken{}, "expires_at", b.store.Now().Add(-time.Hour), "account_id = ?", session.Account.ID)
			}
		}
		began, asked := time.Now(), 0
		for range loginsAgain.Count + 2 {
			for _, token := range tokens {
				if err := b.wrongly(there, token); model.KindOf(err) == model.KindTooMany {
					tooOften(t, err)
				} else {
					require.ErrorContains(t, err, "login_code_invalid")
					asked++
				}
			}
		}
		back := int(time.Since(began) / (wrongCodes.Period / time.Duration(wrongCodes.Count)))
		require.GreaterOrEqual(t, asked, wrongCodes.Count)
		require.LessOrEqual(t, asked, wrongCodes.Count+loginsAgain.Count+back+1)
		_, err = b.rightly("o-known", elsewhere, victim.Token)
		require.NoError(t, err)
		_, err = b.rightly("o-known", there, victim.Token)
		require.NoError(t, err, "the address is spent for strangers, but not for known phones")
	})
}

func TestAKnownPhoneMayDoWhatAStrangerMay(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t, home := b.t, somewhere(1)
		known, err := b.rightly("o-known", home, "")
		require.NoError(t, err)
		spend := func(share string, rate limit.Rate) {
			for ok := true; ok; {
				_, _, ok = b.limiter.Take(t.Context(), share+string(byOpenID), rate)
			}
		}
		for range loginsAgain.Count * 2 {
			spend("logins-known:", knownLogins)
			_, err = b.rightly("o-known", home, known.Token)
			require.NoError(t, err, "others have spent the share of known phones")
		}
		require.Eventually(t, func() bool { // tries come back one by one meanwhile
			spend("logins-known:", knownLogins)
			spend("logins:", strangersLogins)
			_, err = b.rightly("o-known", home, known.Token)
			return err != nil
		}, 20*time.Second, time.Millisecond)
		tooOften(t, err)
	})
}

func TestANetworkIsWhatOneConnectionGets(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::1": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64",
	} {
		require.Equal(t, want, network(netip.MustParseAddr(address)))
	}
	require.NotEmpty(t, network(netip.Addr{}))
}
