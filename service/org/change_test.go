package org_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) choose(id model.ID, c org.Choices) org.ImportDetail {
	b.t.Helper()
	d, err := b.svc.Choose(b.t.Context(), b.school, id, c)
	require.NoError(b.t, err)
	return d
}

func (b *bundle) applied(d org.ImportDetail, confirm ...org.Confirmation) org.ImportDetail {
	b.t.Helper()
	d, err := b.svc.ApplyImportNow(b.t.Context(), b.school, d.ID, confirm, nil)
	require.NoError(b.t, err)
	require.Nil(b.t, d.Failure)
	require.Equal(b.t, model.ImportApplied, d.Status)
	return d
}

func (b *bundle) refused(d org.ImportDetail, code string, confirm ...org.Confirmation) model.Error {
	b.t.Helper()
	before := b.everything()
	_, err := b.svc.ApplyImport(b.t.Context(), b.school, d.ID, confirm)
	require.Equal(b.t, before, b.everything())
	return storetest.Refused(b.t, err, code)
}

// wholeSchool is a school of three classes of ten.
func wholeSchool() []string {
	var lines []string
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("三年级%d班,学生%c,W%03d,,", []int{1, 2, 10}[i/10], '一'+rune(i), i))
	}
	return lines
}

func TestNobodyLeavesByAPartialFileUnasked(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		all := wholeSchool()
		b.apply(b.school, b.tree.School, roster(all...))

		// A file with one pupil.
		one := b.preview(b.school, b.tree.School, roster(all[0]))
		require.True(t, one.ManyDepart)
		require.Equal(t, 29, one.Departed)
		require.Equal(t, []string{"三年级1班"}, one.ListedClasses)
		type line struct {
			name   string
			left   int
			roster int
			absent bool
		}
		var lines []line
		for _, d := range one.Departures {
			require.Equal(t, b.tree.School.Name, d.SchoolName)
			lines = append(lines, line{d.Name, d.Departed, d.Roster, d.Absent})
		}
		want := []line{{"三年级2班", 10, 10, true}, {"三年级10班", 10, 10, true}, {"三年级1班", 9, 10, false}}
		require.Equal(t, want, lines, "classes that are wholly absent first, as people count")
		e := b.refused(one, "confirmation_needed")
		require.Contains(t, e.Message, "29")
		require.Equal(t, org.ConfirmationNeeded{Confirm: []org.Confirmation{{Kind: org.ConfirmDepartures, Count: 29}}, Departures: one.Departures}, e.Details)
		b.refused(one, "confirmation_needed", org.Confirmation{Kind: org.ConfirmDepartures, Count: 28})

		// This file is only of class 1, of which two are missing: few enough.
		part := b.preview(b.school, b.tree.School, roster(all[:8]...))
		b.refused(part, "confirmation_needed")
		part = b.choose(part.ID, org.Choices{OnlyListedClasses: true})
		require.Equal(t, sums{total: 8, departed: 2, unchanged: 8}, sumsOf(part))
		require.False(t, part.ManyDepart)
		require.True(t, part.Choices.OnlyListedClasses)
		b.applied(part)
		require.Equal(t, map[string]int{"三年级1班": 8, "三年级2班": 10, "三年级10班": 10}, b.pupilCounts())

		// Three of a class of ten, the rest of the school whole: asked.
		three := b.preview(b.school, b.tree.School, roster(append(all[:8], all[13:]...)...))
		require.Equal(t, 3, three.Departed)
		b.applied(three, org.Confirmation{Kind: org.ConfirmDepartures, Count: 3})
		b.requireCountsRight()
	})
}

