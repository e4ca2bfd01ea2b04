package lesson

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func TestTheWatchesOfOneLessonAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		lesson, other := b.Lesson(b.tree.County, 60, model.SidePupil), b.Lesson(b.tree.County, 60, model.SidePupil)
		_, err := b.svc.OpenWatch(t.Context(), b.guardian, other.ID, b.pupil.ID)
		require.NoError(t, err)
		errs := storetest.Contend(2*keptWatches, func(int) error {
			_, err := b.svc.OpenWatch(t.Context(), b.guardian, lesson.ID, b.pupil.ID)
			return err
		})
		require.Equal(t, map[string]int{"": 2 * keptWatches}, storetest.Codes(t, errs))
		last, err := b.svc.OpenWatch(t.Context(), b.guardian, lesson.ID, b.pupil.ID)
		require.NoError(t, err)
		require.Equal(t, keptWatches, b.Count(&model.Watch{}, "lesson_id = ?", lesson.ID))
		require.Equal(t, 1, b.Count(&model.Watch{}, "lesson_id = ?", other.ID))
		require.Equal(t, 1, b.Count(&model.Watch{}, "id = ?", last.ID), "the newest is kept")
	})
}
