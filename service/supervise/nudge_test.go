package supervise

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store/storetest"
)

func TestNudgesReachFamiliesOnceADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		svc, tree := b.svc, b.tree
		lesson := b.Lesson(tree.County, 60, model.SidePupil, model.SideGuardian)
		key := ItemKey{Kind: model.ItemLesson, ID: lesson.ID, Side: model.SidePupil}
		covered, missing, nextDoor := b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.OtherClass)
		b.Pupil(tree.Class) // without a guardian
		b.Guardian(covered)
		b.Guardian(missing)
		b.Guardian(nextDoor)
		b.cover(key, covered)
		manager, teacher := b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleTeacher, tree.Class)
		nudge := func(t *testing.T, actor model.Actor, key ItemKey, unit *model.Unit) Nudges {
			t.Helper()
			n, err := svc.Nudge(t.Context(), actor, key, unit.ID)
			require.NoError(t, err)
			return n
		}

		t.Run("each family hears once, whoever nudges", func(t *testing.T) {
			require.Equal(t, Nudges{Nudged: 1, Unreachable: 1}, nudge(t, teacher, key, tree.Class))
			require.Equal(t, Nudges{Nudged: 1, AlreadyNudged: 1, Unreachable: 1}, nudge(t, manager, key, tree.School))
			require.Equal(t, Nudges{AlreadyNudged: 2, Unreachable: 1}, nudge(t, manager, key, tree.School))
		})
		t.Run("the other side is owed apart", func(t *testing.T) {
			other := key
			other.Side = model.SideGuardian
			require.Equal(t, Nudges{Nudged: 3, Unreachable: 1}, nudge(t, manager, other, tree.School))
		})
		t.Run("a nudge is obsolete once its side is covered", func(t *testing.T) {
			var rows []model.OutboxMessage
			require.NoError(t, b.st.Read(t.Context()).Where("pupil_id = ?", missing.ID).Order("id").Find(&rows).Error)
			require.Len(t, rows, 2)
			b.cover(key, missing)
			var contacts []message.Contact
			for _, r := range rows {
				contacts = append(contacts, message.Contact{ID: r.ID, Kind: r.Kind, CauseKind: r.CauseKind, CauseID: r.CauseID, RecipientID: r.RecipientID, PupilID: r.PupilID})
			}
			obsolete, err := svc.Obsolete(t.Context(), contacts)
			require.NoError(t, err)
			require.Equal(t, map[model.ID]bool{rows[0].ID: true}, obsolete)
		})
		t.Run("the next day the missing hear again", func(t *testing.T) {
			b.clock.Advance(24 * time.Hour)
			require.Equal(t, Nudges{Nudged: 1, Unreachable: 1}, nudge(t, manager, key, tree.School))
		})
		t.Run("only those responsible nudge, and only about an open item", func(t *testing.T) {
			refused := func(code string, actor model.Actor) {
				t.Helper()
				_, err := svc.Nudge(t.Context(), actor, key, tree.School.ID)
				storetest.Refused(t, err, code)
			}
			refused("unit_not_found", teacher)
			refused("unit_not_found", b.Staff(model.RoleInspector, tree.County))
			b.Set(lesson, "status", model.LessonWithdrawn)
			refused("item_not_open", manager)
		})
	})
}

func TestNudgesWaitUntilAHolidayIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		lesson := b.Lesson(b.tree.County, 60, model.SidePupil)
		key := ItemKey{Kind: model.ItemLesson, ID: lesson.ID, Side: model.SidePupil}
		b.Guardian(b.Pupil(b.tree.Class))
		teacher, today := b.Staff(model.RoleTeacher, b.tree.Class), model.DateOf(b.clock.Now())
		b.Insert(&model.CalendarDay{UnitID: b.tree.County.ID, OnDate: today, Year: 2026, Kind: model.CalendarHoliday, Name: "测试节"},
			&model.CalendarDay{UnitID: b.tree.County.ID, OnDate: today.AddDays(1), Year: 2026, Kind: model.CalendarHoliday, Name: "测试节"})
		n, err := b.svc.Nudge(t.Context(), teacher, key, b.tree.Class.ID)
		require.NoError(t, err)
		morning := today.AddDays(2).Start().Add(8 * time.Hour)
		require.Equal(t, Nudges{Nudged: 1, SendsAt: &morning}, n)
		var row model.OutboxMessage
		require.NoError(t, b.st.Read(t.Context()).Take(&row).Error)
		require.Equal(t, []time.Time{morning, morning.Add(nudgeHolds)}, []time.Time{row.SendAfter.UTC(), row.CutoffAt.UTC()})
	})
}
