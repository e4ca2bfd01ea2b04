package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// exchange calls WeChat where the library has no call that takes a context
// (such a call would have neither a deadline nor a way to our address): with
// a body it posts, else it gets. A refusal of WeChat's is an *apiError; other
// errors may hold the URL with its secrets and must pass safeCause.
func (c *Client) exchange(ctx context.Context, path string, query url.Values, in, out any) error {
	answer, err := c.ask(ctx, path, query, in)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// authed is exchange with the access token in the query. Its errors are those of withToken.
func (c *Client) authed(ctx context.Context, path string, query url.Values, in, out any) error {
	return c.withToken(ctx, func(ctx context.Context) error { return c.exchange(ctx, path, query, in, out) })
}

// ask gives the response as it is, unless it is an error of WeChat's. The query
// gets the access token of withToken, where there is one.
func (c *Client) ask(ctx context.Context, path string, query url.Values, in any) ([]byte, error) {
	ctx, cancel := c.call(ctx)
	defer cancel()
	if token, ok := ctx.Value(tokenKey{}).(string); ok {
		if query == nil {
			query = url.Values{}
		}
		query.Set("access_token", token)
	}
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if in != nil {
		// WeChat takes no \u003c for <.
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(in); err != nil {
			return nil, err
		}
		method, body = http.MethodPost, &text
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://api.weixin.qq.com"+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.roundTrip(req) //nolint:bodyclose // fetch has read and closed it
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var no struct {
		Code    int64  `json:"errcode"`
		Message string `json:"errmsg"`
	}
	// A picture is no JSON and therefore no error.
	if json.Unmarshal(answer, &no) == nil && no.Code != 0 {
		return nil, newAPIError(no.Code, no.Message)
	}
	return answer, nil
}
