package wechat

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // WeChat's signature is SHA-1
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

// JSConfig is what a page hands to wx.config of WeChat's JS-SDK.
type JSConfig struct {
	AppID     string `json:"appId"`
	Timestamp int64  `json:"timestamp"`
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
}

// JSConfig signs the address of a page, without its fragment. The caller has
// made sure that the page is ours.
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
func (o *Official) JSConfig(ctx context.Context, page string) (JSConfig, error) {
	ticket, err := o.tickets.get(ctx)
	if err != nil {
		return JSConfig{}, err
	}
	c := JSConfig{AppID: o.appID, Timestamp: time.Now().Unix(), NonceStr: rand.Text()}
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + c.NonceStr + //nolint:gosec // as above
		"&timestamp=" + strconv.FormatInt(c.Timestamp, 10) + "&url=" + page))
	c.Signature = hex.EncodeToString(sum[:])
	return c, nil
}

func (o *Official) fetchTicket(ctx context.Context) (ticket string, lasts time.Duration, err error) {
	var answer struct {
		Ticket    string `json:"ticket"`
		ExpiresIn int64  `json:"expires_in"`
	}
	if err := o.authed(ctx, "/cgi-bin/ticket/getticket", url.Values{"type": {"jsapi"}}, nil, &answer); err != nil {
		return "", 0, err
	}
	if answer.Ticket == "" {
		return "", 0, unavailable(errors.New("wechat: the answer has no ticket"))
	}
	return answer.Ticket, time.Duration(answer.ExpiresIn) * time.Second, nil
}

const (
	// ticketMargin is how long before its end a ticket is replaced.
	ticketMargin = 5 * time.Minute
	// ticketWait is how long one replica waits for another that is fetching.
	ticketWait = 2 * time.Second
	ticketPoll = 50 * time.Millisecond
)

// ticketSource keeps the jsapi_ticket where all replicas find it. One process
// fetches it at a time, and one replica: WeChat counts the calls.
type ticketSource struct {
	cache *tokenCache
	rdb   redis.UniversalClient // nil: this process only
	key   string
	fetch func(context.Context) (string, time.Duration, error)
	group singleflight.Group
}

func newTicketSource(rdb redis.UniversalClient, appID string, fetch func(context.Context) (string, time.Duration, error)) *ticketSource {
	return &ticketSource{cache: newTokenCache(rdb), rdb: rdb, key: "xinyu:wechat:jsapi_ticket:" + appID, fetch: fetch}
}

func (t *ticketSource) get(ctx context.Context) (string, error) {
	if ticket, ok := t.cache.GetContext(ctx, t.key).(string); ok && ticket != "" {
		return ticket, nil
	}
	// Not the first caller's context: who hangs up must not spoil it for the others.
	ch := t.group.DoChan(t.key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*DefaultTimeout)
		defer cancel()
		return t.renew(ctx)
	})
	select {
	case <-ctx.Done():
		return "", unavailable(ctx.Err())
	case r := <-ch:
		if r.Err != nil {
			return "", r.Err
		}
		ticket, _ := r.Val.(string)
		return ticket, nil
	}
}

func (t *ticketSource) renew(ctx context.Context) (string, error) {
	release := t.lock(ctx)
	defer release()
	if ticket, ok := t.cache.GetContext(ctx, t.key).(string); ok && ticket != "" {
		return ticket, nil // another replica has just fetched it
	}
	ticket, lasts, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	if err := t.cache.SetContext(ctx, t.key, ticket, lasts-ticketMargin); err != nil {
		return "", unavailable(err)
	}
	return ticket, nil
}

// lock waits for the other replicas, but not for ever: two tickets are no harm.
func (t *ticketSource) lock(ctx context.Context) (release func()) {
	if t.rdb == nil {
		return func() {}
	}
	key, mine := t.key+":lock", rand.Text()
	for until := time.Now().Add(ticketWait); time.Now().Before(until) && ctx.Err() == nil; time.Sleep(ticketPoll) {
		bounded, cancel := context.WithTimeout(ctx, redisDeadline)
		won, err := t.rdb.SetNX(bounded, key, mine, 2*DefaultTimeout).Result()
		cancel()
		if err != nil {
			break // Redis is away: each for itself
		}
		if won {
			return func() {
				bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisDeadline)
				defer cancel()
				if held, err := t.rdb.Get(bounded, key).Result(); err == nil && held == mine {
					_ = t.rdb.Del(bounded, key).Err() // it expires by itself
				}
			}
		}
		if t.cache.GetContext(ctx, t.key) != nil {
			break
		}
	}
	return func() {}
}
