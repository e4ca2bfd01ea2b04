package lecture

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/cache"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/scene"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// start is where every test's clock begins: the border of a step.
var start = time.Date(2026, 9, 7, 10, 0, 0, 0, time.UTC)

// bundle is a lecture domain on a small county with one family and a class teacher.
type bundle struct {
	*storetest.Fixture
	t        *testing.T
	st       *store.Store
	clock    *storetest.Clock
	engine   *coverage.Engine
	svc      *Service
	tree     storetest.Tree
	pupil    *model.Pupil
	guardian model.Actor
	teacher  model.Actor // of the school: the host
	manager  model.Actor // of the school
	checker  *checker
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
	engine := coverage.New(st, c, time.Minute)
	wechat := &checker{}
	svc := New(st, limit.New(c), engine, storetest.Vault(t), wechat.check, scene.New(scene.Config{Store: st}), message.New(st, calls.NewQueue(st)),
		message.NewRecipients(message.DemoTemplates(), identity.Directory{}, nil), identity.Directory{})
	t.Cleanup(svc.Close)
	b := &bundle{Fixture: storetest.NewFixture(t, st), t: t, st: st, clock: clock, engine: engine, svc: svc, checker: wechat}
	b.tree = b.Tree()
	b.pupil = b.Pupil(b.tree.Class)
	b.guardian = b.Guardian(b.pupil)
	b.teacher = b.Staff(model.RoleTeacher, b.tree.School)
	b.manager = b.Staff(model.RoleManager, b.tree.School)
	return b
}

// plan is an hour in a hall that begins now.
func (b *bundle) plan(targets ...*model.Unit) Plan {
	p := Plan{Mode: model.SessionOffline, Place: "礼堂", StartsAt: b.clock.Now(), EndsAt: b.clock.Now().Add(time.Hour)}
	for _, u := range targets {
		p.TargetUnitIDs = append(p.TargetUnitIDs, u.ID)
	}
	return p
}

// session is one hosted by the teacher that is open now, for the whole school.
func (b *bundle) session(l *model.Lecture) Session {
	b.t.Helper()
	s, err := b.svc.Schedule(b.t.Context(), b.teacher, l.ID, b.plan(b.tree.School))
	require.NoError(b.t, err)
	require.Equal(b.t, model.SessionOpen, s.Status)
	return s
}

// lecture is one of the county's.
func (b *bundle) lecture(sides ...model.Side) *model.Lecture {
	b.t.Helper()
	return b.Lecture(b.tree.County, 4, sides...)
}

func (b *bundle) token(s Session) string {
	b.t.Helper()
	code, err := b.svc.Code(b.t.Context(), b.teacher, s.ID, "/api/v1")
	require.NoError(b.t, err)
	return code.Token
}

func (b *bundle) checkIn(actor model.Actor, token string, pupils ...model.ID) []CheckedIn {
	b.t.Helper()
	r, err := b.svc.CheckIn(b.t.Context(), actor, CheckIn{Token: token, PupilIDs: pupils})
	require.NoError(b.t, err)
	return r.Items
}

func (b *bundle) refusedCheckIn(actor model.Actor, in CheckIn, code string) {
	b.t.Helper()
	_, err := b.svc.CheckIn(b.t.Context(), actor, in)
	storetest.Refused(b.t, err, code)
}

func (b *bundle) figure(l *model.Lecture, side model.Side, unit *model.Unit) coverage.Figure {
	b.t.Helper()
	f, err := b.engine.Figures(b.t.Context(), l.Item(), side, []model.ID{unit.ID})
	require.NoError(b.t, err)
	return f[unit.ID]
}

// fact is the coverage fact of the pupil, or nil.
func (b *bundle) fact(l *model.Lecture, side model.Side, pupil *model.Pupil) *model.CoverageFact {
	b.t.Helper()
	var facts []model.CoverageFact
	require.NoError(b.t, b.st.Read(b.t.Context()).Where("item_kind = ? AND item_id = ? AND side = ? AND pupil_id = ?", model.ItemLecture, l.ID, side, pupil.ID).Find(&facts).Error)
	if len(facts) == 0 {
		return nil
	}
	return &facts[0]
}
