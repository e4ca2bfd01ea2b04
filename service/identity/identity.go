// Package identity knows who calls: login through WeChat, tokens and roles. It
// makes accounts those of guardians and pupils by what families claim.
package identity

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
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

// Config is what the service stands on.
type Config struct {
	Store     *store.Store
	Cache     *cache.Cache
	Limiter   *limit.Limiter
	WeChat    *wechat.Client
	Official  *wechat.Official // nil where there is none
	Vault     *vault.Vault
	Coverage  *coverage.Engine
	Outbox    Outbox
	Log       *audit.Log
	Followers Followers
	Watched   Watched
	// PostsChanged brings what the account offers in line with the roles that it holds now.
	PostsChanged func(tx *gorm.DB, account model.ID) error
	// Holds are the other parts of the system that keep something of an account.
	Holds []Holds
}

// Watched returns what the guardian has begun and completed, as marks for a
// child who is about to be theirs. Until the transaction ends it keeps off what
// the guardian watches meanwhile.
type Watched func(tx *gorm.DB, guardian, child model.ID) ([]coverage.Mark, error)

// Outbox writes, in tx, to those whom a change of a family concerns: message.Outbox.
type Outbox interface {
	// TellGuardians tells the pupil's guardians that another account was bound.
	TellGuardians(tx *gorm.DB, account, pupil model.ID) error
	// TellHosts tells the hosts of the class of wrong claims.
	TellHosts(tx *gorm.DB, class model.ID, hosts []model.ID) error
	// TellClaims tells the hosts that claims to pupils of the class wait for them.
	TellClaims(tx *gorm.DB, class model.ID, hosts []model.ID) error
	// TellDecided tells the account that its claim was confirmed or refused.
	TellDecided(tx *gorm.DB, claim, account model.ID) error
	// TellConfirmed tells the hosts that claims to pupils of the class were confirmed by another.
	TellConfirmed(tx *gorm.DB, class model.ID, hosts []model.ID) error
	// TellAppointed tells the accounts of the grant that makes someone a duty officer
	// in the county.
	TellAppointed(tx *gorm.DB, grant, county model.ID, accounts []model.ID) error
	// TellReleased tells the account that it is no longer a pupil's own.
	TellReleased(tx *gorm.DB, account model.ID) error
}

// Followers knows who follows the official account: message.Followers.
type Followers interface {
	// UnionID returns the union id of a person by their openid with the official
	// account; empty where it is not known.
	UnionID(ctx context.Context, openID string) (string, error)
}

// Service is the identity domain. It is safe for concurrent use.
type Service struct {
	store        *store.Store
	cache        *cache.Cache
	authCache    *authcache.Cache
	wechat       *wechat.Client
	official     *wechat.Official // nil where there is none
	vault        *vault.Vault
	coverage     *coverage.Engine
	outbox       Outbox
	log          *audit.Log
	limiter      *limit.Limiter
	families     *family.Families
	marks        family.Marks
	tries        *family.Tries
	phones       *family.Phones
	watched      Watched
	followers    Followers
	holds        []Holds
	postsChanged func(tx *gorm.DB, account model.ID) error
	tokens       *batch.Batcher[tokenHash, authorization]

	phoneNumbers PhoneNumbers
	consentTexts []ConsentText
}

// New makes the service. Close stops it.
func New(c Config) *Service {
	s := &Service{store: c.Store, cache: c.Cache, authCache: authcache.New(c.Store, c.Cache), wechat: c.WeChat, official: c.Official, vault: c.Vault,
		coverage: c.Coverage, outbox: c.Outbox, log: c.Log, limiter: c.Limiter, families: family.New(c.Store), marks: family.NewMarks(c.Vault), tries: family.NewTries(c.Store, c.Vault), phones: family.NewPhones(c.Store, c.Vault),
		watched: c.Watched, postsChanged: c.PostsChanged, followers: c.Followers, holds: append([]Holds{family.Holds, HoldsGrants}, c.Holds...), phoneNumbers: c.WeChat.PhoneNumber, consentTexts: readConsentTexts()}
	s.tokens = batch.New(batch.Config{Name: "tokens", Committers: 1, MaxBatch: 512, MaxQueue: 8192, Gather: 2 * time.Millisecond, Timeout: authcache.LookupTimeout}, s.lookUp)
	return s
}

// Close finishes the look-ups that wait and refuses new ones.
func (s *Service) Close() { s.tokens.Close() }

// How long things to do with tokens live.
const (
	// tokenLife is how long a login lasts without being renewed.
	tokenLife = 30 * 24 * time.Hour
	// loginLife is how long a login lasts however often it is renewed: a stolen
	// token is of no use any more some day.
	loginLife = 180 * 24 * time.Hour
	// renewGrace is how long a renewed token goes on working, for the calls
	// that are on their way with it.
	renewGrace = time.Minute
	// cacheTTL is how long Redis keeps whom a token belongs to. It bounds for how
	// long a change that Redis could not be told of does not show.
	cacheTTL = time.Minute
)
