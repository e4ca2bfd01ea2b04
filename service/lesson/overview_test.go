package lesson

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) overview(actor model.Actor) []PersonDues {
	b.t.Helper()
	people, err := b.svc.Overview(b.t.Context(), actor)
	require.NoError(b.t, err)
	return people
}

// dueIDs are the lessons that the n-th person of the overview owes, in its order.
func dueIDs(people []PersonDues, n int) []model.ID {
	ids := []model.ID{}
	for _, d := range people[n].Dues.Items {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestAnOverviewShowsWhatEachOwesThisTerm(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		sibling := b.Pupil(b.tree.OtherClass)
		parent := b.Guardian(b.pupil, sibling)
		forPupils := b.Lesson(b.tree.County, 20, model.SidePupil)
		forBoth := b.Lesson(b.tree.School, 20, model.SidePupil, model.SideGuardian)
		forOneClass := b.Lesson(b.tree.OtherClass, 20, model.SidePupil)
		forGuardians := b.Lesson(b.tree.County, 20, model.SideGuardian)
		elsewhere, last, draft, over := b.Lesson(b.Tree().County, 20, model.SidePupil), b.Lesson(b.tree.County, 20, model.SidePupil), b.Lesson(b.tree.County, 20, model.SidePupil), b.Lesson(b.tree.County, 20, model.SidePupil)
		b.Set(last, "term", "2026H1")
		b.Set(draft, "status", model.LessonDraft)
		b.Set(over, "publish_until", b.clock.Now())
		require.NotNil(t, elsewhere)

		people := b.overview(parent)
		require.Equal(t, []Person{{}, {PupilID: b.pupil.ID, Name: b.pupil.Name, ClassID: b.tree.Class.ID, ClassName: b.tree.Class.Name},
			{PupilID: sibling.ID, Name: sibling.Name, ClassID: b.tree.OtherClass.ID, ClassName: b.tree.OtherClass.Name}},
			[]Person{people[0].Person, people[1].Person, people[2].Person})
		require.Equal(t, []model.ID{forGuardians.ID, forBoth.ID}, dueIDs(people, 0), "newest first")
		require.Equal(t, []model.ID{forBoth.ID, forPupils.ID}, dueIDs(people, 1))
		require.Equal(t, []model.ID{forOneClass.ID, forBoth.ID, forPupils.ID}, dueIDs(people, 2))
		require.Equal(t, []int{3, 0}, []int{people[2].Dues.Total, people[2].Dues.Done})

		// What was begun comes first, with how far it is and where to go on.
		w := b.open(parent, forPupils, b.pupil.ID)
		b.clock.Advance(10 * time.Second)
		b.report(parent, w.ID, 1, model.Segment{From: 0, To: 10})
		b.Set(&model.LessonProgress{ViewerID: b.pupil.ID, LessonID: forPupils.ID}, "position", 7)
		people = b.overview(parent)
		require.Equal(t, []model.ID{forPupils.ID, forBoth.ID}, dueIDs(people, 1))
		require.Equal(t, []int{50, 7}, []int{people[1].Dues.Items[0].Percent, people[1].Dues.Items[0].Position})
		require.Equal(t, []model.ID{forOneClass.ID, forBoth.ID, forPupils.ID}, dueIDs(people, 2), "the sibling has begun nothing")

		// Watched beside one child it is done for the guardian and that child, not for the sibling.
		b.watchAll(parent, forBoth, b.pupil.ID)
		people = b.overview(parent)
		require.Equal(t, []model.ID{forGuardians.ID}, dueIDs(people, 0))
		require.Equal(t, []model.ID{forPupils.ID}, dueIDs(people, 1))
		require.Equal(t, []int{2, 1}, []int{people[1].Dues.Total, people[1].Dues.Done})
		require.Equal(t, []model.ID{forOneClass.ID, forBoth.ID, forPupils.ID}, dueIDs(people, 2))
	})
}

func TestAnotherGuardianCanDoAFamilysPart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.Lesson(b.tree.School, 20, model.SideGuardian)
		sibling := b.Pupil(b.tree.OtherClass)
		both := b.Guardian(b.pupil, sibling)
		b.watchAll(b.guardian, l, 0)
		require.Empty(t, dueIDs(b.overview(b.guardian), 0))
		require.Equal(t, []model.ID{l.ID}, dueIDs(b.overview(both), 0), "the sibling's side is still owed")
		b.watchAll(b.Guardian(sibling), l, 0)
		people := b.overview(both)
		require.Empty(t, dueIDs(people, 0))
		require.Equal(t, []int{1, 1}, []int{people[0].Dues.Total, people[0].Dues.Done})
	})
}

func TestAnOverviewIsOfTheFamilyAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.Lesson(b.tree.School, 20, model.SidePupil, model.SideGuardian)
		own := b.PupilAccount(b.pupil)
		other := b.Guardian(b.Pupil(b.tree.Class))
		b.watchAll(own, l, 0)
		people := b.overview(own)
		require.Len(t, people, 1)
		require.Equal(t, []any{b.pupil.ID, 1, 1}, []any{people[0].Person.PupilID, people[0].Dues.Total, people[0].Dues.Done})
		require.Equal(t, []model.ID{l.ID}, dueIDs(b.overview(other), 1), "another family's watching is not theirs")
		require.Empty(t, b.overview(b.Staff(model.RoleManager, b.tree.School)))
		require.Empty(t, b.overview(b.Account()))
		b.Set(b.pupil, "departed_at", b.clock.Now())
		require.Empty(t, b.overview(b.guardian))
		require.Empty(t, b.overview(own))
	})
}

func TestAnOverviewIsBoundedAndTakesAFixedNumberOfQueries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.Lesson(b.tree.School, 20, model.SidePupil)
		queries := storetest.Queries(t, b.st)
		b.overview(b.guardian)
		few := queries()
		children := []*model.Pupil{b.pupil, b.Pupil(b.tree.Class), b.Pupil(b.tree.OtherClass), b.Pupil(b.tree.OtherClass)}
		parent := b.Guardian(children...)
		for range 25 {
			b.Lesson(b.tree.County, 20, model.SidePupil, model.SideGuardian)
		}
		queries()
		people := b.overview(parent)
		require.Equal(t, few, queries())
		require.Len(t, people, 5)
		require.Len(t, people[1].Dues.Items, 10)
		require.Equal(t, 26, people[1].Dues.Total)
	})
}
