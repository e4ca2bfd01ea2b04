package emulator

import (
	"maps"
	"net/http"
	"time"
)

const (
	tokenPath     = "/cgi-bin/stable_token" //nolint:gosec // an address, no secret
	tokenLifetime = 7200 * time.Second
	// renewBefore: in its last five minutes a stable token is replaced by the
	// next one even in normal mode; both are then good.
	renewBefore = 5 * time.Minute
	// A forced refresh is ignored within 30 seconds of the last, and refused
	// after 20 in a day.
	forceEvery  = 30 * time.Second
	forcePerDay = 20
)

// stableToken is the one stable token of the programme.
type stableToken struct {
	value    string
	expires  time.Time
	forcedAt time.Time
}

// lasts is in how many seconds it ends.
func (t stableToken) lasts(now time.Time) int64 { return int64(t.expires.Sub(now) / time.Second) }

// giveToken is POST /cgi-bin/stable_token: every call gives the same token
// until it is about to expire or a refresh is forced.
func (b *base) giveToken(r *http.Request, now time.Time) (any, *refusal) {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if refused := decode(r, &in); refused != nil {
		return nil, refused
	}
	if refused := b.checkApp(in.AppID, in.Secret, in.GrantType, "client_credential"); refused != nil {
		return nil, refused
	}
	force := in.ForceRefresh && now.Sub(b.stable.forcedAt) >= forceEvery
	if force {
		if !b.today(now, forcedTokens, forcePerDay) {
			return nil, &errDailyQuota
		}
		b.stable.forcedAt = now
		delete(b.good, b.stable.value) // a forced refresh ends the last at once
	}
	if force || !now.Before(b.stable.expires.Add(-renewBefore)) {
		b.stable.value, b.stable.expires = newToken(), now.Add(tokenLifetime)
		// Until a day later it is known to have expired.
		maps.DeleteFunc(b.good, func(_ string, until time.Time) bool { return now.Sub(until) > 24*time.Hour })
		b.good[b.stable.value] = b.stable.expires
	}
	return answer{"access_token": b.stable.value, "expires_in": b.stable.lasts(now)}, nil
}

// withToken lets only calls with a good access token through.
func (b *base) withToken(serve serving) serving {
	return func(r *http.Request, now time.Time) (any, *refusal) {
		given := r.URL.Query().Get("access_token")
		until, known := b.good[given]
		switch {
		case given == "":
			return nil, &refusal{41001, "access_token missing"}
		case !known:
			return nil, &refusal{40001, "invalid credential, access_token is invalid or not latest"}
		case !now.Before(until):
			return nil, &refusal{42001, "access_token expired"}
		}
		return serve(r, now)
	}
}

// RevokeToken makes all access tokens invalid and gives out another from now
// on, as when someone resets the secret or forces a refresh elsewhere.
func (b *base) RevokeToken() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.good)
	b.stable.value, b.stable.expires = "", time.Time{}
}

// Forced returns how many refreshes have forced a new stable token today.
func (b *base) Forced() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts[forcedTokens].calls
}

// newToken has the form of a token; real ones are of no fixed length, up to 512.
func newToken() string { return "99_" + randomHex(67) }
