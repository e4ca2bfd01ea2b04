package wechat

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// maxResponse bounds a response of WeChat's, in bytes. The largest that we ask
// for is a QR code picture of a few hundred kilobytes.
const maxResponse = 2 << 20

// The library has one HTTP client for the whole process. It is set once,
// before anything can use it, to one without state: each request is
// carried out by the Client found in its context. So Clients with different
// addresses and deadlines live side by side.
func init() {
	util.DefaultHTTPClient = &http.Client{
		Transport: router{},
		Timeout:   time.Minute, // behind every Client's own deadline
	}
}

type clientKey struct{}

var errNoClient = errors.New("wechat: a library call without a Client in its context")

// router leads a request of the library's to the Client in its context. One
// without is refused: it would have neither deadline nor a known address.
type router struct{}

func (router) RoundTrip(req *http.Request) (*http.Response, error) {
	c, ok := req.Context().Value(clientKey{}).(*Client)
	if !ok {
		return nil, errNoClient
	}
	return c.roundTrip(req)
}

// roundTrip sends req to the Client's address. Any status but 200 is an error
// here, because the library's own error for it quotes the URL with the
// secret. This also means that no redirect is ever followed.
func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	if c.base != nil {
		req = req.Clone(req.Context())
		target := c.base.JoinPath(path)
		target.RawQuery = req.URL.RawQuery
		req.URL, req.Host = target, target.Host
	}
	return c.guarded(req, path)
}

// statusError is an HTTP status other than 200, which WeChat's API itself never sends.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("wechat: HTTP status %d", int(e)) }