func TestAPupilSurvivesANewNumber(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,女,2015-03-05", "1班,乙乙,A002,,", "2班,丙丙,A003,,2015-04-01", "2班,丁丁,A004,,2015-05-01", "1班,双双,A005,,2015-06-01", "1班,双双,A006,,2015-06-01"))
		first, second := b.pupil("A001"), b.pupil("A002")
		guardian := b.Guardian(&first)
		lesson := b.Lesson(b.tree.County, 60, model.SidePupil)
		b.mark(lesson, first, true)

		// Another number for all; 丙丙 also changes class, 丁丁 is another child of the name, 双双 are twins.
		file := roster("1班,甲甲,N001,女,2015-03-05", "1班,乙乙,N002,,", "1班,丙丙,N003,,2015-04-01", "2班,丁丁,N004,,2016-05-01", "1班,双双,N005,,2015-06-01", "1班,双双,N006,,2015-06-01")
		d := b.preview(b.school, b.tree.School, file)
		require.Equal(t, 5, d.SamePupilsOpen)
		require.Equal(t, 5, d.SamePupilCount)
		of := map[string]org.SamePupil{}
		for _, q := range d.SamePupils {
			of[q.Name+q.NewStudentNo[4:]] = q
		}
		one := of["甲甲01"]
		require.Equal(t, org.SamePupil{PupilID: first.ID, Name: "甲甲", ClassName: "1班", StudentNo: "****01", Row: 2, NewClassName: "1班", NewStudentNo: "****01",
			SameBirthDate: true, SameClass: true, Guardians: 1, Covered: 1}, one)
		require.False(t, of["乙乙02"].SameBirthDate)
		require.True(t, of["乙乙02"].SameClass)
		require.False(t, of["丙丙03"].SameClass)
		require.True(t, of["双双05"].Several)
		b.refused(d, "same_pupils_undecided", departing(d)...)

		// All at once leaves those of whom several fit; those one by one.
		yes, no := true, false
		d = b.choose(d.ID, org.Choices{AllSame: &yes})
		require.Equal(t, 2, d.SamePupilsOpen)
		require.True(t, d.SamePupils[0].Several)
		twins := []org.SameChoice{{PupilID: b.pupil("A005").ID, Same: true}, {PupilID: b.pupil("A006").ID, Same: true}}
		d = b.choose(d.ID, org.Choices{AllSame: &yes, Same: append(twins, org.SameChoice{PupilID: second.ID, Same: false})})
		require.Zero(t, d.SamePupilsOpen)
		require.Equal(t, 4, d.Renumbered)
		require.Equal(t, sums{total: 6, added: 2, changed: 3, transferred: 1, departed: 2}, sumsOf(d))
		b.applied(d, departing(d)...)

		now := b.pupil("N001")
		require.Equal(t, first.ID, now.ID)
		sealed, err := b.vault.Unseal(model.StudentNoField, now.ID, now.StudentNo)
		require.NoError(t, err)
		require.Equal(t, "N001", sealed)
		require.Equal(t, 1, b.Count(&model.Guardianship{}, "pupil_id = ? AND account_id = ?", first.ID, guardian.AccountID))
		require.NotEqual(t, second.ID, b.pupil("N002").ID)
		require.NotNil(t, b.pupil("A002").DepartedAt)
		require.Equal(t, b.unitNamed("1班").ID, b.pupil("N003").ClassID)
		require.Nil(t, b.pupil("N003").DepartedAt)
		b.requireCountsRight()

		// A no for all makes new pupils of them.
		d = b.preview(b.school, b.tree.School, roster("1班,甲甲,M001,女,2015-03-05"))
		d = b.choose(d.ID, org.Choices{AllSame: &no, OnlyListedClasses: true})
		require.Equal(t, 1, d.Added)
		require.Zero(t, d.Renumbered)

		other := b.Staff(model.RoleManager, b.Tree().School)
		_, err = b.svc.Choose(t.Context(), other, d.ID, org.Choices{})
		storetest.Refused(t, err, "import_not_found")
	})
}

