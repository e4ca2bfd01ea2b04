// Package org knows the tree of units and who is on the rosters: it keeps the
// tree, imports roster files, and lists the pupils of a class.
package org

import (
	"context"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/scene"
	"xinyu/service/unit"
)

// Service is the domain of units and rosters. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	cache    *cache.Cache
	sessions Sessions
	accounts Accounts
	log      *audit.Log
	coverage *coverage.Engine
	vault    *vault.Vault
	tries    *family.Tries
	marks    family.Marks
	families *family.Families
	scenes   *scene.Scenes
	limiter  *limit.Limiter

	ctx      context.Context // of the imports that go on after their call; ends with Close
	stop     context.CancelFunc
	imports  sync.WaitGroup
	reading  chan struct{} // bounds the files read at once, for memory
	applying chan struct{} // holds whichever import this process applies
	running  sync.Map      // model.ID of an import that this process has claimed → *progress
}

// Sessions makes what is cached of logins follow a change of roles;
// service/identity/authcache does. ForgetFamilies is called after the commit.
type Sessions interface {
	ForgetFamilies(ctx context.Context, pupils []model.ID)
}

// Accounts knows what roles accounts hold; identity.Directory does.
type Accounts interface {
	// UnitsOf returns the units at which the account, if it is not locked, holds one of
	// the roles at that moment.
	UnitsOf(db *gorm.DB, account model.ID, at time.Time, roles ...model.Role) ([]model.ID, error)
}

// New makes the service. Close ends what it does in the background.
func New(st *store.Store, c *cache.Cache, sessions Sessions, accounts Accounts, log *audit.Log, cov *coverage.Engine, v *vault.Vault, scenes *scene.Scenes, limiter *limit.Limiter) *Service {
	ctx, stop := context.WithCancel(context.Background())
	return &Service{store: st, cache: c, sessions: sessions, accounts: accounts, log: log, coverage: cov, vault: v, tries: family.NewTries(st, v), marks: family.NewMarks(v), families: family.New(st), scenes: scenes, limiter: limiter, ctx: ctx, stop: stop,
		reading: make(chan struct{}, 2), applying: make(chan struct{}, 1)}
}

// Close stops running imports, which then change nothing, and waits for them.
func (s *Service) Close() {
	s.stop()
	s.imports.Wait()
}

// visibleTo keeps the units that the actor may know of: those at and below
// where they work, and the names of those above any of their units.
func (s *Service) visibleTo(actor model.Actor) store.Cond {
	now := s.store.Now()
	all := actor.UnitsAs(now, slices.Concat(model.Families, model.Staff)...)
	return store.Any(unit.Below(actor.UnitsAs(now, model.Staff...)...), unit.Above(all...))
}

// managed are the units that the actor manages; what is below them is theirs too.
func (s *Service) managed(actor model.Actor) []model.ID {
	return actor.UnitsAs(s.store.Now(), model.RoleManager)
}
