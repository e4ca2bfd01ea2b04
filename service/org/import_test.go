package org_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/org"
	"xinyu/service/platform/store"
)

func TestAnImportCountsNewChangedTransferredDepartedAndReturnedPupils(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		d := b.apply(b.school, b.tree.School, roster("1班,王芳,T001,女,2015-03-05", "1班,李明,T002,男,", "1班,张伟,T003,,", "2班,刘洋,T004,,"))
		require.Equal(t, sums{total: 4, added: 4}, sumsOf(d))
		require.Equal(t, []org.ImportUnit{{Kind: model.UnitClass, Name: "1班", Parent: b.tree.School.Name}, {Kind: model.UnitClass, Name: "2班", Parent: b.tree.School.Name}}, d.NewUnits)
		first := b.pupil("T001")
		no, err := b.vault.Unseal(model.StudentNoField, first.ID, first.StudentNo)
		require.NoError(t, err)
		require.Equal(t, "T001", no)
		require.Equal(t, "王芳", first.Name)
		require.Equal(t, model.GenderFemale, first.Gender)
		require.Equal(t, model.Date("2015-03-05"), first.BirthDate)
		lesson := b.Lesson(b.tree.County, 60, model.SidePupil, model.SideGuardian)
		for _, no := range []string{"T001", "T002", "T003"} {
			b.mark(lesson, b.pupil(no), no != "T003")
		}

		// T001 keeps what the file leaves out and changes class, T002 its name, T003 departs, T004 stays, T005 is new.
		d = b.apply(b.school, b.tree.School, roster("2班,王芳,t001,,", "1班,李小明,T002,男,", "2班,刘洋,T004,,", "3班,陈晨,T005,,"))
		require.Equal(t, sums{total: 4, added: 1, changed: 1, transferred: 1, departed: 1, unchanged: 1}, sumsOf(d))
		moved := b.pupil("T001")
		require.Equal(t, first.ID, moved.ID)
		require.Equal(t, b.unitNamed("2班").ID, moved.ClassID)
		require.Equal(t, model.Date("2015-03-05"), moved.BirthDate)
		require.Equal(t, "李小明", b.pupil("T002").Name)
		gone := b.pupil("T003")
		require.NotNil(t, gone.DepartedAt)
		require.Equal(t, b.unitNamed("1班").ID, gone.ClassID)
		require.Equal(t, map[string]int{"1班": 1, "2班": 2, "3班": 1}, b.pupilCounts())
		b.requireCountsRight()

		// T003 comes back into another class and brings what it had begun along.
		d = b.apply(b.school, b.tree.School, roster("2班,王芳,T001,,", "1班,李小明,T002,男,", "2班,刘洋,T004,,", "3班,陈晨,T005,,", "3班,张伟,T003,,"))
		require.Equal(t, sums{total: 5, returned: 1, unchanged: 4}, sumsOf(d))
		require.Nil(t, b.pupil("T003").DepartedAt)
		require.Equal(t, gone.ID, b.pupil("T003").ID)
		var tally model.CoverageTally
		require.NoError(t, b.store.Read(t.Context()).Take(&tally, "class_id = ? AND side = ?", b.unitNamed("3班").ID, model.SidePupil).Error)
		require.Equal(t, 1, tally.Started)
		require.Zero(t, tally.Covered)
		b.requireCountsRight()

		before := b.everything()
		again := b.apply(b.school, b.tree.School, roster("2班,王芳,T001,,", "1班,李小明,T002,男,", "2班,刘洋,T004,,", "3班,陈晨,T005,,", "3班,张伟,T003,,"))
		require.True(t, again.ChangesNothing)
		require.Equal(t, before, b.everything())
	})
}