func TestAPupilWithoutANumberIsOnTheRosterUntilItComes(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		d := b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,", "1班,新生,,女,2019-09-01", "1班,小小,,,", "2班,新生,,女,2019-08-01"))
		require.Equal(t, sums{total: 4, added: 4}, sumsOf(d))
		require.Equal(t, []int{3, 1}, []int{d.WithoutNumber, d.WithoutBirth})
		named := func(name, class string) model.Pupil {
			var p model.Pupil
			require.NoError(t, b.store.Read(t.Context()).Take(&p, "name = ? AND class_id = ? AND departed_at IS NULL", name, b.unitNamed(class).ID).Error)
			return p
		}
		fresh, small := named("新生", "1班"), named("小小", "1班")
		page, err := b.svc.Pupils(t.Context(), b.school, b.unitNamed("1班").ID, store.PageRequest{})
		require.NoError(t, err)
		require.Empty(t, page.Items[1].StudentNo)

		// The same file again changes nothing; the class as people count it elsewhere is a question.
		d = b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,,", "1班,新生,,女,2019-09-01", "1班,小小,,,", "2班,新生,,女,2019-08-01"))
		require.True(t, d.ChangesNothing)
		d = b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,", "3班,新生,,女,2019-09-01", "1班,小小,,,", "2班,新生,,女,2019-08-01"))
		require.Equal(t, 1, d.SamePupilsOpen)
		require.Equal(t, fresh.ID, d.SamePupils[0].PupilID)

		// Numbers come: by name, class and birth date at once, without a birth date asked.
		d = b.preview(b.school, b.tree.School, roster("1班,甲甲,A001,,", "1班,新生,G001,女,2019-09-01", "1班,小小,G002,,2019-10-01", "2班,新生,,女,2019-08-01"))
		require.Equal(t, 1, d.SamePupilsOpen)
		require.Equal(t, small.ID, d.SamePupils[0].PupilID)
		yes := true
		d = b.choose(d.ID, org.Choices{AllSame: &yes})
		require.Equal(t, sums{total: 4, changed: 2, unchanged: 2}, sumsOf(d))
		b.applied(d)
		require.Equal(t, fresh.ID, b.pupil("G001").ID)
		require.Equal(t, small.ID, b.pupil("G002").ID)
		require.Equal(t, model.Date("2019-10-01"), b.pupil("G002").BirthDate)

		// A list that leaves the numbers out is of the same pupils.
		d = b.apply(b.school, b.tree.School, roster("1班,甲甲,,,", "1班,新生,,女,2019-09-01", "1班,小小,,,", "2班,新生,,女,2019-08-01"))
		require.True(t, d.ChangesNothing)
		require.Equal(t, fresh.ID, b.pupil("G001").ID)
	})
}

