package lecture

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"xinyu/model"
)

// stepSeconds is how long one code is shown. A code is good while it is shown
// and for one step more, so that whoever scans at the last moment is in time. It
// is good one step before, too: the clock of the replica that showed it may be
// ahead of that of the one which checks it.
const stepSeconds = 15

// step counts the periods of stepSeconds since the Unix epoch.
type step uint32

func stepAt(t time.Time) step { return step(t.Unix() / stepSeconds) }

// start is when the step begins, UTC.
func (n step) start() time.Time { return time.Unix(int64(n)*stepSeconds, 0).UTC() }

// end is when the step ends, UTC, exclusive.
func (n step) end() time.Time { return (n + 1).start() }

// live reports whether a code of the step is accepted at now: during its own
// step, the one after and the one before.
func (n step) live(now time.Time) bool {
	current := stepAt(now)
	return n == current || n+1 == current || n == current+1
}

// codes makes and checks the rotating codes. Nothing is stored: a code is the
// MAC of its session and step.
type codes struct {
	mac func(purpose string, data []byte) []byte
}

// The purposes of the MACs: knowing the digits must not help to make a token.
const (
	tokenPurpose  = "session-code"
	digitsPurpose = "session-digits"
)

// A token is its claim (session id, step) and the first tagBytes of the claim's MAC.
const (
	claimBytes = 8 + 4
	tagBytes   = 16
)

var tokenEncoding = base64.RawURLEncoding.Strict()

func claim(session model.ID, n step) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, claimBytes+tagBytes), uint64(session))
	return binary.BigEndian.AppendUint32(b, uint32(n))
}

// token is the text in the QR code.
func (c codes) token(session model.ID, n step) string {
	b := claim(session, n)
	return tokenEncoding.EncodeToString(append(b, c.mac(tokenPurpose, b)[:tagBytes]...))
}

// read returns the session and step that a genuine token names. Whether the
// step is in time is for the caller to decide.
func (c codes) read(token string) (session model.ID, n step, ok bool) {
	if tokenEncoding.DecodedLen(len(token)) != claimBytes+tagBytes {
		return 0, 0, false
	}
	b, err := tokenEncoding.DecodeString(token)
	if err != nil || len(b) != claimBytes+tagBytes {
		return 0, 0, false
	}
	if !hmac.Equal(b[claimBytes:], c.mac(tokenPurpose, b[:claimBytes])[:tagBytes]) {
		return 0, 0, false
	}
	return model.ID(binary.BigEndian.Uint64(b)), step(binary.BigEndian.Uint32(b[8:])), true
}

// digits is the short code that is read aloud: six digits, truncated as in RFC 4226.
func (c codes) digits(session model.ID, n step) string {
	sum := c.mac(digitsPurpose, claim(session, n))
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[offset:])&0x7fffffff)%1_000_000)
}

// matchDigits returns the live step that the digits are of.
func (c codes) matchDigits(session model.ID, digits string, now time.Time) (step, bool) {
	current := stepAt(now)
	for _, n := range []step{current, current - 1, current + 1} {
		if hmac.Equal([]byte(c.digits(session, n)), []byte(digits)) {
			return n, true
		}
	}
	return 0, false
}
