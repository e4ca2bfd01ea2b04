// Package lesson is the domain of micro-lessons: the catalogue, watches and
// the reports by which watching is credited.
package lesson

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	lru "github.com/hashicorp/golang-lru/v2"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/batch"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/scene"
)

// Service is the lesson domain. It is safe for concurrent use.
type Service struct {
	store    *store.Store
	coverage *coverage.Engine
	media    media.Store
	painter  *media.Painter
	signer   *media.Signer
	limiter  *limit.Limiter
	scenes   *scene.Scenes
	covers   CoverChecks
	accounts Accounts

	reports *batch.Batcher[reportItem, reportResult]
	reads   *batch.Batcher[model.ID, *model.Watch]
	// watches never change, so they may be kept for as long as there is room.
	watches *lru.Cache[model.ID, *model.Watch]
	// lessons change seldom; a report may be credited by terms a few seconds old.
	lessons *expirable.LRU[model.ID, *model.Lesson]
}

// Accounts knows what this domain needs of accounts; identity.Directory does.
type Accounts interface {
	// OpenID returns who the account is to WeChat.
	OpenID(db *gorm.DB, account model.ID) (string, error)
	// Names returns the names of staff.
	Names(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error)
}

const (
	watchesKept = 200_000
	lessonsKept = 10_000
	lessonsTTL  = 5 * time.Second
)

// New makes the service and starts its committers; Close ends them.
func New(st *store.Store, limiter *limit.Limiter, engine *coverage.Engine, files media.Store, signer *media.Signer, scenes *scene.Scenes, covers CoverChecks, accounts Accounts) *Service {
	watches, err := lru.New[model.ID, *model.Watch](watchesKept)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	s := &Service{
		store: st, coverage: engine, media: files, painter: media.NewPainter(), signer: signer, limiter: limiter, scenes: scenes, covers: covers, accounts: accounts,
		watches: watches,
		lessons: expirable.NewLRU[model.ID, *model.Lesson](lessonsKept, nil, lessonsTTL),
	}
	s.reports = batch.New(batch.Config{Name: "reports"}, s.commitReports)
	s.reads = batch.New(batch.Config{Name: "watches", Committers: 1, MaxBatch: rowsPerStatement, MaxQueue: 8 * rowsPerStatement}, s.readWatches)
	return s
}

// Close commits the reports on their way.
func (s *Service) Close() {
	s.reads.Close()
	s.reports.Close()
}
