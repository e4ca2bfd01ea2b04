package supervise

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/notify"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func TestANudgeADay(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{"sqlite": storetest.SQLite, "mariadb": storetest.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := storetest.NewClock(start)
			st := open(t, storetest.WithClock(clock.Now))
			f := storetest.NewFixture(t, st)
			svc := New(st, coverage.New(st, storetest.InProcessRedis(t), time.Minute), notify.New(st))
			tree := f.Tree()
			lesson := f.Lesson(tree.County, 60, model.SidePupil, model.SideGuardian)
			key := ItemKey{Kind: model.ItemLesson, ID: lesson.ID, Side: model.SidePupil}
			covered, missing, moved, lonely := f.Pupil(tree.Class), f.Pupil(tree.Class), f.Pupil(tree.OtherClass), f.Pupil(tree.Class)
			f.Guardian(covered)
			f.Guardian(missing)
			f.Guardian(moved)
			at := st.Now()
			f.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: covered.ID, StartedAt: at, CoveredAt: &at, How: model.CoverWatch})
			manager, teacher := f.Staff(model.RoleManager, tree.School), f.Staff(model.RoleTeacher, tree.Class)
			nudge := func(actor model.Actor, unit *model.Unit) Nudges {
				t.Helper()
				n, err := svc.Nudge(t.Context(), actor, key, unit.ID)
				require.NoError(t, err)
				return n
			}
			require.Equal(t, Nudges{Nudged: 1, Unreachable: 1}, nudge(teacher, tree.Class), "not %s", lonely.ID)
			require.Equal(t, Nudges{Nudged: 1, AlreadyNudged: 1, Unreachable: 1}, nudge(manager, tree.School))
			require.Equal(t, Nudges{AlreadyNudged: 2, Unreachable: 1}, nudge(manager, tree.School))
			other := key
			other.Side = model.SideGuardian
			n, err := svc.Nudge(t.Context(), manager, other, tree.School.ID)
			require.NoError(t, err)
			require.Equal(t, Nudges{Nudged: 3, Unreachable: 1}, n, "the other side is owed apart")
			var rows []model.OutboxMessage
			require.NoError(t, st.Read(t.Context()).Where("pupil_id = ?", missing.ID).Order("id").Find(&rows).Error)
			require.Len(t, rows, 2)
			f.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: missing.ID, StartedAt: at, CoveredAt: &at, How: model.CoverWatch})
			over, err := svc.Over(t.Context(), rows)
			require.NoError(t, err)
			require.Equal(t, map[model.ID]bool{rows[0].ID: true}, over, "covered meanwhile, on that side")
			clock.Advance(24 * time.Hour)
			require.Equal(t, Nudges{Nudged: 1, Unreachable: 1}, nudge(manager, tree.School), "the next day again")

			refused := func(code string, actor model.Actor, unit model.ID) {
				t.Helper()
				_, err := svc.Nudge(t.Context(), actor, key, unit)
				e := new(model.Error)
				require.ErrorAs(t, err, &e)
				require.Equal(t, code, e.Code)
			}
			refused("unit_not_found", teacher, tree.School.ID)
			refused("unit_not_found", f.Staff(model.RoleInspector, tree.County), tree.School.ID)
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				return tx.Model(lesson).Update("status", model.LessonWithdrawn).Error
			}))
			refused("item_not_open", manager, tree.School.ID)
		})
	}
}
