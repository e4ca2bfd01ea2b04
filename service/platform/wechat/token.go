package wechat

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/credential"
	"golang.org/x/sync/singleflight"
)

const (
	// tokenMargin is how long before its end a token is given up: in its last
	// five minutes WeChat gives the next one, and both are good,
	// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
	tokenMargin = 5 * time.Minute
	// forceEvery is the least time between two tokens that this process forces.
	// WeChat ignores one within 30 seconds of the last and takes 20 a day (same
	// page), which a token that is refused for some other reason must not use up.
	forceEvery = 2 * time.Hour
)

var errNoToken = errors.New("wechat: the response has no access token")

// tokenSource keeps the access token (or jsapi_ticket) of this process. WeChat
// gives the same stable token to all who ask, so replicas neither share it nor
// wait for one another: each asks when it starts and every two hours, of the
// 500,000 times a day that WeChat allows.
type tokenSource struct {
	// fetch asks WeChat; with force it makes a new token though the last is good.
	fetch func(ctx context.Context, force bool) (token string, lasts time.Duration, err error)
	// timeout bounds a renewal.
	timeout time.Duration
	// rest is for how long WeChat is not asked again after it gave none: what strangers
	// may call must not use up the quota. Zero: it is asked each time.
	rest     time.Duration
	group    singleflight.Group
	renewing sync.Mutex

	mu      sync.Mutex
	token   string
	expires time.Time
	forced  time.Time // when a new token was last forced
	resting time.Time // until when WeChat is not asked
	failed  error     // why
}

// get returns a token. bad is one that WeChat has just refused: it is dropped
// and not returned again as long as WeChat has another.
func (t *tokenSource) get(ctx context.Context, bad string) (string, error) {
	if token := t.kept(bad); token != "" {
		return token, nil
	}
	// Not the first caller's context: who hangs up must not spoil it for the others.
	renewed := t.group.DoChan(bad, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.timeout)
		defer cancel()
		return t.renew(ctx, bad)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-renewed:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

// kept is the token that was fetched last, unless it has expired or is the bad one.
func (t *tokenSource) kept(bad string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if bad != "" && t.token == bad {
		t.token = ""
		countToken(tokenDropped)
	}
	if time.Now().Before(t.expires) {
		return t.token
	}
	return ""
}

// renew asks WeChat, unless another renewal has just ended.
func (t *tokenSource) renew(ctx context.Context, bad string) (string, error) {
	t.renewing.Lock()
	defer t.renewing.Unlock()
	if token := t.kept(bad); token != "" {
		return token, nil
	}
	if err := t.failure(); err != nil {
		return "", err
	}
	token, lasts, err := t.fetch(ctx, false)
	event := tokenFetched
	if err == nil && token == bad && t.mayForce() {
		event = tokenForced
		token, lasts, err = t.fetch(ctx, true)
	}
	if err == nil && token == "" {
		err = errNoToken
	}
	if err != nil {
		countToken(tokenFailed)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.failed, t.resting = err, time.Now().Add(t.rest)
		return "", err
	}
	countToken(event)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token, t.expires = token, time.Now().Add(lasts-tokenMargin)
	return token, nil
}

// failure is why WeChat gave no token, for as long as it is not asked again.
func (t *tokenSource) failure() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.resting) {
		return t.failed
	}
	return nil
}

// mayForce reports true once in forceEvery.
func (t *tokenSource) mayForce() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.forced.IsZero() && time.Since(t.forced) < forceEvery {
		return false
	}
	t.forced = time.Now()
	return true
}

// fetchToken asks WeChat for the stable token.
func (c *Client) fetchToken(ctx context.Context, force bool) (string, time.Duration, error) {
	ctx, cancel := c.call(ctx)
	defer cancel()
	answer, err := c.stable.GetAccessTokenDirectly(ctx, force)
	switch {
	case answer.ErrCode != 0:
		return "", 0, newAPIError(answer.ErrCode, answer.ErrMsg)
	case err != nil:
		return "", 0, safeCause(err)
	}
	return answer.AccessToken, time.Duration(answer.ExpiresIn) * time.Second, nil
}

type tokenKey struct{}

// withToken makes a call that needs an access token; once more, with another
// token, where WeChat no longer takes it. call finds the token in its context.
// Its error is WeChat's refusal, as an *apiError, or unavailable.
func (c *Client) withToken(ctx context.Context, call func(ctx context.Context) error) error {
	ctx, cancel := c.call(ctx)
	defer cancel()
	bad := ""
	for {
		token, err := c.tokens.get(ctx, bad)
		if err != nil {
			return unavailable(notSent{safeCause(err)})
		}
		err = apiErrorIn(call(context.WithValue(ctx, tokenKey{}, token)))
		var no *apiError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &no):
			return unavailable(safeCause(err))
		case !staleToken(no.code):
			return no
		case bad != "":
			return unavailable(notSent{no})
		}
		bad = token
	}
}

// staleToken reports whether WeChat no longer takes the access token,
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
func staleToken(code int64) bool { return code == 40001 || code == 40014 || code == 42001 }

// tokenHandle gives the library the token of the call under way. Its calls
// without a context get none: they would have neither a deadline nor an address.
type tokenHandle struct{ client *Client }

var _ credential.AccessTokenContextHandle = tokenHandle{}

// GetAccessToken implements credential.AccessTokenHandle.
func (h tokenHandle) GetAccessToken() (string, error) { return "", errNoClient }

// GetAccessTokenContext returns the token, fit for the URL that the library
// pastes it into.
func (h tokenHandle) GetAccessTokenContext(ctx context.Context) (string, error) {
	token, ok := ctx.Value(tokenKey{}).(string)
	if !ok {
		var err error
		if token, err = h.client.tokens.get(ctx, ""); err != nil {
			return "", safeCause(err)
		}
	}
	return url.QueryEscape(token), nil
}
