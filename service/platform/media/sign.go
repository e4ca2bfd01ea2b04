package media

import (
	"crypto/hmac"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"

	"xinyu/model"
)

// Signer makes and checks links that let their holder fetch one file until they
// expire: a video element can't send an Authorization header.
type Signer struct {
	mac func([]byte) []byte
	now model.Clock
}

var (
	errLink    = model.Forbidden("link_invalid", "链接无效，请返回页面重新打开")
	errExpired = model.Forbidden("link_expired", "链接已过期，请返回页面重新打开")
)

// NewSigner signs with mac, a keyed hash that is used for nothing else.
func NewSigner(mac func([]byte) []byte, now model.Clock) *Signer {
	return &Signer{mac: mac, now: now}
}

// Sign is the query ("e=…&s=…") of a link to key that holds until expires, to
// the second. Equal arguments give equal links, so rounding expires lets
// clients cache.
func (s *Signer) Sign(key string, expires time.Time) string {
	e := strconv.FormatInt(expires.Unix(), 10)
	return "e=" + e + "&s=" + base64.RawURLEncoding.EncodeToString(s.sum(key, e))
}

// Verify checks the query of a link to key. The error is a *model.Error of
// KindForbidden: link_expired, or link_invalid for any other fault.
func (s *Signer) Verify(key string, query url.Values) error {
	e := query.Get("e")
	sum, err := base64.RawURLEncoding.Strict().DecodeString(query.Get("s"))
	if err != nil || !hmac.Equal(sum, s.sum(key, e)) {
		return errLink
	}
	expires, err := strconv.ParseInt(e, 10, 64)
	if err != nil {
		return errLink
	}
	if !s.now().Before(time.Unix(expires, 0)) {
		return errExpired
	}
	return nil
}

// sum covers the expiry first: it holds no zero byte, so nothing of the key can pass for it.
func (s *Signer) sum(key, e string) []byte { return s.mac([]byte(e + "\x00" + key)) }
