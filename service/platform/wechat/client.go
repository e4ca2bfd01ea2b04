// Package wechat makes all calls to WeChat's servers and is the sole importer of
// silenceper/wechat. It works around that library's faults: an HTTP client that
// is a process global without a deadline, errors that carry the AppSecret,
// login codes put into a URL unescaped, and a token cache that races.
//
// Only the library's mini-program packages are imported, never its root,
// whose init turns the process-wide logrus to debug on stdout.
package wechat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/config"
)

// DefaultTimeout is how long one call to WeChat may take where Config names nothing.
const DefaultTimeout = 5 * time.Second

// Config says which mini-program we are and where WeChat is.
type Config struct {
	// AppID is the mini-program's public identifier (wx…).
	AppID string
	// Secret is the AppSecret. It never appears in an error or a log.
	Secret string `json:"-"`
	// BaseURL replaces https://api.weixin.qq.com, for the emulator; empty means the real one.
	BaseURL string
	// Timeout bounds one call, its response read included; zero means DefaultTimeout.
	Timeout time.Duration
	// OpenFor is how long the circuit breaker of a call that keeps failing stays
	// open; zero means five seconds.
	OpenFor time.Duration
}

// String names the mini-program without its secret, so that a logged Config is harmless.
func (c Config) String() string { return fmt.Sprintf("wechat %s at %s", c.AppID, c.BaseURL) }

// GoString is String, for %#v.
func (c Config) GoString() string { return c.String() }

// LogValue is String, for slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Validate names the first setting that is missing or wrong, without its value.
func (c Config) Validate() error {
	if c.AppID == "" {
		return errors.New("wechat: the app id is missing")
	}
	if c.Secret == "" {
		return errors.New("wechat: the app secret is missing")
	}
	_, err := parseBase(c.BaseURL)
	return err
}

func parseBase(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	base, err := url.Parse(s)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("wechat: the base URL must be http(s)://host[:port][/path]")
	}
	if base.Path == "" {
		base.Path = "/" // JoinPath would leave a path that does not begin with one
	}
	return base, nil
}

// Client calls WeChat for one mini-program. It is safe for concurrent use,
// and any number of them may live in one process.
type Client struct {
	program   *miniprogram.MiniProgram // holds the secret; a pointer, so that printing a Client does not show it
	stable    *credential.StableAccessToken
	tokens    *tokenSource
	breakers  *breakers
	base      *url.URL // nil for the real WeChat
	timeout   time.Duration
	transport *http.Transport
}

// New makes a Client. It calls nobody. It panics on a Config that does not
// pass Validate, which belongs to the start of the program.
func New(cfg Config) *Client {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	base, _ := parseBase(cfg.BaseURL) // Validate has just passed
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // one host takes all calls; the default of 2 would reconnect all the time
	c := &Client{base: base, timeout: cfg.Timeout, transport: transport, breakers: newBreakers(cmp.Or(cfg.OpenFor, defaultOpenFor))}
	c.tokens = &tokenSource{fetch: c.fetchToken, timeout: 2 * cfg.Timeout}
	// The library insists on a cache of its own. It stays empty: tokens decides
	// what is kept, and only GetAccessTokenDirectly is called.
	unused := cache.NewMemory()
	c.stable = credential.NewStableAccessToken(cfg.AppID, cfg.Secret, credential.CacheKeyMiniProgramPrefix, unused).(*credential.StableAccessToken)
	c.program = miniprogram.NewMiniProgram(&config.Config{AppID: cfg.AppID, AppSecret: cfg.Secret, Cache: unused})
	c.program.SetAccessTokenContextHandle(tokenHandle{c})
	return c
}

// Close closes idle connections. A Client can still be used afterwards.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// call gives the context in which the library must be called: it leads the
// request to this Client and bounds it in time.
func (c *Client) call(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, clientKey{}, c), c.timeout)
}
