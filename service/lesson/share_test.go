package lesson

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestASharedCardShowsAStrangerTheLesson(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		l := b.Lesson(b.tree.School, 20, model.SideGuardian)
		card, err := b.svc.Share(ctx, b.guardian, l.ID)
		require.NoError(t, err)
		require.Len(t, card.Token, 20)
		require.Equal(t, b.clock.Now().Add(shareLife), card.ExpiresAt)
		again, err := b.svc.Share(ctx, b.guardian, l.ID)
		require.NoError(t, err)
		require.Equal(t, card.Token, again.Token, "one a day")
		school, err := b.svc.Share(ctx, b.Staff(model.RoleTeacher, b.tree.Class), l.ID)
		require.NoError(t, err)
		require.NotEqual(t, card.Token, school.Token)

		shown, err := b.svc.OpenShare(ctx, card.Token)
		require.NoError(t, err)
		require.Equal(t, SharedLesson{LessonID: l.ID, Title: l.Title, From: model.SharerFamily}, shown)
		shown, err = b.svc.OpenShare(ctx, school.Token)
		require.NoError(t, err)
		require.Equal(t, model.SharerSchool, shown.From)
		for range 2 {
			_, err = b.svc.OpenShare(ctx, card.Token)
			require.NoError(t, err)
		}
		again, err = b.svc.Share(ctx, b.guardian, l.ID)
		require.NoError(t, err)
		require.EqualValues(t, 3, again.Opened)

		_, err = b.svc.Share(ctx, b.Guardian(b.Pupil(b.Tree().Class)), l.ID)
		storetest.Refused(t, err, "lesson_not_found")
		b.Set(l, "status", model.LessonWithdrawn)
		_, err = b.svc.OpenShare(ctx, card.Token)
		storetest.Refused(t, err, "share_not_found")
		_, err = b.svc.Share(ctx, b.Staff(model.RoleManager, b.tree.School), l.ID)
		storetest.Refused(t, err, "lesson_not_open")
		b.Set(l, "status", model.LessonPublished)
		b.clock.Advance(shareLife)
		_, err = b.svc.OpenShare(ctx, card.Token)
		storetest.Refused(t, err, "share_not_found")
		_, err = b.svc.OpenShare(ctx, "nothing")
		storetest.Refused(t, err, "share_not_found")
	})
}

func TestALessonIsForwardedOnceADayToAUnit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		b.Pupil(b.tree.Class) // without a guardian
		b.Guardian(b.Pupil(b.tree.OtherClass))
		l := b.Lesson(b.tree.County, 20, model.SidePupil)
		manager := b.Staff(model.RoleManager, b.tree.School)
		results := make([]Forwarded, 200)
		errs := storetest.Contend(len(results), func(i int) (err error) {
			results[i], err = b.svc.Forward(ctx, manager, l.ID, []model.ID{b.tree.OtherClass.ID, b.tree.Class.ID, b.tree.Class.ID})
			return err
		})
		for i, r := range results {
			require.NoError(t, errs[i])
			require.Equal(t, results[0], r)
			require.Equal(t, []model.ID{b.tree.Class.ID, b.tree.OtherClass.ID}, r.UnitIDs)
			require.Equal(t, 2, r.Families)
		}
		lines := func(actor model.Actor) []ForwardLine {
			page, err := b.svc.Forwards(ctx, actor, l.ID, store.PageRequest{Limit: 50})
			require.NoError(t, err)
			return page.Items
		}
		require.Len(t, lines(manager), 2)
		require.Equal(t, 1, lines(manager)[0].Families)
		require.Len(t, lines(b.Staff(model.RoleTeacher, b.tree.Class)), 1, "a teacher sees the own class's")
		require.Empty(t, lines(b.Staff(model.RoleInspector, b.Unit(model.UnitSchool, b.tree.Town))))

		b.clock.Advance(24 * time.Hour)
		_, err := b.svc.Forward(ctx, b.Staff(model.RoleTeacher, b.tree.Class), l.ID, []model.ID{b.tree.Class.ID})
		require.NoError(t, err)
		require.Len(t, lines(manager), 3)
		page, err := b.svc.Forwards(ctx, manager, l.ID, store.PageRequest{Limit: 2})
		require.NoError(t, err)
		page, err = b.svc.Forwards(ctx, manager, l.ID, store.PageRequest{Limit: 2, Cursor: page.NextCursor})
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
	})
}

func TestWhereALessonCanBeForwarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		l := b.Lesson(b.tree.School, 20, model.SidePupil)
		teacher := b.Staff(model.RoleTeacher, b.tree.Class)
		other := b.Tree()
		_, err := b.svc.Forward(ctx, teacher, l.ID, []model.ID{b.tree.Class.ID, b.tree.OtherClass.ID})
		storetest.Refused(t, err, "unit_not_found")
		_, err = b.svc.Forward(ctx, teacher, l.ID, []model.ID{b.tree.School.ID})
		storetest.Refused(t, err, "unit_not_found")
		_, err = b.svc.Forward(ctx, b.Staff(model.RoleManager, other.County), l.ID, []model.ID{other.Class.ID})
		storetest.Refused(t, err, "lesson_not_found")
		county := b.Staff(model.RoleManager, b.tree.County)
		_, err = b.svc.Forward(ctx, county, l.ID, []model.ID{b.tree.Town.ID})
		storetest.Refused(t, err, "lesson_not_for_unit")
		b.Set(l, "status", model.LessonWithdrawn)
		_, err = b.svc.Forward(ctx, county, l.ID, []model.ID{b.tree.School.ID})
		storetest.Refused(t, err, "lesson_not_open")
	})
}

func TestFamiliesSeeWhatTheSchoolForwarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		sibling := b.Pupil(b.tree.OtherClass)
		parent := b.Guardian(b.pupil, sibling)
		l := b.Lesson(b.tree.County, 20, model.SidePupil, model.SideGuardian)
		_, err := b.svc.Forward(ctx, b.Staff(model.RoleTeacher, b.tree.Class), l.ID, []model.ID{b.tree.Class.ID})
		require.NoError(t, err)
		at := func(person int) *time.Time {
			due := b.overview(parent)[person].Dues.Items[0]
			require.Equal(t, due.ForwardedAt != nil, due.Forwarded)
			return due.ForwardedAt
		}
		first := b.clock.Now()
		require.Equal(t, &first, at(0), "to the guardian by any child's class")
		require.Equal(t, &first, at(1))
		require.Nil(t, at(2), "the sibling's class did not get it")
		b.clock.Advance(24 * time.Hour)
		_, err = b.svc.Forward(ctx, b.Staff(model.RoleManager, b.tree.Town), l.ID, []model.ID{b.tree.School.ID})
		require.NoError(t, err)
		second := b.clock.Now()
		require.Equal(t, []*time.Time{&second, &second, &second}, []*time.Time{at(0), at(1), at(2)}, "the last one counts")
	})
}
