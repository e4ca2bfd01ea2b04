package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"xinyu/model"
	"xinyu/service/identity/authcache"
)

// tokenPrefix marks our tokens, so that a scanner can find one that was published by mistake.
const tokenPrefix = "xy_"

// tokenBytes is how many random bytes a token has.
const tokenBytes = 32

var tokenEncoding = base64.RawURLEncoding.Strict()

// ErrTokenInvalid is the one error for a token that is malformed, unknown,
// expired or revoked, or whose account is disabled.
var ErrTokenInvalid = &model.Error{Kind: model.KindUnauthenticated, Code: "token_invalid", Message: "登录已失效，请重新登录"}

// tokenHash is the SHA-256 of a token: all that we keep of it.
type tokenHash [sha256.Size]byte

// newToken is a fresh token and its hash.
func newToken() (string, tokenHash) {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // never fails, by its documentation
	token := tokenPrefix + tokenEncoding.EncodeToString(random)
	return token, sha256.Sum256([]byte(token))
}

// parseToken hashes a token that has the form of ours.
func parseToken(token string) (tokenHash, bool) {
	encoded, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok || len(encoded) != tokenEncoding.EncodedLen(tokenBytes) {
		return tokenHash{}, false
	}
	if _, err := tokenEncoding.DecodeString(encoded); err != nil {
		return tokenHash{}, false
	}
	return sha256.Sum256([]byte(token)), true
}

// redisKey is where Redis keeps whom the token belongs to.
func (h tokenHash) redisKey() string { return authcache.Key(h[:]) }
