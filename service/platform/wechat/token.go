package wechat

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/credential"
	"golang.org/x/sync/singleflight"
)

const (
	// tokenMargin is how long before its end a token is given up: in its last
	// five minutes WeChat gives the next one, and both are good,
	// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
	tokenMargin = 5 * time.Minute
	// forceEvery spaces refreshes that force a new token: WeChat ignores one
	// within 30 seconds of the last and takes 20 a day (same page).
	forceEvery = 5 * time.Minute
)

var errNoToken = errors.New("wechat: the answer has no access token")

// tokenSource gives the access token that all replicas share through Redis.
// One process asks WeChat for one at a time, and one replica. While Redis is
// gone each process asks for itself: the stable token is the same for all.
type tokenSource struct {
	cache *tokenCache
	lock  *redisLock
	key   string
	// fetch asks WeChat; with force it makes a new token though the last is good.
	fetch func(ctx context.Context, force bool) (token string, lasts time.Duration, err error)
	// patience bounds a refresh, waiting for other replicas included.
	patience time.Duration
	group    singleflight.Group
}

func newTokenSource(rdb redis.UniversalClient, appID string, patience, lease time.Duration, fetch func(context.Context, bool) (string, time.Duration, error)) *tokenSource {
	cache := newTokenCache(rdb)
	key := credential.CacheKeyMiniProgramPrefix + "_stable_access_token_" + appID // the library's own name for it
	return &tokenSource{cache: cache, lock: newRedisLock(cache, key+":lock", lease), key: key, fetch: fetch, patience: patience}
}

// get gives a token. bad is one that WeChat has just refused: it is dropped,
// where it is still the one that is kept, and never given again.
func (t *tokenSource) get(ctx context.Context, bad string) (string, error) {
	if bad != "" && t.cache.drop(ctx, t.key, bad) {
		countToken(tokenDropped)
	}
	if token := t.kept(ctx, bad); token != "" {
		return token, nil
	}
	// Not the first caller's context: who hangs up must not spoil it for the others.
	renewed := t.group.DoChan(bad, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.patience)
		defer cancel()
		return t.renew(ctx, bad)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-renewed:
		if r.Err != nil {
			return "", r.Err
		}
		token, _ := r.Val.(string)
		return token, nil
	}
}

// kept is the token in the cache, unless it is the bad one.
func (t *tokenSource) kept(ctx context.Context, bad string) string {
	if token, _ := t.cache.GetContext(ctx, t.key).(string); token != bad {
		return token
	}
	return ""
}

// renew asks WeChat, unless another replica has just done so.
func (t *tokenSource) renew(ctx context.Context, bad string) (string, error) {
	release := t.lock.acquire(ctx, func() bool { return t.kept(ctx, bad) != "" })
	defer release()
	if token := t.kept(ctx, bad); token != "" {
		return token, nil
	}
	token, lasts, err := t.fetch(ctx, false)
	event := tokenFetched
	if err == nil && token == bad && t.cache.once(ctx, t.key+":forced", forceEvery) {
		event = tokenForced
		token, lasts, err = t.fetch(ctx, true)
	}
	if err == nil && token == "" {
		err = errNoToken
	}
	if err != nil {
		countToken(tokenFailed)
		return "", err
	}
	countToken(event)
	return token, t.cache.SetContext(ctx, t.key, token, lasts-tokenMargin)
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

// withToken carries out a call that needs an access token; once more, with
// another token, where WeChat no longer takes it. call finds the token in its
// context. Its error is WeChat's no, as an *apiError, or unavailable.
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

// staleToken tells whether WeChat no longer takes the access token,
// https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
func staleToken(code int64) bool { return code == 40001 || code == 40014 || code == 42001 }

// tokenHandle gives the library the token of the call under way. Its calls
// without a context get none: they would have neither a deadline nor an address.
type tokenHandle struct{ client *Client }

var _ credential.AccessTokenContextHandle = tokenHandle{}

// GetAccessToken implements credential.AccessTokenHandle.
func (h tokenHandle) GetAccessToken() (string, error) { return "", errNoClient }

// GetAccessTokenContext gives the token, fit for the URL that the library
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
