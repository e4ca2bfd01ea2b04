package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/silenceper/wechat/v2/credential"
)

// exchange calls WeChat where the library has no call that takes a context:
// with a body it posts, else it gets. A no of WeChat's is an *apiError; other
// errors may hold the URL with its secrets and must pass safeCause.
func (c *Client) exchange(ctx context.Context, path string, query url.Values, in, out any) error {
	ctx, cancel := c.call(ctx)
	defer cancel()
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if in != nil {
		// WeChat takes no \u003c for <.
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(in); err != nil {
			return err
		}
		method, body = http.MethodPost, &text
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://api.weixin.qq.com"+path+"?"+query.Encode(), body)
	if err != nil {
		return err
	}
	resp, err := c.roundTrip(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	var no struct {
		Code    int64  `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &no); err != nil {
		return err
	}
	if no.Code != 0 {
		return newAPIError(no.Code, no.Message)
	}
	return json.Unmarshal(answer, out)
}

// authed is exchange with the account's access token; once more, with a new
// one, where WeChat no longer takes it. Its errors are *model.Error, but for
// a no of WeChat's that is about the call itself: an *apiError.
func (o *Official) authed(ctx context.Context, path string, query url.Values, in, out any) error {
	for try := 0; ; try++ {
		token, err := o.token(ctx)
		if err != nil {
			return err
		}
		query.Set("access_token", token)
		err = o.client.exchange(ctx, path, query, in, out)
		var no *apiError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &no):
			return unavailable(safeCause(err))
		case staleToken(no.code) && try == 0:
			o.dropToken(ctx)
		case staleToken(no.code), no.code == -1:
			return unavailable(no)
		default:
			return no
		}
	}
}

// staleToken tells whether WeChat no longer takes the access token,
// https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
func staleToken(code int64) bool { return code == 40001 || code == 40014 || code == 42001 }

// token is the access token that all replicas share.
func (o *Official) token(ctx context.Context) (string, error) {
	ctx, cancel := o.client.call(ctx)
	defer cancel()
	token, err := o.client.program.GetAuth().GetAccessTokenContext(ctx)
	if err != nil {
		return "", unavailable(safeCause(err))
	}
	return token, nil
}

// dropToken forgets the access token, so that the next call asks for one.
func (o *Official) dropToken(ctx context.Context) {
	shared := o.client.program.GetAuth()
	key := credential.CacheKeyMiniProgramPrefix + "_stable_access_token_" + o.appID // the library's own
	if cache, ok := shared.Cache.(*tokenCache); ok {
		_ = cache.DeleteContext(ctx, key) // the call that follows fails as this one did
	}
}
