package wechat

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
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
	// Refreshes that force a new token: WeChat ignores one within 30 seconds of
	// the last and takes 20 a day (same page). They are spaced more widely, so
	// that a token which is refused for some other reason does not use up the
	// day's at once.
	forceEvery = 5 * time.Minute
	forcesADay = 20
	// redisDeadline bounds one look into Redis, so that a Redis that hangs
	// costs less than a call to WeChat.
	redisDeadline = 500 * time.Millisecond
)

var errNoToken = errors.New("wechat: the response has no access token")

// tokenSource gives the access token (or jsapi_ticket). It lies in this process
// and, for the replicas that have none yet, in Redis. WeChat gives the same
// stable token to all who ask, so nothing locks: on a cold start each replica
// asks once at most.
type tokenSource struct {
	rdb redis.UniversalClient // nil: this process only
	key string
	// fetch asks WeChat; with force it makes a new token though the last is good.
	fetch func(ctx context.Context, force bool) (token string, lasts time.Duration, err error)
	// timeout bounds a renewal.
	timeout time.Duration
	group   singleflight.Group

	mu      sync.Mutex
	token   string
	expires time.Time
	forced  []time.Time // when this process forced a new token without Redis, in the last day
}

// get returns a token. bad is one that WeChat has just refused: it is dropped
// and not returned again as long as WeChat has another.
func (t *tokenSource) get(ctx context.Context, bad string) (string, error) {
	if token := t.local(bad); token != "" {
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

// local is the token of this process, unless it has expired or is the bad one.
func (t *tokenSource) local(bad string) string {
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

func (t *tokenSource) setLocal(token string, lasts time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token, t.expires = token, time.Now().Add(lasts)
}

// renew takes the token that another replica has left in Redis, or asks WeChat.
func (t *tokenSource) renew(ctx context.Context, bad string) (string, error) {
	if token, lasts := t.shared(ctx); token != bad && lasts > 0 {
		t.setLocal(token, lasts)
		return token, nil
	}
	token, lasts, err := t.fetch(ctx, false)
	event := tokenFetched
	if err == nil && token == bad && t.mayForce(ctx) {
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
	t.keep(ctx, token, lasts-tokenMargin)
	return token, nil
}

// keep keeps a token in this process and in Redis. One that is about to expire
// is not kept: Redis takes a lifetime that is not positive for "for ever". Where
// Redis fails, other replicas ask WeChat and get the same token.
func (t *tokenSource) keep(ctx context.Context, token string, lasts time.Duration) {
	t.setLocal(token, lasts)
	if t.rdb == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, redisDeadline)
	defer cancel()
	if lasts <= 0 {
		_ = t.rdb.Del(ctx, t.key).Err()
		return
	}
	_ = t.rdb.Set(ctx, t.key, token, lasts).Err()
}

// shared is the token in Redis and how long it lasts; nothing where Redis fails.
func (t *tokenSource) shared(ctx context.Context) (token string, lasts time.Duration) {
	if t.rdb == nil {
		return "", 0
	}
	ctx, cancel := context.WithTimeout(ctx, redisDeadline)
	defer cancel()
	var get *redis.StringCmd
	var ttl *redis.DurationCmd
	_, err := t.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		get, ttl = p.Get(ctx, t.key), p.PTTL(ctx, t.key)
		return nil
	})
	if err != nil {
		return "", 0
	}
	return get.Val(), ttl.Val()
}

// mayForce reports true to one caller in forceEvery and forcesADay times a day,
// of all replicas or, while there is no Redis, of this process.
func (t *tokenSource) mayForce(ctx context.Context) bool {
	if t.rdb != nil {
		ctx, cancel := context.WithTimeout(ctx, redisDeadline)
		defer cancel()
		if may, err := t.mayForceShared(ctx); err == nil {
			return may
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.forced = slices.DeleteFunc(t.forced, func(at time.Time) bool { return now.Sub(at) >= 24*time.Hour })
	if n := len(t.forced); n >= forcesADay || n > 0 && now.Sub(t.forced[n-1]) < forceEvery {
		return false
	}
	t.forced = append(t.forced, now)
	return true
}

func (t *tokenSource) mayForceShared(ctx context.Context) (bool, error) {
	won, err := t.rdb.SetNX(ctx, t.key+":forced", 1, forceEvery).Result()
	if !won || err != nil {
		return false, err
	}
	day := t.key + ":forced:" + time.Now().UTC().Format(time.DateOnly)
	var count *redis.IntCmd
	_, err = t.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		count = p.Incr(ctx, day)
		p.Expire(ctx, day, 24*time.Hour)
		return nil
	})
	return err == nil && count.Val() <= forcesADay, err
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
