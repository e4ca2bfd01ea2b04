package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// moved is a booking of which the bundle's counsellor has written a record, and
// that its family then moved to the other counsellor.
type moved struct {
	*bundle
	booking  Booking
	guardian model.Actor
	other    model.Actor
	back     Slot // one of the first counsellor's slots
	written  Record
}

func move(t *testing.T, b *bundle) moved {
	t.Helper()
	slots := b.open(b.counsellor, tuesday())
	guardian, pupil := b.family()
	booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
	require.NoError(t, err)
	written, err := b.svc.AddRecord(t.Context(), b.counsellor, booked.ID, "第一次记录")
	require.NoError(t, err)
	other := b.newCounsellor()
	theirs := b.open(other, model.AvailabilityRule{Mode: model.CounselInPerson, Weekday: tuesday().Weekday, StartMinute: 14 * 60, EndMinute: 15 * 60, SlotMinutes: 30, HorizonDays: 7})
	booked, err = b.svc.Reschedule(t.Context(), guardian, booked.ID, theirs[0].ID)
	require.NoError(t, err)
	return moved{bundle: b, booking: booked, guardian: guardian, other: other, back: slots[1], written: written}
}

func (m moved) texts(t *testing.T, actor model.Actor) []string {
	t.Helper()
	records, err := m.svc.Records(t.Context(), actor, m.booking.ID)
	require.NoError(t, err)
	texts := []string{}
	for _, r := range records {
		texts = append(texts, r.Text)
	}
	return texts
}

func TestAnAuthorHandsRecordsOverToTheNewCounsellor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		m, ctx := move(t, b), t.Context()
		require.Empty(t, m.texts(t, m.other), "nothing before the hand-over")
		require.Equal(t, []string{"第一次记录"}, m.texts(t, b.counsellor), "the author reads what they wrote")
		list, err := b.svc.RecordsToHandOver(ctx, b.counsellor)
		require.NoError(t, err)
		require.Equal(t, []UnreadRecords{{BookingID: m.booking.ID, CounsellorID: m.other.AccountID, CounsellorName: "陈老师", Records: 1}}, list)

		given, err := b.svc.HandOverRecords(ctx, b.counsellor, m.booking.ID, m.other.AccountID)
		require.NoError(t, err)
		require.Equal(t, []any{m.booking.ID, m.other.AccountID, b.st.Now()}, []any{given.BookingID, given.CounsellorID, given.CreatedAt})
		b.clock.Advance(time.Minute)
		again, err := b.svc.HandOverRecords(ctx, b.counsellor, m.booking.ID, m.other.AccountID)
		require.NoError(t, err)
		require.Equal(t, given, again, "saying it twice changes nothing")
		require.Equal(t, 1, b.Count(&model.RecordHandover{}, "booking_id = ?", m.booking.ID))
		list, err = b.svc.RecordsToHandOver(ctx, b.counsellor)
		require.NoError(t, err)
		require.Empty(t, list)

		own, err := b.svc.AddRecord(ctx, m.other, m.booking.ID, "第二次记录")
		require.NoError(t, err)
		records, err := b.svc.Records(ctx, m.other, m.booking.ID)
		require.NoError(t, err)
		received := m.written
		received.HandedOver = true
		require.Equal(t, []Record{received, own}, records)
		require.Equal(t, []string{"第一次记录"}, m.texts(t, b.counsellor), "the author learns nothing of what came after")
		_, err = b.svc.Booking(ctx, b.counsellor, m.booking.ID)
		storetest.Refused(t, err, "booking_not_found")

		for name, reader := range map[string]model.Actor{"the guardian": m.guardian, "a manager": b.manager, "a third counsellor": b.newCounsellor(),
			"the author without the post": {AccountID: b.counsellor.AccountID}, "the receiver without the post": {AccountID: m.other.AccountID},
			"the author with a post elsewhere": {AccountID: b.counsellor.AccountID, Roles: []model.RoleAt{{Role: model.RoleCounsellor, UnitID: b.Tree().County.ID}}}} {
			_, err := b.svc.Records(ctx, reader, m.booking.ID)
			require.Equal(t, "booking_not_found", storetest.Refused(t, err, "booking_not_found").Code, name)
			_, err = b.svc.HandOverRecords(ctx, reader, m.booking.ID, m.other.AccountID)
			require.Equal(t, "booking_not_found", storetest.Refused(t, err, "booking_not_found").Code, name)
		}

		_, err = b.svc.Reschedule(ctx, m.guardian, m.booking.ID, m.back.ID)
		require.NoError(t, err)
		require.Equal(t, []string{"第二次记录"}, m.texts(t, m.other), "who no longer counsels the booking keeps what they wrote")
		require.Equal(t, []string{"第一次记录"}, m.texts(t, b.counsellor), "what the other wrote is not theirs")
	})
}

