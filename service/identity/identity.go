// Package identity knows who calls: login through WeChat, tokens, roles,
// consents, and which children belong to whom.
package identity

import (
	"time"

	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/identity/authcache"
	"xinyu/service/platform/batch"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/wechat"
)

// Service is the identity domain. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	cache    *cache.Cache
	holders  *authcache.Cache
	wechat   *wechat.Client
	official *wechat.Official // nil where there is none
	vault    *vault.Vault
	coverage *coverage.Engine
	limiter  *limit.Limiter
	phones   *family.Phones
	tokens   *batch.Batcher[tokenHash, holder]

	phoneNumbers PhoneNumbers
	consentTexts []ConsentText
}

// New makes the service. official may be nil. Close stops it.
func New(st *store.Store, c *cache.Cache, wx *wechat.Client, official *wechat.Official, v *vault.Vault, engine *coverage.Engine) *Service {
	s := &Service{store: st, cache: c, holders: authcache.New(st, c), wechat: wx, official: official, vault: v, coverage: engine, limiter: limit.New(c.Client()), phones: family.NewPhones(st, v), phoneNumbers: wx.PhoneNumber, consentTexts: readConsentTexts()}
	s.tokens = batch.New(batch.Config{Name: "tokens", Committers: 1, MaxBatch: 512, MaxQueue: 8192, Gather: 2 * time.Millisecond, Timeout: authcache.LookupTimeout}, s.lookUp)
	return s
}

// Close answers the look-ups that wait and turns new ones away.
func (s *Service) Close() { s.tokens.Close() }

// How long things to do with tokens live.
const (
	// tokenLife is how long a login lasts without being renewed.
	tokenLife = 30 * 24 * time.Hour
	// renewGrace is how long a renewed token goes on working, for the calls
	// that are on their way with it.
	renewGrace = time.Minute
	// holderTTL is how long Redis keeps who holds a token. It bounds what a
	// change that Redis did not hear of can show.
	holderTTL = time.Minute
)
