package family_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestPupilsOfOneNameInAClassAreToldApart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f, v := storetest.NewFixture(t, st), storetest.Vault(t)
		tree := f.Tree()
		enrol := func(class *model.Unit, name, no string, birth model.Date) model.ID {
			p := f.Pupil(class)
			sealed, err := v.Seal(model.StudentNoField, p.ID, no)
			require.NoError(t, err)
			f.Set(p, "name", name)
			f.Set(p, "birth_date", birth)
			f.Set(p, "student_no", sealed)
			return p.ID
		}
		first, second := enrol(tree.Class, "王子轩", "G320623201403050012", "2014-03-05"), enrol(tree.Class, "王子轩", "G320623201411050029", "2014-11-05")
		unnumbered := enrol(tree.Class, "王子轩", "", "")
		elsewhere, alone := enrol(tree.OtherClass, "王子轩", "G1", "2014-03-05"), enrol(tree.Class, "李明", "G2", "2014-03-05")
		left, stays := enrol(tree.Class, "赵敏", "G3", ""), enrol(tree.Class, "赵敏", "G4", "")
		f.Set(&model.Pupil{ID: left}, "departed_at", st.Now())

		marks, err := family.NewMarks(v).Of(st.Read(t.Context()), []model.ID{first, second, unnumbered, elsewhere, alone, stays})
		require.NoError(t, err)
		require.Equal(t, map[model.ID]string{first: "尾号0012 · 3月生", second: "尾号0029 · 11月生", unnumbered: "没有学籍号"}, marks)
	})
}
