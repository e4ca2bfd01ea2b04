package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// Whatever has passed by the API's checks, no row holds what its type forbids.
func TestARowThatItsTypeForbidsIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		county := f.Tree().County
		good := f.Lesson(county, 60, model.SidePupil)
		for name, c := range map[string]struct {
			spoil func(*model.Lesson)
			want  string
		}{
			"a share below nothing":     {func(l *model.Lesson) { l.PassPercent = -5 }, "pass_percent_invalid"},
			"a share above everything":  {func(l *model.Lesson) { l.PassPercent = 101 }, "pass_percent_invalid"},
			"a hundred times the speed": {func(l *model.Lesson) { l.MaxRatePercent = 10_000 }, "max_rate_invalid"},
			"nobody's":                  {func(l *model.Lesson) { l.Sides = model.Sides{} }, "sides_missing"},
			"no status":                 {func(l *model.Lesson) { l.Status = "secret" }, "value_unknown"},
		} {
			bad := *good
			c.spoil(&bad)
			write := func(do func(tx *gorm.DB) error) {
				t.Helper()
				storetest.Refused(t, st.Tx(t.Context(), do), c.want)
			}
			write(func(tx *gorm.DB) error { return tx.Save(&bad).Error })
			bad.ID = st.NewID()
			write(func(tx *gorm.DB) error { return tx.Create(&bad).Error })
			write(func(tx *gorm.DB) error { return tx.Create([]*model.Lesson{&bad}).Error })
			write(func(tx *gorm.DB) error { return tx.Create(&[]model.Lesson{*good, bad}).Error })
			require.Equal(t, 1, f.Count(&model.Lesson{}), name)
			var row model.Lesson
			require.NoError(t, st.Read(t.Context()).Take(&row, "id = ?", good.ID).Error)
			require.NoError(t, row.Validate(), name)
		}
	})
}