// mark records that the pupil began, or completed, the lesson.
func (b *bundle) mark(lesson *model.Lesson, p model.Pupil, covered bool) {
	b.t.Helper()
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
		_, err := b.engine.Record(tx, []coverage.Mark{{Item: model.Item{Kind: model.ItemLesson, ID: lesson.ID, UnitID: lesson.UnitID}, Side: model.SidePupil,
			PupilID: p.ID, At: b.store.Now(), Covered: covered, How: model.CoverWatch, CauseID: lesson.ID}})
		return err
	}))
}

func (b *bundle) pupilCounts() map[string]int {
	b.t.Helper()
	var units []model.Unit
	require.NoError(b.t, b.store.Read(b.t.Context()).Where("pupil_count <> 0").Find(&units).Error)
	counts := map[string]int{}
	for _, u := range units {
		counts[u.Name] = u.PupilCount
	}
	return counts
}

func TestACountysFileLeavesSchoolsWithoutRowsAloneAndMakesSchools(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		town, county := b.tree.Town.Name, b.tree.County.Name
		d := b.apply(b.county, b.tree.County, countyRoster(
			town+",一小,1班,甲甲,A001", town+",一小,1班,乙乙,A002", town+",二小,1班,丙丙,B001", "县直,实验小学,1班,丁丁,C001"))
		require.Equal(t, sums{total: 4, added: 4}, sumsOf(d))
		require.Equal(t, 6, d.NewUnitCount)
		require.Equal(t, b.tree.County.ID, b.unitNamed("实验小学").ParentID)

		// The county's own school is known now, so that its town may be left empty; 二小 is not in the file.
		d = b.apply(b.county, b.tree.County, countyRoster(town+",一小,1班,甲甲,A001", ",实验小学,1班,丁丁,C001", county+",实验小学,2班,戊戊,C002"))
		require.Equal(t, sums{total: 3, added: 1, departed: 1, unchanged: 2}, sumsOf(d))
		require.Equal(t, []string{"二小"}, d.UntouchedSchools)
		require.Nil(t, b.pupil("B001").DepartedAt)
		require.NotNil(t, b.pupil("A002").DepartedAt)

		// From one school to another, by the county; and by a school alone it would be a fault.
		school := b.unitNamed("一小")
		other := b.preview(b.Staff(model.RoleManager, &school), &school, roster("1班,甲甲,A001,,", "1班,丙丙,B001,,"))
		require.Equal(t, model.ImportRefused, other.Status)
		want := []org.ImportFault{{Row: 3, Column: "学籍号", Code: org.CodePupilElsewhere, Message: other.Faults[0].Message}}
		require.Equal(t, want, other.Faults)
		require.NotContains(t, other.Faults[0].Message, "二小")
		d = b.apply(b.county, b.tree.County, countyRoster(town+",一小,1班,甲甲,A001", town+",一小,1班,丙丙,B001"))
		require.Equal(t, sums{total: 2, transferred: 1, unchanged: 1}, sumsOf(d))
		b.requireCountsRight()
	})
}

