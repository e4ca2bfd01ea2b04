package supervise

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/support/calls"
)

// Nobody telephones about what has been done meanwhile, or whom it does not
// concern any more; what nobody did in time stays to be seen.
func TestCallsCloseWhenTheyAreNeededNoMore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		st, tree := b.st, b.tree
		checks := message.NewChecks(st, identity.Directory{})
		checks.Add(message.KindNudge, b.svc.Obsolete)
		ledger := message.NewLedger(st, identity.Directory{})
		sender := message.NewSender(st, ledger, calls.NewQueue(st), checks, message.Options{}) // no channel: everyone is to be called
		queue := calls.New(st, nil, family.NewMarks(storetest.Vault(t)), checks.Obsolete, identity.Directory{}, audit.New(st, storetest.Vault(t), identity.Directory{}, nil))
		key := ItemKey{Kind: model.ItemLesson, ID: b.Lesson(tree.County, 60, model.SidePupil).ID, Side: model.SidePupil}
		watches, waits, unbound, doneLate := b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.Class), b.Pupil(tree.Class)
		former := b.Guardian(unbound)
		for _, p := range []*model.Pupil{watches, waits, doneLate} {
			b.Guardian(p)
		}
		n, err := b.svc.Nudge(t.Context(), b.Staff(model.RoleTeacher, tree.Class), key, tree.Class.ID)
		require.NoError(t, err)
		require.Equal(t, 4, n.Nudged)
		_, err = sender.Turn(t.Context())
		require.NoError(t, err)
		// One of a session that nobody passed on in time.
		b.Insert(&model.CallTask{ID: st.NewID(), Queue: model.QueueClass, UnitID: tree.Class.ID, RecipientID: former.AccountID, PupilID: unbound.ID,
			Kind: message.KindSessionReminder, CauseKind: message.CauseNudge, CauseID: 1, Reason: "no_leave", DueAt: st.Now().Add(-time.Minute), CreatedAt: st.Now()})
		mustBeOpen := func(t *testing.T, pupils ...*model.Pupil) {
			t.Helper()
			require.NoError(t, queue.Review(t.Context()))
			var want, got []model.ID
			for _, p := range pupils {
				want = append(want, p.ID)
			}
			require.NoError(t, st.Read(t.Context()).Model(&model.CallTask{}).Where("done_at IS NULL").Pluck("pupil_id", &got).Error)
			require.ElementsMatch(t, want, got)
		}

		mustBeOpen(t, watches, waits, unbound, doneLate, unbound)
		t.Run("when the item is covered, as one that nobody made", func(t *testing.T) {
			b.cover(key, watches)
			mustBeOpen(t, waits, unbound, doneLate, unbound)
			var closed model.CallTask
			require.NoError(t, st.Read(t.Context()).Take(&closed, "pupil_id = ?", watches.ID).Error)
			require.Equal(t, []any{model.CallNotNeeded, model.ID(0)}, []any{closed.Outcome, closed.DoneBy})
		})
		t.Run("when the recipient is no guardian any more, but not one that was missed", func(t *testing.T) {
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				return tx.Where("pupil_id = ? AND account_id = ?", unbound.ID, former.AccountID).Delete(&model.Guardianship{}).Error
			}))
			mustBeOpen(t, waits, doneLate, unbound)
		})
		t.Run("also after they were due", func(t *testing.T) {
			b.clock.Advance(2 * 24 * time.Hour)
			b.cover(key, doneLate)
			mustBeOpen(t, waits, unbound)
		})
	})
}
