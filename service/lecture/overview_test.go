package lecture

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) overview(actor model.Actor) Overview {
	b.t.Helper()
	o, err := b.svc.Overview(b.t.Context(), actor)
	require.NoError(b.t, err)
	return o
}

// schedule is a session of the lecture for the units, so far from now, hosted by the teacher.
func (b *bundle) schedule(l *model.Lecture, in time.Duration, targets ...*model.Unit) Session {
	b.t.Helper()
	plan := b.plan(targets...)
	plan.StartsAt, plan.EndsAt = plan.StartsAt.Add(in), plan.EndsAt.Add(in)
	s, err := b.svc.Schedule(b.t.Context(), b.teacher, l.ID, plan)
	require.NoError(b.t, err)
	return s
}

// sessionIDs are those of the overview's next sessions, in its order.
func sessionIDs(o Overview) []model.ID {
	ids := []model.ID{}
	for _, s := range o.Sessions {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestAnOverviewShowsWhatIsOwedAndWhatWouldCoverIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		sibling := b.Pupil(b.tree.OtherClass)
		parent := b.Guardian(b.pupil, sibling)
		four := b.Lecture(b.tree.County, 4, model.SidePupil)
		five := b.Lecture(b.tree.County, 5, model.SideGuardian)
		six := b.Lecture(b.tree.OtherClass, 6, model.SidePupil)
		b.Lecture(b.Tree().County, 7, model.SidePupil, model.SideGuardian)
		past := b.Lecture(b.tree.County, 3, model.SidePupil)
		b.Set(past, "term", "2026H1")
		later := b.schedule(four, 48*time.Hour, b.tree.School)
		soon := b.schedule(four, time.Hour, b.tree.Class)
		forParents := b.schedule(five, 0, b.tree.School)
		called := b.schedule(six, time.Hour, b.tree.OtherClass)
		_, err := b.svc.Cancel(t.Context(), b.teacher, called.ID)
		require.NoError(t, err)

		o := b.overview(parent)
		require.Equal(t, Dues{Total: 1, Items: []Due{{ID: five.ID, Number: 5, Title: five.Title, PupilIDs: []model.ID{b.pupil.ID, sibling.ID},
			Next: &Next{SessionID: forParents.ID, Mode: model.SessionOffline, Status: model.SessionOpen, StartsAt: forParents.StartsAt, EndsAt: forParents.EndsAt, Place: "礼堂"}}}}, o.Dues[0])
		require.Equal(t, soon.ID, o.Dues[b.pupil.ID].Items[0].Next.SessionID)
		require.Equal(t, 2, o.Dues[sibling.ID].Total)
		require.Equal(t, []model.ID{four.ID, six.ID}, []model.ID{o.Dues[sibling.ID].Items[0].ID, o.Dues[sibling.ID].Items[1].ID})
		require.Equal(t, later.ID, o.Dues[sibling.ID].Items[0].Next.SessionID, "the sooner one is not for this class")
		require.Nil(t, o.Dues[sibling.ID].Items[1].Next, "called off")
		require.Equal(t, []model.ID{forParents.ID, soon.ID, later.ID}, sessionIDs(o))
		require.Equal(t, 3, o.SessionCount)

		// Attended for one child, it is still owed for the other; the session stays while it is on.
		b.checkIn(parent, b.token(forParents), b.pupil.ID)
		o = b.overview(parent)
		require.Equal(t, []model.ID{sibling.ID}, o.Dues[0].Items[0].PupilIDs)
		b.checkIn(parent, b.token(forParents), sibling.ID)
		o = b.overview(parent)
		require.Equal(t, Dues{Total: 1, Done: 1, Items: []Due{}}, o.Dues[0])
		require.Equal(t, forParents.ID, o.Sessions[0].ID, "one may want to find back to it")

		// Covered by the sooner session, the child needs no later one, the sibling does.
		b.clock.Advance(time.Hour)
		b.checkIn(b.PupilAccount(b.pupil), b.token(soon))
		b.clock.Advance(2 * time.Hour)
		o = b.overview(parent)
		require.Equal(t, []model.ID{later.ID}, sessionIDs(o))
		require.Equal(t, 1, o.Dues[b.pupil.ID].Done)
		require.Empty(t, b.overview(b.guardian).Sessions, "another guardian of the one child")
	})
}

func TestAnOverviewNamesTheMakeUpToWhichOneIsInvited(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		classmate := b.Pupil(b.tree.Class)
		present := b.Guardian(classmate)
		s := b.session(l)
		b.checkIn(present, b.token(s))
		b.clock.Advance(2 * time.Hour)
		plan := b.plan()
		plan.StartsAt, plan.EndsAt = plan.StartsAt.Add(24*time.Hour), plan.EndsAt.Add(24*time.Hour)
		made, err := b.svc.MakeUp(t.Context(), b.teacher, s.ID, plan)
		require.NoError(t, err)
		o := b.overview(b.guardian)
		require.Equal(t, &Next{SessionID: made.ID, Mode: model.SessionOffline, Status: model.SessionScheduled, StartsAt: made.StartsAt, EndsAt: made.EndsAt, Place: "礼堂", MakeUp: true},
			o.Dues[b.pupil.ID].Items[0].Next)
		require.Equal(t, []model.ID{made.ID}, sessionIDs(o))
		o = b.overview(present)
		require.Equal(t, 1, o.Dues[classmate.ID].Done)
		require.Empty(t, o.Sessions, "the make-up is for those who missed")
	})
}

func TestAnOverviewIsOfTheFamilyAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		own := b.PupilAccount(b.pupil)
		o := b.overview(own)
		require.Len(t, o.Dues, 1, "a pupil's account owes nothing as a guardian")
		require.Equal(t, s.ID, o.Dues[b.pupil.ID].Items[0].Next.SessionID)
		b.checkIn(own, b.token(s))
		require.Equal(t, 1, b.overview(own).Dues[b.pupil.ID].Done)
		other := b.Pupil(b.tree.Class)
		require.Equal(t, 0, b.overview(b.Guardian(other)).Dues[other.ID].Done, "another child's attendance is not theirs")
		for _, nobody := range []model.Actor{b.teacher, b.manager, b.Account()} {
			require.Equal(t, Overview{Dues: map[model.ID]Dues{}}, b.overview(nobody))
		}
		b.Set(b.pupil, "departed_at", start)
		require.Empty(t, b.overview(b.guardian).Dues)
	})
}

func TestAnOverviewIsBoundedAndTakesAFixedNumberOfQueries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		invite := func(l *model.Lecture) {
			s := b.session(l)
			_, err := b.svc.MakeUp(t.Context(), b.teacher, s.ID, b.plan())
			require.NoError(t, err)
		}
		invite(b.Lecture(b.tree.School, 1, model.SidePupil))
		queries := storetest.Queries(t, b.st)
		b.overview(b.guardian)
		few := queries()
		parent := b.Guardian(b.pupil, b.Pupil(b.tree.Class), b.Pupil(b.tree.OtherClass), b.Pupil(b.tree.OtherClass))
		for n := range 12 {
			invite(b.Lecture(b.tree.County, 10+n, model.SidePupil, model.SideGuardian))
		}
		queries()
		o := b.overview(parent)
		require.Equal(t, few, queries())
		require.Equal(t, []int{12, 10, 10, 26}, []int{o.Dues[0].Total, len(o.Dues[0].Items), len(o.Sessions), o.SessionCount})
	})
}
