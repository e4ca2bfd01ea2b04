package supervise

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
)

func TestANudgeADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		st, svc, tree := b.st, b.svc, b.tree
		lesson := b.Lesson(tree.County, 60, model.SidePupil, model.SideGuardian)
		key := ItemKey{Kind: model.ItemLesson, ID: lesson.ID, Side: model.SidePupil}
		covered, missing, moved, lonely := b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.OtherClass), b.Pupil(tree.Class)
		b.Guardian(covered)
		b.Guardian(missing)
		b.Guardian(moved)
		b.cover(key, covered)
		manager, teacher := b.Staff(model.RoleManager, tree.School), b.Staff(model.RoleTeacher, tree.Class)
		nudge := func(actor model.Actor, unit *model.Unit) Nudges {
			t.Helper()
			n, err := svc.Nudge(t.Context(), actor, key, unit.ID)
			require.NoError(t, err)
			return n
		}
		require.Equal(t, Nudges{Nudged: 1, Unreachable: 1}, nudge(teacher, tree.Class), "not %s", lonely.ID)
		require.Equal(t, Nudges{Nudged: 1, AlreadyNudged: 1, Unreachable: 1}, nudge(manager, tree.School))
		require.Equal(t, Nudges{AlreadyNudged: 2, Unreachable: 1}, nudge(manager, tree.School))
		other := key
		other.Side = model.SideGuardian
		n, err := svc.Nudge(t.Context(), manager, other, tree.School.ID)
		require.NoError(t, err)
		require.Equal(t, Nudges{Nudged: 3, Unreachable: 1}, n, "the other side is owed apart")
		var rows []model.OutboxMessage
		require.NoError(t, st.Read(t.Context()).Where("pupil_id = ?", missing.ID).Order("id").Find(&rows).Error)
		require.Len(t, rows, 2)
		b.cover(key, missing)
		var contacts []message.Contact
		for _, r := range rows {
			contacts = append(contacts, message.Contact{ID: r.ID, Kind: r.Kind, CauseKind: r.CauseKind, CauseID: r.CauseID, RecipientID: r.RecipientID, PupilID: r.PupilID})
		}
		obsolete, err := svc.Obsolete(t.Context(), contacts)
		require.NoError(t, err)
		require.Equal(t, map[model.ID]bool{rows[0].ID: true}, obsolete, "covered meanwhile, on that side")
		b.clock.Advance(24 * time.Hour)
		require.Equal(t, Nudges{Nudged: 1, Unreachable: 1}, nudge(manager, tree.School), "the next day again")

		refused := func(code string, actor model.Actor, unit model.ID) {
			t.Helper()
			_, err := svc.Nudge(t.Context(), actor, key, unit)
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			require.Equal(t, code, e.Code)
		}
		refused("unit_not_found", teacher, tree.School.ID)
		refused("unit_not_found", b.Staff(model.RoleInspector, tree.County), tree.School.ID)
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			return tx.Model(lesson).Update("status", model.LessonWithdrawn).Error
		}))
		refused("item_not_open", manager, tree.School.ID)
	})
}
