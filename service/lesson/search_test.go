package lesson

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

func TestListFindsWordsOfTitleAndSummary(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		calm := b.Lesson(b.tree.County, 20, model.SidePupil)
		half := b.Lesson(b.tree.County, 20, model.SidePupil)
		for id, text := range map[model.ID][2]string{calm.ID: {"认识情绪 Emotions", "生气也正常"}, half.ID: {"100%_努力!", "看见孩子的努力"}} {
			b.Set(&model.Lesson{ID: id}, "title", text[0])
			b.Set(&model.Lesson{ID: id}, "summary", text[1])
		}
		for _, c := range []struct {
			search string
			want   []model.ID
		}{
			{"情绪", []model.ID{calm.ID}},
			{" 生气  情绪 ", []model.ID{calm.ID}},
			{"EMOTIONS", []model.ID{calm.ID}},
			{"情绪 努力", nil},
			{"%_", []model.ID{half.ID}},
			{"努力!", []model.ID{half.ID}},
			{"_%", nil},
			{"%", []model.ID{half.ID}},
			{"   ", []model.ID{half.ID, calm.ID}},
		} {
			page, err := b.svc.List(t.Context(), b.guardian, Query{Search: c.search, PageRequest: store.PageRequest{Limit: 10}})
			require.NoError(t, err)
			var got []model.ID
			for _, l := range page.Items {
				got = append(got, l.ID)
			}
			require.Equal(t, c.want, got, c.search)
		}
	})
}
