package supervise

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Page by page, over more classes than one query searches, everybody who is
// missing comes once and nobody else.
func TestTheMissingAreListedPageByPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		school := b.tree.School
		key := ItemKey{Kind: model.ItemLesson, ID: b.Lesson(b.tree.County, 60, model.SidePupil).ID, Side: model.SidePupil}
		manager := b.Staff(model.RoleManager, school)
		want, ends := b.missing(key)
		elsewhere := b.Unit(model.UnitClass, b.Unit(model.UnitSchool, b.tree.Town))
		b.Pupil(elsewhere)
		read := func(t *testing.T, cursor string, limit int) store.Page[Missing] {
			t.Helper()
			page, err := b.svc.Missing(t.Context(), manager, key, school.ID, store.PageRequest{Limit: limit, Cursor: cursor})
			require.NoError(t, err)
			return page
		}
		walk := func(t *testing.T, cursor string) (got []model.ID) {
			t.Helper()
			for {
				page := read(t, cursor, 3)
				for _, m := range page.Items {
					got = append(got, m.PupilID)
				}
				if cursor = page.NextCursor; cursor == "" {
					return got
				}
			}
		}

		t.Run("by pages of three", func(t *testing.T) {
			require.Equal(t, want, walk(t, ""))
			require.Equal(t, want[4:], walk(t, ends[3]), "behind a page")
		})
		t.Run("on one page, with who has begun", func(t *testing.T) {
			all := read(t, "", 100)
			require.Len(t, all.Items, len(want))
			require.Empty(t, all.NextCursor)
			require.True(t, all.Items[0].Started)
			require.False(t, all.Items[1].Started)
		})
		t.Run("nobody is lost when the last of a page goes to another school", func(t *testing.T) {
			b.Set(&model.Pupil{ID: want[len(want)-1]}, "class_id", elsewhere.ID)
			require.Empty(t, walk(t, ends[len(ends)-1]))
			require.Equal(t, want[:len(want)-1], walk(t, ""))
			require.Equal(t, want[:len(want)-1], walk(t, missingByClass.Cursor(missingRow{ClassID: 1, PupilID: 1})), "a cursor of nobody")
		})
	})
}

// missing adds more classes to the school than one query searches, some of
// them empty, and returns who is missing there, with the cursor behind each.
func (b *bundle) missing(key ItemKey) (want []model.ID, ends []string) {
	for n := range searchedAtOnce + 3 {
		class := b.Unit(model.UnitClass, b.tree.School)
		if n > 1 && n < searchedAtOnce {
			continue
		}
		covered, begun, missing := b.Pupil(class), b.Pupil(class), b.Pupil(class)
		b.cover(key, covered)
		b.Insert(&model.CoverageFact{ItemKind: key.Kind, ItemID: key.ID, Side: key.Side, PupilID: begun.ID, StartedAt: b.st.Now()})
		for _, p := range []*model.Pupil{begun, missing} {
			want = append(want, p.ID)
			ends = append(ends, missingByClass.Cursor(missingRow{ClassID: class.ID, PupilID: p.ID}))
		}
	}
	return want, ends
}
