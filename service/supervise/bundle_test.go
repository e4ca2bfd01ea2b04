package supervise

import (
	"context"
	"os"
	"testing"
	"time"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// bundle is a service on a database of its own, with a tree of units.
type bundle struct {
	*storetest.Fixture
	st    *store.Store
	clock *storetest.Clock
	svc   *Service
	tree  storetest.Tree
}

// each runs the test on both engines.
func each(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	storetest.EachAt(t, start, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		b := &bundle{Fixture: storetest.NewFixture(t, st), st: st, clock: clock}
		b.svc = New(b.st, coverage.New(b.st, storetest.InProcessRedis(t), time.Minute), message.New(b.st, calls.NewQueue(b.st)), storetest.Vault(t), lessons{b.st}, nil)
		b.tree = b.Tree()
		test(t, b)
	})
}

// lessons stands for the domain of lessons: what is in the table is owed by all.
type lessons struct{ st *store.Store }

func (l lessons) CoverageItem(ctx context.Context, id, _ model.ID) (coverage.ItemDetail, error) {
	var row model.Lesson
	err := l.st.Read(ctx).Take(&row, "id = ?", id).Error
	return coverage.ItemDetail{Item: row.Item(), Sides: row.Sides, Title: row.Title, Open: row.Open(l.st.Now())}, store.Found(err, "lesson")
}

func (l lessons) CoverageItems(context.Context, model.ID, model.Term) ([]coverage.ItemDetail, error) {
	return nil, nil
}

// cover writes that the side of the item covers the pupil now.
func (b *bundle) cover(key ItemKey, p *model.Pupil) {
	at := b.st.Now()
	b.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: p.ID, StartedAt: at, CoveredAt: &at, How: model.CoverWatch})
}
