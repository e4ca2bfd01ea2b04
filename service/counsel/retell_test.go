package counsel

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func payloadStart(t testing.TB, row model.OutboxMessage) time.Time {
	t.Helper()
	var p struct{ StartsAt time.Time }
	require.NoError(t, json.Unmarshal([]byte(row.Payload), &p))
	return p.StartsAt
}

func TestAMoveTellsTheOtherSideAtOnceHoweverNear(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		own := b.PupilAccount(pupil)
		booked, err := b.svc.Book(ctx, guardian, BookIn{SlotID: slots[3].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		// Ten minutes before nine the counsellor moves the talk from half past ten to nine: no reminder is left to send.
		b.clock.Set(slots[0].StartsAt.Add(-10 * time.Minute))
		_, err = b.svc.Reschedule(ctx, b.counsellor, booked.ID, slots[0].ID)
		require.NoError(t, err)
		require.Equal(t, []time.Time{slots[0].StartsAt}, b.told(kindMoved, guardian))
		require.Equal(t, []time.Time{slots[0].StartsAt}, b.told(kindMoved, own))
		require.Empty(t, b.told(kindMoved, b.counsellor), "who moved it knows")
		require.Zero(t, b.Count(&model.OutboxMessage{}, "kind LIKE 'booking_reminder%' AND status = ?", model.OutboxPending))
		// The guardian moves it on: what they were to hear of the first move is no longer so.
		_, err = b.svc.Reschedule(ctx, guardian, booked.ID, slots[1].ID)
		require.NoError(t, err)
		require.Empty(t, b.told(kindMoved, guardian))
		require.Equal(t, []time.Time{slots[1].StartsAt}, b.told(kindMoved, own))
		require.Equal(t, []time.Time{slots[1].StartsAt}, b.told(kindMoved, b.counsellor))
		_, err = b.svc.Cancel(ctx, b.counsellor, booked.ID, "")
		require.NoError(t, err)
		require.Empty(t, b.told(kindMoved, own))
		require.Empty(t, b.told(kindMoved, b.counsellor))
		require.Equal(t, []time.Time{slots[1].StartsAt}, b.told(kindCancelled, guardian))
		require.Equal(t, []time.Time{slots[1].StartsAt}, b.told(kindCancelled, own), "the pupil hears too")
	})
}

func TestBothCounsellorsHearThatATalkWentFromOneToTheOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		second, third := b.newCounsellor(), b.newCounsellor()
		mine, theirs, others := b.open(b.counsellor, tuesday()), b.open(second, tuesday()), b.open(third, tuesday())
		guardian := first(b.family())
		booked := b.book(guardian, mine[0])
		b.clock.Set(mine[0].StartsAt.Add(-10 * time.Minute))
		_, err := b.svc.Reschedule(ctx, guardian, booked.ID, theirs[1].ID)
		require.NoError(t, err)
		require.Equal(t, []time.Time{mine[0].StartsAt}, b.told(kindCancelled, b.counsellor), "with the time at which nobody comes")
		require.Equal(t, []time.Time{theirs[1].StartsAt}, b.told(kindMoved, second))
		_, err = b.svc.Reschedule(ctx, guardian, booked.ID, others[2].ID)
		require.NoError(t, err)
		require.Equal(t, []time.Time{mine[0].StartsAt}, b.told(kindCancelled, b.counsellor), "still to be told")
		require.Equal(t, []time.Time{theirs[1].StartsAt}, b.told(kindCancelled, second))
		require.Empty(t, b.told(kindMoved, second))
		require.Equal(t, []time.Time{others[2].StartsAt}, b.told(kindMoved, third))
		_, err = b.svc.Reschedule(ctx, guardian, booked.ID, mine[3].ID)
		require.NoError(t, err)
		require.Empty(t, b.told(kindCancelled, b.counsellor), "it came back")
		require.Equal(t, []time.Time{mine[3].StartsAt}, b.told(kindMoved, b.counsellor))
		_, err = b.svc.Cancel(ctx, guardian, booked.ID, "")
		require.NoError(t, err)
		require.Equal(t, []time.Time{mine[3].StartsAt}, b.told(kindCancelled, b.counsellor))
		require.Equal(t, []time.Time{others[2].StartsAt}, b.told(kindCancelled, third), "a later cancellation takes nothing back from the others")
		// Whom no message reaches a colleague telephones, who is not told whom it concerns.
		var row model.OutboxMessage
		require.NoError(t, b.st.Read(ctx).Take(&row, "kind = ? AND recipient_id = ?", kindCancelled, third.AccountID).Error)
		require.Zero(t, row.OwnerID)
		require.Zero(t, row.PupilID)
	})
}

func TestSecondThoughtsTellNobodyWhereTheTalkIsFarOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		slots := b.open(b.counsellor, tuesday())
		guardian := first(b.family())
		booked := b.book(guardian, slots[0]) // 25 hours ahead
		_, err := b.svc.Reschedule(ctx, guardian, booked.ID, slots[1].ID)
		require.NoError(t, err)
		require.Empty(t, b.told(kindMoved, b.counsellor))
		b.clock.Set(slots[2].StartsAt.Add(-30 * time.Minute))
		near := b.book(first(b.family()), slots[2])
		_, err = b.svc.Cancel(ctx, b.counsellor, near.ID, "")
		require.NoError(t, err)
		soon := b.book(guardian, slots[2])
		_, err = b.svc.Cancel(ctx, guardian, soon.ID, "")
		require.NoError(t, err)
		require.Equal(t, []time.Time{slots[2].StartsAt}, b.told(kindCancelled, b.counsellor), "who waits in half an hour hears of it")
	})
}

func TestABookingIsNotMovedOverAndOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian := first(b.family())
		booked := b.book(guardian, slots[0])
		for i := range maxMoves {
			_, err := b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[1+i%2].ID)
			require.NoError(t, err)
		}
		_, err := b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[3].ID)
		storetest.Refused(t, err, "too_many_moves")
		_, err = b.svc.Reschedule(t.Context(), b.counsellor, booked.ID, slots[3].ID)
		require.NoError(t, err)
		b.mustAgree()
	})
}
