package supervise

import (
	"strconv"
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

// Page by page, over more classes than one query searches, everybody who is
// missing comes once and nobody else.
func TestWhoIsMissingPageByPage(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{"sqlite": storetest.SQLite, "mariadb": storetest.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t, storetest.WithClock(storetest.NewClock(start).Now))
			f := storetest.NewFixture(t, st)
			svc := New(st, coverage.New(st, storetest.InProcessRedis(t), time.Minute), notify.New(st))
			tree := f.Tree()
			key := ItemKey{Kind: model.ItemLesson, ID: f.Lesson(tree.County, 60, model.SidePupil).ID, Side: model.SidePupil}
			manager := f.Staff(model.RoleManager, tree.School)
			var want []model.ID
			for n := range searchedAtOnce + 3 {
				class := f.Unit(model.UnitClass, tree.School)
				if n > 1 && n < searchedAtOnce {
					continue // nobody in it
				}
				at := st.Now()
				covered, begun, missing := f.Pupil(class), f.Pupil(class), f.Pupil(class)
				f.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: covered.ID, StartedAt: at, CoveredAt: &at, How: model.CoverWatch})
				f.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: begun.ID, StartedAt: at})
				want = append(want, begun.ID, missing.ID)
			}
			f.Pupil(f.Unit(model.UnitClass, f.Unit(model.UnitSchool, tree.Town))) // another school's
			read := func(cursor model.ID, limit int) MissingPage {
				t.Helper()
				page, err := svc.Missing(t.Context(), manager, key, tree.School.ID, cursor, limit)
				require.NoError(t, err)
				return page
			}
			walk := func(cursor model.ID) (got []model.ID) {
				for {
					page := read(cursor, 3)
					for _, m := range page.Items {
						got = append(got, m.PupilID)
					}
					if page.NextCursor == "" {
						return got
					}
					next, err := strconv.ParseInt(page.NextCursor, 10, 64)
					require.NoError(t, err)
					cursor = model.ID(next)
				}
			}
			require.Equal(t, want, walk(0))
			all := read(0, 100)
			require.Len(t, all.Items, len(want))
			require.Empty(t, all.NextCursor)
			require.True(t, all.Items[0].Started)
			require.False(t, all.Items[1].Started)
			require.Equal(t, want[4:], walk(want[3]), "behind a page")

			// Whoever a page ended with has gone to another school since: the next pages lose nobody.
			elsewhere := f.Unit(model.UnitClass, f.Unit(model.UnitSchool, tree.Town))
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				return tx.Model(&model.Pupil{}).Where("id = ?", want[len(want)-1]).Update("class_id", elsewhere.ID).Error
			}))
			require.Empty(t, walk(want[len(want)-1]))
			require.Equal(t, want[:len(want)-1], walk(0))
			require.Equal(t, want[:len(want)-1], walk(1), "a cursor of nobody")
		})
	}
}
