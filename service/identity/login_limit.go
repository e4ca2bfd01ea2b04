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
// phone that was logged in before shows its last token, and has a share of its own:
// no flood of others takes it. Who is logged in needs no login at all.
var (
	// wrongCodes is how many wrong codes come from one address, or are on their way to
	// WeChat at once. Right ones cost nothing, so that a school behind one address
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
	// loginsAgain is how many of these one phone makes. What is above counts as a stranger's.
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
func (s *Service) askWeChat(ctx context.Context, programme channel, in LoginIn, ask func(context.Context) error) error {
	asking := context.WithoutCancel(ctx)
	known, err := s.knownPhone(ctx, in.Token)
	if err != nil {
		return err
	}
	if known {
		if _, wait, ok := s.limiter.Take(ctx, "logins-known:"+string(programme), knownLogins); !ok {
			return tooManyLogins(wait)
		}
		return ask(asking)
	}
	byAddress, wait, ok := s.limiter.Take(ctx, "logins-wrong:"+network(in.From), wrongCodes)
	if !ok {
		return tooManyLogins(wait)
	}
	if _, wait, ok := s.limiter.Take(ctx, "logins:"+string(programme), strangersLogins); !ok {
		byAddress.GiveBack(ctx)
		return tooManyLogins(wait)
	}
	err = ask(asking)
	if model.KindOf(err) != model.KindInvalid { // WeChat knew the code, or could not say
		byAddress.GiveBack(ctx)
	}
	return err
}

// knownPhone reports whether the token was given to a phone that has not logged
// out and whose account is not locked, and takes one of loginsAgain.
func (s *Service) knownPhone(ctx context.Context, token string) (bool, error) {
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
	_, _, ok = s.limiter.Take(ctx, "logins-again:"+row.Login().String(), loginsAgain)
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