func TestTenDifferentFaultsGiveTenLinesAndChangeNothing(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		b.apply(b.county, b.tree.County, countyRoster(b.tree.Town.Name+",一小,1班,甲甲,A001"))
		before := b.everything()
		file := "镇/街道,学校,班级,姓名,学籍号,性别,出生日期\n" + strings.Join([]string{
			"TOWN,一小,1班,甲甲,A001,女,2015-01-01", // 2: fine
			"不存在镇,一小,1班,乙乙,A002,,",            // 3: unknown town
			",三小,1班,丙丙,A003,,",                // 4: no town
			"TOWN,,1班,丁丁,A004,,",              // 5: no school
			"TOWN,一小,,戊戊,A005,,",              // 6: no class
			"TOWN,一小,1班,,A006,,",              // 7: no name
			"TOWN,一小,1班,己己,1.23E+18,,",        // 8: number lost its digits
			"TOWN,一小,1班,庚庚,A008,某,",           // 9: gender
			"TOWN,一小,1班,辛辛,A009,,2015-13-01",  // 10: date
			"TOWN,一小,1班,壬壬,A001,,",            // 11: duplicate
			"TOWN,一小,1班,癸2癸,A010,,",           // 12: name
			"TOWN,一小,1班,子子,A011,,2090-01-01",  // 13: born in the future
		}, "\n") + "\n"
		d := b.preview(b.county, b.tree.County, []byte(strings.ReplaceAll(file, "TOWN", b.tree.Town.Name)))
		require.Equal(t, model.ImportRefused, d.Status)
		type at struct {
			row          int
			column, code string
		}
		var got []at
		for _, f := range d.Faults {
			got = append(got, at{f.Row, f.Column, f.Code})
			require.NotEmpty(t, f.Message)
			for _, cell := range []string{"不存在镇", "癸2癸", "1.23E+18", "A001"} {
				require.NotContains(t, f.Message, cell)
			}
		}
		require.Equal(t, []at{
			{3, "镇/街道", "town_unknown"}, {4, "镇/街道", "town_missing"}, {5, "学校", "missing"}, {6, "班级", "missing"}, {7, "姓名", "missing"},
			{8, "学籍号", "student_no_scientific"}, {9, "性别", "bad_gender"}, {10, "出生日期", "bad_date"}, {11, "学籍号", "duplicate"},
			{12, "姓名", "bad_name"}, {13, "出生日期", "birth_in_future"},
		}, got)
		require.Equal(t, len(got), d.FaultCount)
		_, err := b.svc.ApplyImport(t.Context(), b.county, d.ID, nil)
		require.ErrorIs(t, err, model.Conflict("import_not_previewed", ""))
		require.Equal(t, before, b.everything())
		require.Zero(t, b.parts(d.ID))
	})
}

func TestAnImportStaysWithinItsUnitAndItsManager(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		other := b.Tree()
		stranger := b.Staff(model.RoleManager, other.School)

		t.Run("nobody but a manager of the unit sees or applies it", func(t *testing.T) {
			d := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
			for _, actor := range []model.Actor{stranger, b.Staff(model.RoleTeacher, b.tree.School), {}, b.Staff(model.RoleManager, b.tree.Class)} {
				_, err := b.svc.Import(t.Context(), actor, d.ID)
				require.ErrorIs(t, err, model.NotFound("import"))
				_, err = b.svc.ApplyImport(t.Context(), actor, d.ID, nil)
				require.ErrorIs(t, err, model.NotFound("import"))
				_, err = b.svc.DiscardImport(t.Context(), actor, d.ID)
				require.ErrorIs(t, err, model.NotFound("import"))
				_, err = b.svc.PreviewImport(t.Context(), actor, org.NewImport{UnitID: b.tree.School.ID, Data: roster("1班,甲甲,A001,,")})
				require.ErrorIs(t, err, model.NotFound("unit"))
				list, err := b.svc.Imports(t.Context(), actor, store.PageRequest{Limit: 10})
				require.NoError(t, err)
				require.Empty(t, list.Items)
			}
			list, err := b.svc.Imports(t.Context(), b.county, store.PageRequest{Limit: 10})
			require.NoError(t, err)
			require.Len(t, list.Items, 1)
		})
		t.Run("a row that names another school or town is refused", func(t *testing.T) {
			d := b.preview(b.school, b.tree.School, countyRoster(
				",,1班,甲甲,A001", b.tree.Town.Name+","+b.tree.School.Name+",1班,乙乙,A002", ","+other.School.Name+",1班,丙丙,A003", other.Town.Name+",,1班,丁丁,A004"))
			require.Equal(t, model.ImportRefused, d.Status)
			require.Len(t, d.Faults, 2)
			require.Equal(t, org.CodeSchoolOutside, d.Faults[0].Code)
			require.Equal(t, org.CodeTownOutside, d.Faults[1].Code)
		})
		t.Run("a class has no roster to import", func(t *testing.T) {
			_, err := b.svc.PreviewImport(t.Context(), b.county, org.NewImport{UnitID: b.tree.Class.ID, Data: roster("1班,甲甲,A001,,")})
			require.ErrorIs(t, err, model.Conflict("unit_without_roster", ""))
		})
		t.Run("a pupil on another school's roster is not taken away; one who left there is taken in", func(t *testing.T) {
			next := b.Unit(model.UnitSchool, b.tree.Town)
			neighbour := b.Staff(model.RoleManager, next)
			b.apply(neighbour, next, roster("1班,李明,Z001,,", "1班,王芳,Z002,,"))
			d := b.preview(b.school, b.tree.School, roster("1班,李明,Z001,,"))
			require.Equal(t, org.CodePupilElsewhere, d.Faults[0].Code)
			for _, row := range []string{"1班,李明,Z001,,2015-03-01", "1班,别人,Z001,,", "1班,别人,Z001,男,2011-11-11"} {
				other := b.preview(b.school, b.tree.School, roster(row))
				require.Equal(t, d.Status, other.Status)
				require.Equal(t, d.Faults, other.Faults, "no name finds out whose number it is: %s", row)
				require.Equal(t, sumsOf(d), sumsOf(other))
			}
			b.apply(neighbour, next, roster("1班,王芳,Z002,,"))
			require.Equal(t, sums{total: 1, returned: 1}, sumsOf(b.apply(b.school, b.tree.School, roster("1班,李明,Z001,,"))))
			b.requireCountsRight()
		})
	})
}

