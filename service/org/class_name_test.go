package org_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
)

// graded is a CSV file of a school: lines of "grade,class,name,number".
func graded(lines ...string) []byte {
	return []byte("年级,班级,姓名,学籍号\n" + strings.Join(lines, "\n") + "\n")
}

func TestTwoClassesNeverBecomeOne(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		b.apply(b.school, b.tree.School, graded("1,2,甲甲,A001", "1,12,乙乙,A002", "7,7,丙丙,A003", "7,71,丁丁,A004", "三年级,3班,戊戊,A005", "小学部,2,己己,A006", "2024,1,庚庚,A007"))
		require.Equal(t, map[string]int{"一年级2班": 1, "一年级12班": 1, "七年级7班": 1, "七年级71班": 1, "三年级3班": 1, "小学部2班": 1, "2024级1班": 1}, b.pupilCounts())

		// However the classes are written, they are the same ones.
		d := b.apply(b.school, b.tree.School, graded("一年级,2班,甲甲,A001", "1,12班,乙乙,A002", "7,(7)班,丙丙,A003", "七年级,七年级71班,丁丁,A004", "三年级,三（3）班,戊戊,A005", "小学部,小学部2班,己己,A006", "2024级,01,庚庚,A007"))
		require.Equal(t, sums{total: 7, unchanged: 7}, sumsOf(d))
		require.Zero(t, d.NewUnitCount)
		d = b.apply(b.school, b.tree.School, roster("一(2)班,甲甲,A001,,", "一年级十二班,乙乙,A002,,", "七年级7班,丙丙,A003,,", "7年级71班,丁丁,A004,,", "三3班,戊戊,A005,,", "小学部2班,己己,A006,,", "2024级(1)班,庚庚,A007,,"))
		require.Equal(t, sums{total: 7, unchanged: 7}, sumsOf(d))
		require.Zero(t, d.NewUnitCount)

		odd := b.preview(b.school, b.tree.School, graded("小,学部1班,甲甲,A001", "小学部,1班,乙乙,A002"))
		require.Equal(t, org.CodeClassUnclear, odd.Faults[0].Code)
		require.Equal(t, 3, odd.Faults[0].Row)
	})
}

// oldClass makes a class of the name that an earlier version gave it, with pupils of the numbers.
func (b *bundle) oldClass(name string, numbers ...string) model.Unit {
	b.t.Helper()
	lines := make([]string, len(numbers))
	for i, no := range numbers {
		lines[i] = fmt.Sprintf("旧班%s,学生%c,%s,,", name, []rune("甲乙丙")[i], no)
	}
	b.apply(b.school, b.tree.School, roster(lines...))
	class := b.unitNamed("旧班" + name)
	b.exec("UPDATE units SET name = ? WHERE id = ?", name, class.ID)
	return class
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error }))
}

func TestClassesThatEarlierVersionsCalledByNumbersGoOnAndGetTheirName(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		// Grade 1 class 2 and grade 1 class 12 were one class before.
		old := b.oldClass("12", "A001", "A002", "A003")
		d := b.preview(b.school, b.tree.School, graded("1,2,学生甲,A001", "1,2,学生乙,A002", "1,12,学生丙,A003"))
		require.Empty(t, d.Faults)
		require.Equal(t, []org.ImportRename{{UnitID: old.ID, From: "12", To: "一年级2班"}}, d.RenamedUnits)
		require.Equal(t, sums{total: 3, transferred: 1, unchanged: 2}, sumsOf(d))
		b.apply(b.school, b.tree.School, graded("1,2,学生甲,A001", "1,2,学生乙,A002", "1,12,学生丙,A003"))
		require.Equal(t, map[string]int{"一年级2班": 2, "一年级12班": 1}, b.pupilCounts())
		require.Equal(t, old.ID, b.unitNamed("一年级2班").ID)
		b.requireCountsRight()
	})
	each(t, func(b *bundle) {
		t := b.t
		// One class only, and a school that has no grades in its lists: both stay one class.
		first, second := b.oldClass("31", "B001", "B002"), b.unitNamed(b.tree.Class.Name)
		d := b.apply(b.school, b.tree.School, graded("3,1,学生甲,B001", "3,1,学生乙,B002"))
		require.Zero(t, d.NewUnitCount)
		require.Equal(t, first.ID, b.unitNamed("三年级1班").ID)
		require.NotEqual(t, first.ID, second.ID)
		again := b.apply(b.school, b.tree.School, graded("三年级,1班,学生甲,B001", "3,1,学生乙,B002"))
		require.Equal(t, sums{total: 2, unchanged: 2}, sumsOf(again))
	})
	each(t, func(b *bundle) {
		t := b.t
		old := b.oldClass("5", "C001")
		d := b.apply(b.school, b.tree.School, roster("5,学生甲,C001,,"))
		require.Zero(t, d.NewUnitCount)
		d = b.apply(b.school, b.tree.School, roster("5班,学生甲,C001,,"))
		require.Zero(t, d.NewUnitCount)
		require.Equal(t, old.ID, b.pupil("C001").ClassID)
		// Without a pupil of the class nobody can say that it is the one: a new class is made.
		d = b.preview(b.school, b.tree.School, graded("五年级,5,新生,C009"))
		require.Equal(t, "五年级5班", d.NewUnits[0].Name)
	})
}

func TestClassesAreListedAsPeopleCount(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		school, err := b.svc.CreateUnit(ctx, b.county, org.NewUnit{ParentID: b.tree.Town.ID, Kind: model.UnitSchool, Name: "新学校"})
		require.NoError(t, err)
		want := []string{"一年级1班", "三(2)班", "三(10)班", "三年级11班", "十年级1班"}
		for _, i := range []int{3, 0, 4, 2, 1} {
			_, err := b.svc.CreateUnit(ctx, b.county, org.NewUnit{ParentID: school.ID, Kind: model.UnitClass, Name: want[i]})
			require.NoError(t, err)
		}
		list := func() (names []string) {
			in := org.ListUnits{ParentID: store.IDParam{ID: school.ID}, PageRequest: store.PageRequest{Limit: 2}}
			for {
				page, err := b.svc.Units(ctx, b.county, in)
				require.NoError(t, err)
				for _, u := range page.Items {
					names = append(names, u.Name)
				}
				if in.Cursor = page.NextCursor; in.Cursor == "" {
					return names
				}
			}
		}
		require.Equal(t, want, list())

		// Rows of before there was the key get it by the job.
		b.exec("UPDATE units SET counting_key = ''")
		require.NotEqual(t, want, list())
		require.NoError(t, b.svc.FillCountingKeys(ctx))
		require.Equal(t, want, list())
	})
}
