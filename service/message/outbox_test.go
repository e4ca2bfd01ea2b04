package message

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMessagesAreUniqueByCauseKindAndRecipient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		o := New(st, NewQueue(st))
		at := st.Now().Add(time.Hour)
		m := Message{Kind: KindBookingHour, CauseKind: "booking", CauseID: 7, RecipientID: 8, Payload: map[string]any{"bookingId": model.ID(7)}, SendAfter: at, CutoffAt: at.Add(time.Hour)}
		other := m
		other.RecipientID = 9
		enqueue := func(messages ...Message) {
			t.Helper()
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return o.Enqueue(tx, messages...) }))
		}
		rows := func(status model.OutboxStatus) []model.OutboxMessage {
			t.Helper()
			var list []model.OutboxMessage
			require.NoError(t, st.Read(t.Context()).Where("status = ?", status).Order("recipient_id").Find(&list).Error)
			return list
		}
		enqueue()
		enqueue(m, other)
		enqueue(m)
		require.Len(t, rows(model.OutboxPending), 2)
		require.JSONEq(t, `{"bookingId":"7"}`, rows(model.OutboxPending)[0].Payload)
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return o.Drop(tx, "booking", 7, "another kind") }))
		require.Len(t, rows(model.OutboxPending), 2)
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return o.Drop(tx, "booking", 7) }))
		require.Len(t, rows(model.OutboxDropped), 2)
		m.SendAfter = at.Add(24 * time.Hour)
		enqueue(m)
		require.Len(t, rows(model.OutboxPending), 1)
		require.True(t, rows(model.OutboxPending)[0].SendAfter.Equal(m.SendAfter), "a moved cause sends anew")
	})
}

func TestAMessageIsRolledBackWithItsCause(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		undone := errors.New("undone")
		require.ErrorIs(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			if err := New(st, NewQueue(st)).Enqueue(tx, Message{Kind: KindNudge, CauseKind: "c", CauseID: 1, RecipientID: 2, SendAfter: st.Now(), CutoffAt: st.Now()}); err != nil {
				return err
			}
			return undone
		}), undone)
		var n int64
		require.NoError(t, st.Read(t.Context()).Model(&model.OutboxMessage{}).Count(&n).Error)
		require.Zero(t, n)
	})
}
