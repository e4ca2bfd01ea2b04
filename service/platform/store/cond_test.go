package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestConditionsCompose(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		tree := storetest.NewFixture(t, st).Tree() // county > town > school > two classes
		school, class := []model.ID{tree.School.ID}, []model.ID{tree.Class.ID}
		for name, tc := range map[string]struct {
			cond  store.Cond
			keeps int64
		}{
			"nothing":                      {store.Nothing(), 0},
			"zero":                         {store.Cond{}, 0},
			"below no units":               {store.Below("id", nil), 0},
			"above no units":               {store.Above("id", nil), 0},
			"below":                        {store.Below("id", school), 3},
			"below the county":             {store.Below("id", []model.ID{tree.County.ID}), 5},
			"above":                        {store.Above("id", class), 4},
			"around":                       {store.Around("id", school), 5},
			"around no units":              {store.Around("id", nil), 0},
			"above those of a query":       {store.AboveQuery("id", st.Read(t.Context()).Model(&model.Unit{}).Where("kind = ?", model.UnitClass).Select("id")), 5},
			"below another of the units":   {store.BelowOther("units.id", []model.ID{tree.Town.ID, tree.School.ID}), 3},
			"not":                          {store.Not(store.Below("id", school)), 2},
			"not nothing":                  {store.Not(store.Nothing()), 5},
			"below or above":               {store.Any(store.Below("id", school), store.Above("id", school)), 5},
			"below and above":              {store.All(store.Below("id", school), store.Above("id", class)), 2},
			"or with nothing":              {store.Any(store.Nothing(), store.Below("id", school)), 3},
			"or of nothing":                {store.Any(store.Nothing(), store.Nothing()), 0},
			"or of none":                   {store.Any(), 0},
			"and with nothing":             {store.All(store.Nothing(), store.Below("id", school)), 0},
			"an or within an and":          {store.All(store.Below("id", school), store.Any(store.In("id", class), store.Where("kind = ?", model.UnitTown))), 1},
			"among what a query selects":   {store.InQuery("id", st.Read(t.Context()).Model(&model.Unit{}).Where("kind = ?", model.UnitClass).Select("id")), 2},
			"an or beside another of gorm": {store.Where("kind = ? OR kind = ?", model.UnitTown, model.UnitClass), 3},
		} {
			t.Run(name, func(t *testing.T) {
				var n int64
				require.NoError(t, st.Read(t.Context()).Model(&model.Unit{}).Where("archived_at IS NULL").Where(tc.cond).Count(&n).Error)
				require.Equal(t, tc.keeps, n)
			})
		}
	})
}