// Numbers come in sequence: a school that types one must not get a child who
// left another, with the family's accounts and telephone numbers; nor keep
// accounts that it bound to an invented pupil before the true one came.
func TestAPupilWhoLeftAnotherSchoolComesWithoutTies(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		next := b.Unit(model.UnitSchool, b.tree.Town)
		neighbour := b.Staff(model.RoleManager, next)
		ties := func(no string) []int {
			p := b.pupil(no)
			return []int{b.Count(&model.Guardianship{}, "pupil_id = ?", p.ID), b.Count(&model.Pupil{}, "id = ? AND account_id IS NOT NULL", p.ID)}
		}
		bind := func(numbers ...string) {
			for _, no := range numbers {
				p := b.pupil(no)
				b.Guardian(&p)
				b.PupilAccount(&p)
			}
		}
		b.apply(b.school, b.tree.School, roster("1班,李明,Z001,,2015-03-01", "1班,王芳,Z002,,2015-04-01", "1班,赵六,Z003,,", "1班,甲甲,A001,,"))
		bind("Z001", "Z002", "Z003")
		b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,"))

		for name, row := range map[string]string{"another name": "1班,假名,Z001,,2015-03-01", "no birth date": "1班,李明,Z001,,", "another birth date": "1班,李明,Z001,,2015-03-02"} {
			d := b.preview(neighbour, next, roster(row))
			require.Equal(t, model.ImportRefused, d.Status, name)
			require.Equal(t, org.CodePupilElsewhere, d.Faults[0].Code, name)
		}
		require.Equal(t, []int{1, 1}, ties("Z001"))
		require.Equal(t, 2, sumsOf(b.apply(neighbour, next, roster("1班,李明,Z001,,2015-03-01", "1班,赵六,Z003,,"))).returned)
		require.Equal(t, []int{0, 0}, ties("Z001"), "the family binds anew")
		require.Equal(t, []int{0, 0}, ties("Z003"))

		require.Equal(t, 1, sumsOf(b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,", "1班,王芳,Z002,,2015-04-01"))).returned)
		require.Equal(t, []int{1, 1}, ties("Z002"), "back at the same school, the same child")
		b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		require.Equal(t, 1, sumsOf(b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,", "1班,王真,Z002,,2015-04-01"))).returned)
		require.Equal(t, []int{0, 0}, ties("Z002"), "by another name it may be another child")
		bind("A001")
		d := b.apply(b.county, b.tree.County, countyRoster(b.tree.Town.Name+","+next.Name+",1班,李明,Z001", b.tree.Town.Name+","+next.Name+",1班,真真,A001", b.tree.Town.Name+","+b.tree.School.Name+",1班,王真,Z002"))
		require.Equal(t, 1, sumsOf(d).transferred)
		require.Equal(t, []int{0, 0}, ties("A001"), "also where the county moves an invented pupil under the true name")
		b.requireCountsRight()
	})
}

// What one county writes down neither blocks another nor reaches its families.
func TestCountiesShareNoStudentNumbers(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t, far := b.t, b.Tree()
		stranger := b.Staff(model.RoleManager, far.School)
		require.Equal(t, 1, sumsOf(b.apply(stranger, far.School, roster("1班,假名,Z001,,"))).added)
		require.Equal(t, 1, sumsOf(b.apply(b.school, b.tree.School, roster("1班,李明,Z001,,2015-03-01"))).added)
		b.apply(stranger, far.School, roster("1班,别人,Z002,,"))
		require.Equal(t, 2, b.Count(&model.Pupil{}, "name IN ? AND departed_at IS NULL", []string{"李明", "别人"}))
		require.Equal(t, 1, sumsOf(b.apply(stranger, far.School, roster("1班,李明,Z001,,2015-03-01", "1班,别人,Z002,,"))).returned)
		require.Equal(t, 2, b.Count(&model.Pupil{}, "name = ? AND departed_at IS NULL", "李明"))
		b.requireCountsRight()
	})
}

