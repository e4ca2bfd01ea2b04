// Package coverage is the engine that knows who is covered by what.
// Facts and tallies are written in the transaction of their cause, through
// Record and Move; after the commit the caller hands the Change to Publish,
// which brings the counters in Redis up to date. Figures reads them.
package coverage

import (
	"cmp"
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xinyu/model"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/store"
)

// Engine records and reads coverage. It is safe for concurrent use.
type Engine struct {
	store *store.Store
	cache *cache.Cache
	ttl   time.Duration
	paths *lru.Cache[model.ID, []model.ID]
	// returning says that the versions of tallies come with the statement that
	// writes them; elsewhere they are read after it.
	returning bool
}

// DefaultTTL is how long the counters in Redis live: the longest that a lost
// increment can show.
const DefaultTTL = 2 * time.Minute

// pathsKept bounds the ancestor paths kept in memory; a province has about 250,000 classes.
const pathsKept = 300_000

// New makes the engine. ttl 0 means DefaultTTL.
func New(st *store.Store, c *cache.Cache, ttl time.Duration) *Engine {
	ttl = cmp.Or(ttl, DefaultTTL)
	paths, err := lru.New[model.ID, []model.ID](pathsKept)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return &Engine{store: st, cache: c, ttl: ttl, paths: paths, returning: st.Returning()}
}

// path is the unit and all units above it. Units never move, so a path once
// read holds for good. An unknown unit has an empty path.
func (e *Engine) path(ctx context.Context, unit model.ID) ([]model.ID, error) {
	if p, ok := e.paths.Get(unit); ok {
		return p, nil
	}
	pairs, err := store.AncestorsOf(e.store.Read(ctx), []model.ID{unit})
	if err != nil {
		return nil, err
	}
	p := store.Each(pairs, func(pair model.UnitAncestor) model.ID { return pair.AncestorID })
	if len(p) > 0 {
		e.paths.Add(unit, p)
	}
	return p, nil
}

// Change is what a transaction did to the tallies. The zero Change is nothing.
type Change struct {
	deltas []delta
	// versions are those of the tallies that the transaction wrote.
	versions map[tallyKey]int64
	// stale are the items whose counters increments can't bring up to date.
	stale []counterKey
	// rosters says that the number of pupils of some class changed.
	rosters bool
}

// Add joins the change of another call in the same transaction.
func (c *Change) Add(other Change) {
	c.deltas = append(c.deltas, other.deltas...)
	for key, version := range other.versions {
		if c.versions == nil {
			c.versions = map[tallyKey]int64{}
		}
		c.versions[key] = max(c.versions[key], version)
	}
	c.stale = append(c.stale, other.stale...)
	c.rosters = c.rosters || other.rosters
}

// counterKey names one hash of counters.
type counterKey struct {
	kind model.ItemKind
	id   model.ID
	side model.Side
}

// tallyKey names one tally row.
type tallyKey struct {
	counterKey
	class model.ID
}

// delta is a change of one tally row; unit is the one that owns the item.
type delta struct {
	tallyKey
	unit             model.ID
	started, covered int
}

// chunk bounds the values of one IN list or multi-row statement.
const chunk = 500
