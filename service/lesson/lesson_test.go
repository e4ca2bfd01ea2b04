package lesson

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/scene"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var start = time.Date(2026, 9, 7, 10, 0, 0, 0, time.UTC)

// bundle is a lesson domain on a small county with one family.
type bundle struct {
	*storetest.Fixture
	t        *testing.T
	st       *store.Store
	clock    *storetest.Clock
	engine   *coverage.Engine
	cache    *cache.Cache
	svc      *Service
	tree     storetest.Tree
	pupil    *model.Pupil
	guardian model.Actor
}

// each runs the test on both engines, the one with Redis inside the process, the other with a real one.
func each(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	storetest.EachWithRedis(t, start, func(t *testing.T, st *store.Store, c *cache.Cache, clock *storetest.Clock) {
		test(t, setup(t, st, c, clock))
	})
}

func setup(t *testing.T, st *store.Store, c *cache.Cache, clock *storetest.Clock) *bundle {
	t.Helper()
	files, err := media.OpenDir(t.TempDir())
	require.NoError(t, err)
	engine := coverage.New(st, c, time.Minute)
	svc := New(st, limit.New(c), engine, files, media.NewSigner(func(b []byte) []byte { return append(b[:0:0], b...) }, st.Now), scene.New(scene.Config{Store: st}), CoverChecks{}, identity.Directory{})
	t.Cleanup(svc.Close)
	b := &bundle{Fixture: storetest.NewFixture(t, st), t: t, st: st, clock: clock, engine: engine, cache: c, svc: svc}
	b.tree = b.Tree()
	b.pupil = b.Pupil(b.tree.Class)
	b.guardian = b.Guardian(b.pupil)
	return b
}

func (b *bundle) open(actor model.Actor, l *model.Lesson, pupil model.ID) OpenedWatch {
	b.t.Helper()
	w, err := b.svc.OpenWatch(b.t.Context(), actor, l.ID, pupil)
	require.NoError(b.t, err)
	return w
}

func (b *bundle) report(actor model.Actor, watch model.ID, seq int64, segments ...model.Segment) Credited {
	b.t.Helper()
	c, err := b.svc.Report(b.t.Context(), actor, watch, Report{Seq: seq, Rate: 1, Segments: segments})
	require.NoError(b.t, err)
	return c
}

// watchAll plays the lesson honestly from start to end, with a report every five seconds.
func (b *bundle) watchAll(actor model.Actor, l *model.Lesson, pupil model.ID) Credited {
	b.t.Helper()
	w := b.open(actor, l, pupil)
	var c Credited
	for from, seq := 0, int64(1); from < l.DurationSeconds; from, seq = from+5, seq+1 {
		to := min(from+5, l.DurationSeconds)
		b.clock.Advance(time.Duration(to-from) * time.Second)
		c = b.report(actor, w.ID, seq, model.Segment{From: float64(from), To: float64(to)})
		require.Empty(b.t, c.Rejected)
	}
	return c
}

func (b *bundle) figure(l *model.Lesson, side model.Side, unit *model.Unit) coverage.Figure {
	b.t.Helper()
	f, err := b.engine.Figures(b.t.Context(), l.Item(), side, []model.ID{unit.ID})
	require.NoError(b.t, err)
	return f[unit.ID]
}

// A rate that binary floating point can't hold must not become a little less.
func TestALessonsRateIsStoredExactly(t *testing.T) {
	t.Parallel()
	for percent := 100; percent <= 200; percent++ {
		var l model.Lesson
		require.NoError(t, Edit{Title: "认识情绪", Term: "2026H2", MaxRate: float64(percent) / 100}.apply(&l))
		require.Equal(t, percent, l.MaxRatePercent)
		p := model.LessonProgress{Bitmap: model.NewBitmap(10)}
		l.DurationSeconds = 10
		require.Empty(t, p.Credit(&model.Viewer{AllowanceMS: 20_000}, &l, []model.Segment{{From: 0, To: 5}}, float64(percent)/100, time.Time{}))
	}
}
