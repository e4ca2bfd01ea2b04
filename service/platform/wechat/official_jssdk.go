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
	ticket, err := o.tickets.get(ctx, "")
	if err != nil {
		return JSConfig{}, unavailable(safeCause(err))
	}
	c := JSConfig{AppID: o.appID, Timestamp: time.Now().Unix(), NonceStr: rand.Text()}
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + c.NonceStr + //nolint:gosec // as above
		"&timestamp=" + strconv.FormatInt(c.Timestamp, 10) + "&url=" + page))
	c.Signature = hex.EncodeToString(sum[:])
	return c, nil
}

// fetchTicket asks WeChat for the jsapi_ticket; a repeat gives the same one.
func (o *Official) fetchTicket(ctx context.Context, _ bool) (ticket string, lasts time.Duration, err error) {
	var answer struct {
		Ticket    string `json:"ticket"`
		ExpiresIn int64  `json:"expires_in"`
	}
	if err := o.client.authed(ctx, "/cgi-bin/ticket/getticket", url.Values{"type": {"jsapi"}}, nil, &answer); err != nil {
		return "", 0, err
	}
	if answer.Ticket == "" {
		return "", 0, unavailable(errors.New("wechat: the answer has no ticket"))
	}
	return answer.Ticket, time.Duration(answer.ExpiresIn) * time.Second, nil
}