func TestAnImportWhosePreviewIsOutOfDateChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		old := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,", "1班,乙乙,A002,,"))
		before := b.everything()
		d, err := b.svc.ApplyImportNow(t.Context(), b.school, old.ID, nil, nil)
		require.NoError(t, err)
		require.Equal(t, model.ImportFailed, d.Status)
		require.Equal(t, "import_outdated", d.Failure.Code)
		require.Equal(t, before, b.everything())
		require.Zero(t, b.parts(old.ID))
	})
}

// The counts of a plan may stay the same while it does something else.
func TestWhatIsAppliedIsWhatWasPreviewed(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		base := []string{"1班,甲甲,A001,,", "1班,乙乙,A002,,"}
		for name, between := range map[string]struct{ file, change []string }{
			"another pupil departs":              {[]string{"1班,甲甲,A001,,"}, []string{"1班,甲甲,A001,,", "1班,丙丙,A003,,"}},
			"one of those who were new is there": {append(base, "1班,丁丁,A004,,", "1班,辛辛,A008,,"), append(base, "1班,丁丁,A004,,")},
			"a transfer from another class":      {[]string{"1班,甲甲,A001,,", "3班,乙乙,A002,,"}, []string{"1班,甲甲,A001,,", "2班,乙乙,A002,,"}},
			"one correction of two is made":      {[]string{"1班,甲甲甲,A001,,", "1班,乙乙乙,A002,,"}, []string{"1班,甲甲甲,A001,,", "1班,乙乙,A002,,"}},
			"a class that is there already":      {append(base, "9班,戊戊,A005,,"), append(base, "9班,己己,A006,,")},
		} {
			b.apply(b.school, b.tree.School, roster(base...))
			old := b.preview(b.school, b.tree.School, roster(between.file...))
			b.apply(b.school, b.tree.School, roster(between.change...))
			before := b.everything()
			_, err := b.svc.ApplyImport(t.Context(), b.school, old.ID, departing(old))
			require.ErrorIs(t, err, model.Conflict("import_outdated", ""), name)
			d, err := b.svc.ApplyImportNow(t.Context(), b.school, old.ID, departing(old), nil)
			require.NoError(t, err)
			require.Equal(t, "import_outdated", d.Failure.Code, "nor in the background: "+name)
			require.Equal(t, before, b.everything(), name)
		}
		same := []org.ImportDetail{b.preview(b.school, b.tree.School, roster(append(base, "7班,庚庚,A007,,")...)), b.preview(b.school, b.tree.School, roster(append(base, "7班,庚庚,A007,,")...))}
		for _, d := range same { // the second finds nothing left to do
			_, err := b.svc.ApplyImportNow(t.Context(), b.school, d.ID, departing(d), nil)
			require.NoError(t, err)
			d, err = b.svc.Import(t.Context(), b.school, d.ID)
			require.NoError(t, err)
			require.Equal(t, model.ImportApplied, d.Status, "%+v", d.Failure)
		}
	})
}

