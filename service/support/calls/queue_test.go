package calls

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// A cause raises calls by itself, without a message: one for each step and
// recipient, however often it is raised.
func TestACallIsUniqueByCauseStepAndRecipient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q := NewQueue(st)
		tx := func(fn func(tx *gorm.DB) error) { t.Helper(); require.NoError(t, st.Tx(t.Context(), fn)) }
		due := st.Now().Add(time.Hour)
		call := model.CallTask{Queue: model.QueueDuty, UnitID: 1, RecipientID: 2, CauseKind: "alert", CauseID: 3, Kind: "first", Reason: "no_leave", DueAt: due}
		second, other := call, call
		second.Kind, other.RecipientID = "second", 4
		raise := func(calls ...model.CallTask) {
			t.Helper()
			for _, c := range calls {
				tx(func(tx *gorm.DB) error { return q.Raise(tx, c) })
			}
		}
		open := func() (steps []string) {
			t.Helper()
			require.NoError(t, st.Read(t.Context()).Model(&model.CallTask{}).Where("done_at IS NULL").Order("kind, recipient_id").Pluck("kind", &steps).Error)
			return steps
		}
		raise(call, second, other, call)
		require.Equal(t, []string{"first", "first", "second"}, open())
		tx(func(tx *gorm.DB) error { return q.Retime(tx, "alert", 3, "second", due.Add(time.Hour)) })
		var moved []string
		require.NoError(t, st.Read(t.Context()).Model(&model.CallTask{}).Where("due_at > ?", due).Pluck("kind", &moved).Error)
		require.Equal(t, []string{"second"}, moved)
		tx(func(tx *gorm.DB) error { return q.Withdraw(tx, "alert", store.Where("cause_id = ?", 3), "first") })
		require.Equal(t, []string{"second"}, open())
		raise(call)
		require.Equal(t, []string{"first", "second"}, open(), "raised anew, it opens again")
		tx(func(tx *gorm.DB) error { return q.Withdraw(tx, "alert", store.Where("cause_id = ?", 3)) })
		require.Empty(t, open())
	})
}
