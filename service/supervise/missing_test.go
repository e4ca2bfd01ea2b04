package supervise

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Page by page, over more classes than one query searches, everybody who is
// missing comes once and nobody else.
func TestWhoIsMissingPageByPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		st, svc, tree := b.st, b.svc, b.tree
		key := ItemKey{Kind: model.ItemLesson, ID: b.Lesson(tree.County, 60, model.SidePupil).ID, Side: model.SidePupil}
		manager := b.Staff(model.RoleManager, tree.School)
		var want []model.ID
		var ends []string // the cursors behind them
		for n := range searchedAtOnce + 3 {
			class := b.Unit(model.UnitClass, tree.School)
			if n > 1 && n < searchedAtOnce {
				continue // nobody in it
			}
			covered, begun, missing := b.Pupil(class), b.Pupil(class), b.Pupil(class)
			b.cover(key, covered)
			b.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: begun.ID, StartedAt: st.Now()})
			want = append(want, begun.ID, missing.ID)
			ends = append(ends, missingByClass.Cursor(missingRow{ClassID: class.ID, PupilID: begun.ID}), missingByClass.Cursor(missingRow{ClassID: class.ID, PupilID: missing.ID}))
		}
		b.Pupil(b.Unit(model.UnitClass, b.Unit(model.UnitSchool, tree.Town))) // another school's
		read := func(cursor string, limit int) store.Page[Missing] {
			t.Helper()
			page, err := svc.Missing(t.Context(), manager, key, tree.School.ID, store.PageRequest{Limit: limit, Cursor: cursor})
			require.NoError(t, err)
			return page
		}
		walk := func(cursor string) (got []model.ID) {
			for {
				page := read(cursor, 3)
				for _, m := range page.Items {
					got = append(got, m.PupilID)
				}
				if cursor = page.NextCursor; cursor == "" {
					return got
				}
			}
		}
		require.Equal(t, want, walk(""))
		all := read("", 100)
		require.Len(t, all.Items, len(want))
		require.Empty(t, all.NextCursor)
		require.True(t, all.Items[0].Started)
		require.False(t, all.Items[1].Started)
		require.Equal(t, want[4:], walk(ends[3]), "behind a page")

		// Whoever a page ended with has gone to another school since: the next pages lose nobody.
		elsewhere := b.Unit(model.UnitClass, b.Unit(model.UnitSchool, tree.Town))
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			return tx.Model(&model.Pupil{}).Where("id = ?", want[len(want)-1]).Update("class_id", elsewhere.ID).Error
		}))
		require.Empty(t, walk(ends[len(ends)-1]))
		require.Equal(t, want[:len(want)-1], walk(""))
		require.Equal(t, want[:len(want)-1], walk(missingByClass.Cursor(missingRow{ClassID: 1, PupilID: 1})), "a cursor of nobody")
	})
}
