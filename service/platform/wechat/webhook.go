package wechat

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// App is one of the two programmes of ours that WeChat knows.
type App string

// The programmes.
const (
	MiniProgram     App = "miniProgram"
	OfficialAccount App = "officialAccount"
)

// Values are all programmes.
func (App) Values() []App { return []App{MiniProgram, OfficialAccount} }

// MaxWebhookBody bounds the body of a webhook call in bytes. Those that we read have one or two thousand.
const MaxWebhookBody = 64 << 10

// webhookWindow is how far a webhook call's timestamp may lie from our clock. WeChat
// repeats a webhook call without a response within 15 seconds; what is beyond that is for clocks that differ.
const webhookWindow = 5 * time.Minute

// Refusal is why a webhook call is not taken. It holds nothing of the webhook call.
type Refusal string

// The reasons.
const (
	RefusedSignature  Refusal = "signature"  // not signed with our token, or altered
	RefusedTimestamp  Refusal = "timestamp"  // an old webhook call sent again, or a clock that is wrong
	RefusedPlaintext  Refusal = "plaintext"  // not encrypted, which we asked WeChat to do
	RefusedCiphertext Refusal = "ciphertext" // not encrypted with our key
	RefusedApp        Refusal = "app"        // meant for another programme
	RefusedForm       Refusal = "form"       // neither WeChat's XML nor its JSON
)

// Error implements error.
func (r Refusal) Error() string { return "wechat: push refused: " + string(r) }

// WebhookConfig is one programme's part of the webhook settings (消息推送) of WeChat's
// console, in its safe mode (安全模式).
type WebhookConfig struct {
	App    App
	AppID  string
	Token  string `json:"-"`
	AESKey string `json:"-"` // EncodingAESKey: 43 characters
	Clock  func() time.Time
}

// String names the programme without its secrets.
func (c WebhookConfig) String() string { return fmt.Sprintf("pushes to %s", c.AppID) }

// GoString is String, for %#v.
func (c WebhookConfig) GoString() string { return c.String() }

var webhookToken = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)

// WebhookReceiver checks and opens what WeChat pushes to one programme. The
// library's own checks neither signature nor timestamp.
//
// Signing: https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
// Encryption: https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
type WebhookReceiver struct {
	app   App
	appID string
	token string
	key   []byte
	now   func() time.Time
}

// NewWebhookReceiver returns which part of the settings is wrong, without its value.
func NewWebhookReceiver(cfg WebhookConfig) (*WebhookReceiver, error) {
	if cfg.AppID == "" {
		return nil, errors.New("wechat: the app id is missing")
	}
	if !webhookToken.MatchString(cfg.Token) {
		return nil, ErrWebhookToken
	}
	// The last character of the 43 has two bits to spare, and consoles give any.
	key, err := base64.StdEncoding.DecodeString(cfg.AESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, ErrWebhookKey
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return &WebhookReceiver{app: cfg.App, appID: cfg.AppID, token: cfg.Token, key: key, now: cfg.Clock}, nil
}

// What can be wrong in a WebhookConfig.
var (
	ErrWebhookToken = errors.New("want 3 to 32 letters and digits, as in WeChat's console")
	ErrWebhookKey   = errors.New("want the 43 characters of the EncodingAESKey in WeChat's console")
)

// App is the programme whose pushes it opens.
func (p *WebhookReceiver) App() App { return p.app }

// String hides the keys.
func (p *WebhookReceiver) String() string { return fmt.Sprintf("pushes to %s", p.appID) }

// GoString is String, for %#v.
func (p *WebhookReceiver) GoString() string { return p.String() }

// echo is the form of an echostr: digits until now, never markup.
var echo = regexp.MustCompile(`^[A-Za-z0-9+/=_-]{1,128}$`)

// Echo returns what WeChat wants to read back when the address is entered in
// its console.
func (p *WebhookReceiver) Echo(query url.Values) (string, error) {
	if err := p.checkSender(query); err != nil {
		return "", err
	}
	text := query.Get("echostr")
	if !echo.MatchString(text) {
		return "", RefusedForm
	}
	return text, nil
}

// Open checks a webhook call and returns its event. Every error is a Refusal.
func (p *WebhookReceiver) Open(query url.Values, body []byte) (Event, error) {
	if err := p.checkSender(query); err != nil {
		return Event{}, err
	}
	if len(body) > MaxWebhookBody {
		return Event{}, RefusedForm
	}
	envelope, err := parseTree(body)
	if err != nil {
		return Event{}, RefusedForm
	}
	texts, ok := envelope.texts("Encrypt")
	if !ok {
		return Event{}, RefusedForm
	}
	sealed := texts[0]
	switch {
	case sealed == "" || query.Get("encrypt_type") != "aes":
		return Event{}, RefusedPlaintext
	case !signed(query.Get("msg_signature"), p.token, query.Get("timestamp"), query.Get("nonce"), sealed):
		return Event{}, RefusedSignature
	}
	text, err := p.decrypt(sealed)
	if err != nil {
		return Event{}, err
	}
	message, err := parseTree(text)
	if err != nil {
		return Event{}, RefusedForm
	}
	return readEvent(p.app, message)
}

// checkSender reports whether someone who knows the token has signed the query just now.
func (p *WebhookReceiver) checkSender(query url.Values) error {
	timestamp := query.Get("timestamp")
	if !signed(query.Get("signature"), p.token, timestamp, query.Get("nonce")) {
		return RefusedSignature
	}
	at, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || p.now().Sub(time.Unix(at, 0)).Abs() > webhookWindow {
		return RefusedTimestamp
	}
	return nil
}

// signed compares WeChat's signature of the parts in constant time.
func signed(signature string, parts ...string) bool {
	return subtle.ConstantTimeCompare([]byte(signature), []byte(util.Signature(parts...))) == 1
}

// decrypt opens a message for our programme. The library refuses ciphertexts of
// any form that are not right.
func (p *WebhookReceiver) decrypt(sealed string) ([]byte, error) {
	ciphertext, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, RefusedCiphertext
	}
	_, message, appID, err := util.AESDecryptMsg(ciphertext, p.key)
	switch {
	case err != nil:
		return nil, RefusedCiphertext
	case string(appID) != p.appID:
		return nil, RefusedApp
	}
	return message, nil
}
