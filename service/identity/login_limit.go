package identity

import (
	"context"
	"net/netip"
	"time"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
)

// Each login is one call to WeChat, which gives the app a quota by the minute and
// then refuses everybody (45011). So logins are bounded before WeChat is asked. A
// phone that was logged in before shows its last token, and has a share beside the
// strangers'; where that is spent, it is as good as a stranger. Who is logged in
// needs no login at all. Each Count is what may come at once, and what comes back
// within the Period.
var (
	// wrongCodes is how many wrong codes come from one address, or are on their way to
	// WeChat at once. Right ones cost nothing here, so that a school behind one address
	// passes: of 2,000 families in an evening one in twenty comes too late with a code
	// or sends it twice, which makes 100; and if all came within one minute while
	// WeChat takes its longest of 5 s, 170 would be on their way.
	wrongCodes = limit.Rate{Count: 300, Period: 10 * time.Minute}
	// strangersLogins and knownLogins bound the calls to one programme of WeChat's for
	// those without a token and with one, right or wrong, over all addresses.
	// WeChat publishes no figure for an app as a whole. 1,500 a minute is a school of
	// 2,000 families in 80 s, or a county of 100,000 guardians in little over an hour.
	strangersLogins = limit.Rate{Count: 1500, Period: time.Minute}
	knownLogins     = limit.Rate{Count: 1500, Period: time.Minute}
	// loginsAgain is how many of knownLogins one account takes, whichever of its tokens
	// it shows: each login gives one, and they are taken for years. Right codes cost as
	// much as wrong ones, as WeChat counts both: 150 accounts and more would have to act
	// together to take all of knownLogins.
	loginsAgain = limit.Rate{Count: 10, Period: time.Hour}
)

// LoginIn is what a person shows to log in.
type LoginIn struct {
	// Code is from wx.login or, for the official account, from WeChat's page.
	Code string
	// Device names the phone for its owner's eyes.
	Device string
	// Token is the last one of this phone, may it have expired or not; empty where there is none.
	Token string
	// From is the address that the call comes from; the zero Addr where it is not known.
	From netip.Addr
	// Operation is the API's name for the call, for the audit log.
	Operation string
}

// askWeChat calls ask, which has programme exchange a login code, unless that is
// login_too_often: see wrongCodes. Errors of ask's are returned as they are.
// A caller who hangs up does not end it: else nobody's code would be found wrong.
//
// Wrong codes of known phones count for their address too, but a flood from that
// address does not keep a known phone out.
func (s *Service) askWeChat(ctx context.Context, programme channel, in LoginIn, ask func(context.Context) error) error {
	known, err := s.takeKnown(ctx, programme, in.Token)
	if err != nil {
		return err
	}
	byAddress, wait, ok := s.limiter.Take(ctx, "logins-wrong:"+network(in.From), wrongCodes)
	if !known {
		if !ok {
			return tooManyLogins(wait)
		}
		if _, wait, ok := s.limiter.Take(ctx, "logins:"+string(programme), strangersLogins); !ok {
			byAddress.GiveBack(ctx)
			return tooManyLogins(wait)
		}
	}
	err = ask(context.WithoutCancel(ctx))
	if model.KindOf(err) != model.KindInvalid { // WeChat knew the code, or could not say
		byAddress.GiveBack(ctx)
	}
	return err
}

// takeKnown takes one of knownLogins for an account whose token this is, may the
// token have expired or not. It reports false for no token, one of a phone that has
// logged out or of a locked account, and where no share is left.
func (s *Service) takeKnown(ctx context.Context, programme channel, token string) (bool, error) {
	hash, ok := parseToken(token)
	if !ok {
		return false, nil
	}
	var row model.LoginToken
	err := s.store.Read(ctx).Take(&row, "token_hash = ? AND revoked_at IS NULL", hash[:]).Error
	if err = store.Found(err, "token"); model.KindOf(err) == model.KindNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	byAccount, _, ok := s.limiter.Take(ctx, "logins-again:"+row.AccountID.String(), loginsAgain)
	if !ok {
		return false, nil
	}
	if _, _, ok = s.limiter.Take(ctx, "logins-known:"+string(programme), knownLogins); !ok {
		byAccount.GiveBack(ctx)
	}
	return ok, nil
}

// network is what counts as one address: of IPv6 the /64 that one connection gets.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		prefix, _ := a.Prefix(64) // fails for more bits than there are only
		return prefix.String()
	}
	return a.String()
}

// tooManyLogins has the code with which WeChat's own refusal is passed on.
func tooManyLogins(wait time.Duration) error {
	e := model.TooMany("login_too_often", wait)
	e.Message = "现在登录的人太多，请稍等一会儿再试"
	return e
}