func TestTheLastImportCanBeUndone(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		undo := func(d org.ImportDetail) (org.ImportDetail, error) { return b.svc.UndoImport(ctx, b.school, d.ID) }
		base := []string{"1班,甲甲,A001,女,2015-03-05", "1班,乙乙,A002,,2015-03-06", "2班,丙丙,A003,,", "2班,丁丁,A004,,"}
		first := b.apply(b.school, b.tree.School, roster(base...))
		lesson := b.Lesson(b.tree.County, 60, model.SidePupil)
		gone := b.pupil("A004")
		b.Guardian(&gone)
		for _, no := range []string{"A001", "A004"} {
			b.mark(lesson, b.pupil(no), true)
		}
		picture := func() (s string) {
			var pupils []model.Pupil
			require.NoError(t, b.store.Read(ctx).Where("departed_at IS NULL").Order("id").Find(&pupils).Error)
			for _, p := range pupils {
				s += fmt.Sprint(p.ID, p.ClassID, p.Name, p.Gender, p.BirthDate, string(p.StudentNo), string(p.StudentNoHash), "\n")
			}
			return s
		}
		before := picture()

		// Everything at once: a correction, a new number, a transfer into a new class, a departure, an arrival.
		d := b.preview(b.school, b.tree.School, roster("1班,甲甲甲,A001,女,2015-03-05", "1班,乙乙,N002,,2015-03-06", "3班,丙丙,A003,,", "3班,戊戊,A005,,"))
		yes := true
		d = b.choose(d.ID, org.Choices{AllSame: &yes})
		require.Equal(t, sums{total: 4, added: 1, changed: 2, transferred: 1, departed: 1}, sumsOf(d))
		d = b.applied(d, departing(d)...)
		require.NotEqual(t, before, picture())
		require.Equal(t, d.AppliedAt.Add(7*24*time.Hour), *d.UndoUntil)
		_, err := undo(first)
		storetest.Refused(t, err, "undo_not_last")
		_, err = b.svc.UndoImport(ctx, b.Staff(model.RoleManager, b.Tree().School), d.ID)
		storetest.Refused(t, err, "import_not_found")

		done, err := undo(d)
		require.NoError(t, err)
		require.Equal(t, model.ImportUndone, done.Status)
		require.NotNil(t, done.UndoneAt)
		require.Nil(t, done.UndoUntil)
		require.Equal(t, before, picture())
		require.NotNil(t, b.unitNamed("3班").ArchivedAt)
		require.NotNil(t, b.pupil("A005").DepartedAt)
		require.Zero(t, b.Count(&model.RosterImportPart{}, "import_id = ?", d.ID))
		b.requireCountsRight()
		_, err = undo(d)
		require.NoError(t, err, "twice")
		require.Equal(t, before, picture())

		// A family that was bound to a pupil who came stands against it.
		d = b.apply(b.school, b.tree.School, roster(append(base, "4班,己己,A006,,")...))
		came := b.pupil("A006")
		b.Guardian(&came)
		_, err = undo(d)
		e := storetest.Refused(t, err, "undo_bound")
		require.Contains(t, e.Message, "1 名")
		require.Nil(t, b.pupil("A006").DepartedAt)

		d = b.apply(b.school, b.tree.School, roster(append(base, "4班,己己,A006,,", "4班,庚庚,A007,,")...))
		b.mark(lesson, b.pupil("A007"), false)
		_, err = undo(d)
		storetest.Refused(t, err, "undo_bound")

		// A later import above, and the time, stand against it too.
		d = b.apply(b.school, b.tree.School, roster(append(base, "4班,己己,A006,,", "4班,庚庚,A007,,", "5班,辛辛,A008,,")...))
		b.apply(b.county, b.tree.County, countyRoster(b.tree.Town.Name+",别校,1班,壬壬,B001"))
		_, err = undo(d)
		storetest.Refused(t, err, "undo_not_last")
		d = b.apply(b.school, b.tree.School, roster(append(base, "4班,己己,A006,,", "4班,庚庚,A007,,", "5班,辛辛,A008,,", "5班,癸癸,A009,,")...))
		b.set(d.ID, map[string]any{"applied_at": b.store.Now().Add(-8 * 24 * time.Hour)})
		_, err = undo(d)
		storetest.Refused(t, err, "undo_over")
		require.NotZero(t, b.Count(&model.RosterImportPart{}, "import_id = ?", d.ID))
		require.NoError(t, b.svc.Sweep(ctx))
		require.Zero(t, b.Count(&model.RosterImportPart{}, "import_id = ?", d.ID))
	})
}

func TestAnImportIsUndoneOnceByMany(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		b.apply(b.school, b.tree.School, roster(schoolLines(40, 4)...))
		d := b.apply(b.school, b.tree.School, roster(schoolLines(40, 3)...))
		errs := storetest.Contend(20, func(int) error {
			_, err := b.svc.UndoImport(t.Context(), b.school, d.ID)
			return err
		})
		require.Equal(t, map[string]int{"": 20}, storetest.Codes(t, errs))
		require.Equal(t, 4, b.Count(&model.Unit{}, "parent_id = ? AND pupil_count = 10", b.tree.School.ID))
		b.requireCountsRight()
	})
}

// An import corrects a name, and the pupil then goes to a school beside it: the
// old name must not be written to a pupil of that school.
func TestUndoChangesNobodyWhoHasGoneToAnotherSchool(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		t := b.t
		other := b.Unit(model.UnitSchool, b.tree.Town)
		b.apply(b.school, b.tree.School, roster("1班,甲甲,A001,女,2015-03-05", "1班,乙乙,A002,,2015-03-06"))
		d := b.apply(b.school, b.tree.School, roster("1班,甲甲甲,A001,女,2015-03-05", "1班,乙乙,A002,,2015-03-06"))
		b.apply(b.county, other, roster("1班,甲甲甲,A001,女,2015-03-05"))
		was := b.pupil("A001")
		_, err := b.svc.UndoImport(t.Context(), b.school, d.ID)
		storetest.Refused(t, err, "undo_changed")
		require.Equal(t, was, b.pupil("A001"))
	})
}
