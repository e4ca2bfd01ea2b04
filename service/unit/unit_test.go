package unit_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/unit"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func TestReadersOfUnits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree := f.Tree() // county > town > school > two classes
		f.Pupil(tree.Class)
		db := st.Read(t.Context())
		classes := []model.ID{tree.Class.ID, tree.OtherClass.ID}

		t.Run("a path begins at the root", func(t *testing.T) {
			path, err := unit.Path(db, tree.Class.ID)
			require.NoError(t, err)
			require.Len(t, path, 4)
			require.Equal(t, []model.ID{tree.County.ID, tree.Class.ID}, []model.ID{path[0].ID, path[3].ID})
			root, err := unit.RootOf(db, tree.Class.ID)
			require.NoError(t, err)
			require.Equal(t, tree.County.ID, root.ID)
		})
		t.Run("a name comes with the one above", func(t *testing.T) {
			names, err := unit.Names(db, []model.ID{tree.Class.ID, tree.County.ID})
			require.NoError(t, err)
			require.Equal(t, map[model.ID]unit.Name{
				tree.Class.ID: {Name: tree.Class.Name, Above: tree.School.Name}, tree.County.ID: {Name: tree.County.Name},
			}, names)
		})
		t.Run("classes come part by part", func(t *testing.T) {
			first, err := unit.NextClasses(db, 0, 1, unit.Below(tree.Town.ID))
			require.NoError(t, err)
			require.Equal(t, classes[:1], first)
			rest, err := unit.NextClasses(db, first[0], 10, unit.Below(tree.Town.ID), unit.Below(tree.School.ID))
			require.NoError(t, err)
			require.Equal(t, classes[1:], rest)
		})
		t.Run("tops stand below no other", func(t *testing.T) {
			tops, err := unit.List(db, 0, unit.Tops(tree.School.ID, tree.Class.ID))
			require.NoError(t, err)
			require.Len(t, tops, 1)
			require.Equal(t, tree.School.ID, tops[0].ID)
		})
		t.Run("rosters add up the tree", func(t *testing.T) {
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				return unit.AddPupils(tx, map[model.ID]int{tree.Class.ID: 1, tree.OtherClass.ID: 5})
			}))
			sums, err := unit.Rosters(db, []model.ID{tree.County.ID, tree.Class.ID})
			require.NoError(t, err)
			require.Equal(t, map[model.ID]int{tree.County.ID: 7, tree.Class.ID: 2}, sums)
		})
		t.Run("an archived unit is not in use", func(t *testing.T) {
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return unit.Archive(tx, tree.School.ID, st.Now()) }))
			_, err := unit.Get(db, tree.Class.ID, unit.InUse())
			require.ErrorIs(t, err, model.NotFound("unit"))
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return unit.Reopen(tx, classes) }))
			_, err = unit.Get(db, tree.Class.ID, unit.InUse())
			require.NoError(t, err)
		})
		t.Run("a new code leads to the unit", func(t *testing.T) {
			var code string
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) (err error) {
				code, err = unit.ReplaceCode(tx, tree.Class.ID)
				return err
			}))
			found, err := unit.ByCode(db, code)
			require.NoError(t, err)
			require.Equal(t, tree.Class.ID, found.ID)
			_, err = unit.ByCode(db, tree.Class.Code)
			require.ErrorIs(t, err, model.NotFound("unit"))
		})
	})
}