// What is written after a hand-over is a matter of another.
func TestAHandOverEndsWithTheLastRecordOfItsTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		m, ctx := move(t, b), t.Context()
		_, err := b.svc.HandOverRecords(ctx, b.counsellor, m.booking.ID, m.other.AccountID)
		require.NoError(t, err)
		moved, err := b.svc.Reschedule(ctx, m.guardian, m.booking.ID, m.back.ID)
		require.NoError(t, err)
		b.clock.Advance(time.Minute)
		_, err = b.svc.AddRecord(ctx, b.counsellor, moved.ID, "之后的记录")
		require.NoError(t, err)
		_, err = b.svc.Reschedule(ctx, m.guardian, moved.ID, b.slots(m.other)[0].ID)
		require.NoError(t, err)
		require.Equal(t, []string{"第一次记录"}, m.texts(t, m.other))
		_, err = b.svc.HandOverRecords(ctx, b.counsellor, m.booking.ID, m.other.AccountID)
		require.NoError(t, err)
		require.Equal(t, []string{"第一次记录", "之后的记录"}, m.texts(t, m.other))
		require.Equal(t, 2, b.Count(&model.RecordHandover{}, "booking_id = ?", m.booking.ID))
	})
}

func TestAHandOverThatMayNotBeIsRefusedByName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		m, ctx := move(t, b), t.Context()
		hand := func(from model.Actor, to model.ID, code string) {
			t.Helper()
			_, err := b.svc.HandOverRecords(ctx, from, m.booking.ID, to)
			storetest.Refused(t, err, code)
			require.Zero(t, b.Count(&model.RecordHandover{}, "id > 0"))
		}
		third := b.newCounsellor()
		hand(b.counsellor, third.AccountID, "not_the_counsellor")
		hand(b.counsellor, b.counsellor.AccountID, "not_the_counsellor")
		hand(b.counsellor, b.manager.AccountID, "not_the_counsellor")
		hand(m.other, m.other.AccountID, "hand_over_to_self")
		hand(third, m.other.AccountID, "booking_not_found")

		b.Set(&model.Account{}, "disabled_at", b.st.Now(), "id = ?", m.other.AccountID)
		hand(b.counsellor, m.other.AccountID, "counsellor_role_missing")
		b.Set(&model.Account{}, "disabled_at", nil, "id = ?", m.other.AccountID)
		b.clock.Set(m.booking.EndsAt.Add(handOverFor))
		hand(b.counsellor, m.other.AccountID, "hand_over_over")
		list, err := b.svc.RecordsToHandOver(ctx, b.counsellor)
		require.NoError(t, err)
		require.Empty(t, list)
		b.clock.Set(m.booking.EndsAt.Add(handOverFor - time.Second))
		_, err = b.svc.HandOverRecords(ctx, b.counsellor, m.booking.ID, m.other.AccountID)
		require.NoError(t, err)
	})
}

func TestRacingHandOversAreOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		m := move(t, b)
		given := make([]Handover, 20)
		errs := storetest.Contend(len(given), func(i int) (err error) {
			given[i], err = b.replica(i).HandOverRecords(t.Context(), b.counsellor, m.booking.ID, m.other.AccountID)
			return err
		})
		require.Equal(t, map[string]int{"": len(given)}, storetest.Codes(t, errs))
		for _, g := range given {
			require.Equal(t, given[0], g)
		}
		require.Equal(t, 1, b.Count(&model.RecordHandover{}, "booking_id = ?", m.booking.ID))
	})
}
