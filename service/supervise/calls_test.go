package supervise

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/support/calls"
)

// Nobody telephones about what has been done meanwhile, or whom it does not
// concern any more; what nobody did in time stays to be seen.
func TestCallsCloseWhenTheyAreNeededNoMore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		st, svc, tree := b.st, b.svc, b.tree
		checks := message.NewChecks(st, identity.Directory{})
		checks.Add(message.KindNudge, svc.Obsolete)
		ledger := message.NewLedger(st, identity.Directory{})
		sender := message.NewSender(st, ledger, calls.NewQueue(st), checks, message.Options{}) // no channel: everyone is to be called
		queue := calls.New(st, nil, checks.Obsolete)
		lesson := b.Lesson(tree.County, 60, model.SidePupil)
		key := ItemKey{Kind: model.ItemLesson, ID: lesson.ID, Side: model.SidePupil}
		watches, waits, unbound, doneLate := b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.Class)
		former := b.Guardian(unbound)
		for _, p := range []*model.Pupil{watches, waits, doneLate} {
			b.Guardian(p)
		}
		n, err := svc.Nudge(t.Context(), b.Staff(model.RoleTeacher, tree.Class), key, tree.Class.ID)
		require.NoError(t, err)
		require.Equal(t, 4, n.Nudged)
		_, err = sender.Turn(t.Context())
		require.NoError(t, err)
		// One of a session that nobody passed on in time.
		missed := &model.CallTask{ID: st.NewID(), Queue: model.QueueClass, UnitID: tree.Class.ID, RecipientID: former.AccountID, PupilID: unbound.ID,
			Kind: message.KindSessionReminder, CauseKind: message.CauseNudge, CauseID: 1, Reason: "no_leave", DueAt: st.Now().Add(-time.Minute), CreatedAt: st.Now()}
		b.Insert(missed)
		openCalls := func() []model.ID {
			t.Helper()
			require.NoError(t, queue.Review(t.Context()))
			var ids []model.ID
			require.NoError(t, st.Read(t.Context()).Model(&model.CallTask{}).Where("done_at IS NULL").Order("pupil_id").Pluck("pupil_id", &ids).Error)
			return ids
		}
		require.ElementsMatch(t, []model.ID{watches.ID, waits.ID, unbound.ID, doneLate.ID, unbound.ID}, openCalls())
		b.cover(key, watches)
		require.ElementsMatch(t, []model.ID{waits.ID, unbound.ID, doneLate.ID, unbound.ID}, openCalls())
		var closed model.CallTask
		require.NoError(t, st.Read(t.Context()).Take(&closed, "pupil_id = ?", watches.ID).Error)
		require.Equal(t, []any{model.CallNotNeeded, model.ID(0)}, []any{closed.Outcome, closed.DoneBy}, "nobody made it")
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			return tx.Where("pupil_id = ? AND account_id = ?", unbound.ID, former.AccountID).Delete(&model.Guardianship{}).Error
		}))
		require.ElementsMatch(t, []model.ID{waits.ID, doneLate.ID, unbound.ID}, openCalls(), "what was missed stays")
		b.clock.Advance(2 * 24 * time.Hour)
		b.cover(key, doneLate)
		require.ElementsMatch(t, []model.ID{waits.ID, unbound.ID}, openCalls(), "also after it was due")
	})
}