// Who types a number invents a pupil of it. Once that one has departed, and no family
// is bound to it, the number is its true bearer's, who gets nothing of the other.
func TestADepartedPupilDoesNotKeepANumberFromAnotherSchool(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		next := b.Unit(model.UnitSchool, b.tree.Town)
		neighbour := b.Staff(model.RoleManager, next)
		b.apply(neighbour, next, roster("1班,假名,Z001,,2011-11-11", "1班,假人,Z002,,", "1班,假家,Z003,,2011-11-11", "1班,甲乙,Z004,,2011-11-11", "1班,留校,N001,,"))
		invented, bound := b.pupil("Z001"), b.pupil("Z003")
		b.Guardian(&bound)
		true1 := roster("1班,真真,Z001,,2015-03-01", "1班,真人,Z002,,2015-03-02")
		require.Equal(t, org.CodePupilElsewhere, b.preview(b.school, b.tree.School, true1).Faults[0].Code, "while it is on the roster there")
		b.apply(neighbour, next, roster("1班,留校,N001,,"))

		for name, row := range map[string]string{
			"a family is bound":         "1班,真家,Z003,,2015-03-03",
			"the name alone is another": "1班,甲已,Z004,,2011-11-11",
			"the birth date alone is":   "1班,甲乙,Z004,,2011-11-12",
		} {
			d := b.preview(b.school, b.tree.School, roster(row))
			require.Equal(t, model.ImportRefused, d.Status, name)
			require.Equal(t, org.CodePupilElsewhere, d.Faults[0].Code, name)
		}
		require.Equal(t, sums{total: 2, added: 2}, sumsOf(b.apply(b.school, b.tree.School, true1)))
		pupil := b.pupil("Z001")
		require.NotEqual(t, invented.ID, pupil.ID, "no history of the other's")
		require.Equal(t, []any{"真真", model.Date("2015-03-01")}, []any{pupil.Name, pupil.BirthDate})
		var left model.Pupil
		require.NoError(t, b.store.Read(t.Context()).Take(&left, "id = ?", invented.ID).Error)
		require.Equal(t, "假名", left.Name)
		require.NotNil(t, left.DepartedAt)
		b.requireCountsRight()

		d := b.preview(neighbour, next, roster("1班,假名,Z001,,2011-11-11", "1班,留校,N001,,"))
		require.Equal(t, org.CodePupilElsewhere, d.Faults[0].Code, "it does not come back with the number")

		// Bound between preview and apply: nothing is done.
		b.apply(neighbour, next, roster("1班,假七,Z007,,2011-11-11", "1班,留校,N001,,"))
		b.apply(neighbour, next, roster("1班,留校,N001,,"))
		wait := b.preview(b.school, b.tree.School, roster("1班,真七,Z007,,2015-03-01", "1班,真真,Z001,,2015-03-01", "1班,真人,Z002,,2015-03-02"))
		seven := b.pupil("Z007")
		b.Guardian(&seven)
		_, err := b.svc.ApplyImport(t.Context(), b.school, wait.ID, departing(wait))
		require.ErrorIs(t, err, model.Conflict("import_outdated", ""))
	})
}

func TestAManagersPreviewsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		upload := func(actor model.Actor) (org.ImportDetail, error) {
			return b.svc.PreviewImport(t.Context(), actor, org.NewImport{UnitID: b.tree.School.ID, Data: roster("1班,甲甲,A001,,")})
		}
		for range 10 { // as maxPreviews
			_, err := upload(b.school)
			require.NoError(t, err)
		}
		_, err := upload(b.school)
		require.ErrorIs(t, err, model.Conflict("previews_full", ""))
		_, err = upload(b.county)
		require.NoError(t, err, "another manager's are counted apart")
		page, err := b.svc.Imports(t.Context(), b.school, store.PageRequest{})
		require.NoError(t, err)
		for i := 10; ; i++ {
			for _, d := range page.Items {
				_, err := b.svc.DiscardImport(t.Context(), b.county, d.ID)
				require.NoError(t, err)
			}
			d, err := upload(b.school)
			if model.KindOf(err) == model.KindTooMany {
				require.Equal(t, 30, i, "as previewRate")
				break
			}
			require.NoError(t, err)
			page.Items = []org.Import{d.Import}
		}
	})
}

func TestAnAppliedImportCanBeFollowedAndForgetsTheFile(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		var lines []string
		for i := range 300 {
			lines = append(lines, fmt.Sprintf("%d班,甲甲,A%03d,,", i%7, i))
		}
		d := b.preview(b.school, b.tree.School, roster(lines...))
		require.Equal(t, 1, b.parts(d.ID))
		var part model.RosterImportPart
		require.NoError(t, b.store.Read(t.Context()).Take(&part, "import_id = ?", d.ID).Error)
		require.NotContains(t, string(part.Content), "A001")
		_, err := b.svc.ApplyImport(t.Context(), b.school, d.ID, nil)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			now, err := b.svc.Import(t.Context(), b.school, d.ID)
			return err == nil && now.Status == model.ImportApplied && now.Added == 300 && now.AppliedAt != nil && now.Progress == nil
		}, 20*time.Second, 5*time.Millisecond)
		require.Zero(t, b.parts(d.ID))
		again, err := b.svc.ApplyImport(t.Context(), b.school, d.ID, nil)
		require.NoError(t, err)
		require.Equal(t, model.ImportApplied, again.Status)
		_, err = b.svc.DiscardImport(t.Context(), b.school, d.ID)
		require.ErrorIs(t, err, model.Conflict("import_not_previewed", ""))

		gone := b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,"))
		for range 2 {
			discarded, err := b.svc.DiscardImport(t.Context(), b.school, gone.ID)
			require.NoError(t, err)
			require.Equal(t, model.ImportDiscarded, discarded.Status)
		}
		require.Zero(t, b.parts(gone.ID))
		_, err = b.svc.ApplyImport(t.Context(), b.school, gone.ID, nil)
		require.ErrorIs(t, err, model.Conflict("import_not_previewed", ""))
	})
}

// Units that were there before the first import may be written with full-width
// brackets, which a file's cells never keep: they are the same units all the same.
func TestAnImportFindsUnitsWithFullWidthNames(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		for id, name := range map[model.ID]string{b.tree.Town.ID: "城关镇（东）", b.tree.School.ID: "一小（本部）", b.tree.Class.ID: "三年级（1）班"} {
			b.Set(&model.Unit{}, "name", name, "id = ?", id)
		}
		d := b.apply(b.county, b.tree.County, countyRoster("城关镇（东）,一小（本部）,三年级（1）班,甲甲,A001"))
		require.Empty(t, d.NewUnits)
		require.Equal(t, b.tree.Class.ID, b.pupil("A001").ClassID)
		d = b.apply(b.school, b.tree.School, countyRoster("城关镇(东),一小(本部),三年级(1)班,甲甲,A001"))
		require.Equal(t, sums{total: 1, unchanged: 1}, sumsOf(d))
	})
}
