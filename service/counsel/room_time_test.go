package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func TestARoomHoldsOneTalkInPersonAtATime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second, third := b.newCounsellor(), b.newCounsellor()
		mine, theirs := b.open(b.counsellor, tuesday()), b.open(second, tuesday())
		byPhone := tuesday()
		byPhone.Mode = model.CounselPhone
		calls := b.open(third, byPhone)
		holder := first(b.family())
		booked := b.book(holder, mine[0])
		require.Equal(t, theirs[1:], b.slots(second), "the other counsellor's nine o'clock is no longer free")
		require.Equal(t, calls, b.slots(third), "a talk by telephone needs no room")

		late, _ := b.family()
		_, err := b.svc.Book(t.Context(), late, BookIn{SlotID: theirs[0].ID})
		for _, other := range storetest.Refused(t, err, "slot_taken").Details.(Refusal).Alternatives {
			require.NotEqual(t, theirs[0].ID, other.ID)
			require.NotEqual(t, mine[0].ID, other.ID)
		}
		b.book(late, calls[0])
		other := b.book(first(b.family()), theirs[1])
		_, err = b.svc.Reschedule(t.Context(), second, other.ID, theirs[0].ID)
		require.ErrorIs(t, err, errSlotTaken, "nor can a talk be moved to it")
		require.Equal(t, other.ID, b.slot(theirs[1].ID).BookingID)
		b.mustAgree()

		_, err = b.svc.Cancel(t.Context(), holder, booked.ID, "")
		require.NoError(t, err)
		_, err = b.svc.Reschedule(t.Context(), second, other.ID, theirs[0].ID)
		require.NoError(t, err)
		require.NotContains(t, b.slots(b.counsellor), mine[0])
		require.Contains(t, b.slots(b.counsellor), mine[1])
		b.mustAgree()
	})
}

func TestATalkMovesToATimeThatItsOwnRoomTimeReachesInto(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		mine := b.open(b.counsellor, tuesday())
		shifted := tuesday()
		shifted.StartMinute += 15
		theirs := b.open(second, shifted)
		holder := first(b.family())
		booked := b.book(holder, mine[0])
		moved, err := b.svc.Reschedule(t.Context(), holder, booked.ID, theirs[0].ID)
		require.NoError(t, err)
		require.Equal(t, second.AccountID, moved.CounsellorID)
		b.mustAgree()
	})
}

func TestContendersForOneRoomGetAsManyTalksAsItHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		counsellors := []model.Actor{b.counsellor, b.newCounsellor(), b.newCounsellor(), b.newCounsellor()}
		var nine []Slot
		for _, c := range counsellors {
			nine = append(nine, b.open(c, tuesday())[0])
		}
		racers := make([]model.Actor, 200)
		for i := range racers {
			racers[i], _ = b.family()
		}
		for round := range rounds() {
			booths := 1 + round%2
			b.booths(booths)
			errs := storetest.Contend(len(racers), func(i int) error {
				_, err := b.replica(i).Book(t.Context(), racers[i], BookIn{SlotID: nine[i%len(nine)].ID})
				return err
			})
			require.Equal(t, map[string]int{"": booths, "slot_taken": len(racers) - booths}, storetest.Codes(t, errs))
			require.Equal(t, booths, b.Count(&model.Booking{}, "status = ?", model.BookingBooked))
			b.mustAgree()
			b.clearAll()
			require.Zero(t, b.Count(&model.RoomTime{}))
		}
	})
}

// Moves and new bookings of several counsellors reach for one room at once.
func TestMovesIntoOneRoomNeverMeet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		mine, theirs := b.open(b.counsellor, tuesday()), b.open(second, tuesday())
		for range rounds() {
			a, c := first(b.family()), first(b.family())
			one, two := b.book(a, mine[0]), b.book(c, theirs[1])
			others := make([]model.Actor, 40)
			for i := range others {
				others[i], _ = b.family()
			}
			errs := storetest.Contend(40, func(i int) error {
				var err error
				switch i % 4 {
				case 0:
					_, err = b.replica(i).Reschedule(t.Context(), a, one.ID, mine[2].ID)
				case 1:
					_, err = b.replica(i).Reschedule(t.Context(), c, two.ID, theirs[2].ID)
				case 2:
					_, err = b.replica(i).Book(t.Context(), others[i], BookIn{SlotID: theirs[2].ID})
				case 3:
					_, err = b.replica(i).Book(t.Context(), others[i], BookIn{SlotID: mine[2].ID})
				}
				return err
			})
			storetest.Codes(t, errs)
			require.Equal(t, 1, b.Count(&model.Booking{}, "status = ? AND starts_at = ?", model.BookingBooked, mine[2].StartsAt))
			b.mustAgree()
			b.clearAll()
		}
	})
}

func TestAHoldKeepsTheRoomAndAFreedRoomIsOfferedOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		mine, theirs := b.open(b.counsellor, tuesday()), b.open(second, tuesday())
		free := b.taken(mine[0])
		// Both want nine o'clock, each of another counsellor.
		one, two := first(b.family()), first(b.family())
		before10 := theirs[0].EndsAt
		b.wait(one, WaitIn{CounsellorID: b.counsellor.AccountID, To: before10})
		b.wait(two, WaitIn{CounsellorID: second.AccountID, To: before10})
		free()
		require.Equal(t, mine[0].ID, b.entry(one).Offer.Slot.ID)
		require.Nil(t, b.entry(two).Offer, "the room is kept for the first")
		require.NotContains(t, b.slots(second), theirs[0])
		_, err := b.svc.Book(t.Context(), first(b.family()), BookIn{SlotID: theirs[0].ID})
		require.ErrorIs(t, err, errSlotTaken)
		b.mustAgree()
		_, err = b.svc.CancelWait(t.Context(), one, b.entry(one).ID)
		require.NoError(t, err)
		require.Equal(t, theirs[0].ID, b.entry(two).Offer.Slot.ID, "who waits for the other counsellor has the room now")
		require.NotContains(t, b.slots(b.counsellor), mine[0])
		b.mustAgree()
		booked, err := b.svc.Accept(t.Context(), two, b.entry(two).ID, AcceptIn{})
		require.NoError(t, err)
		b.mustAgree()
		_, err = b.svc.Cancel(t.Context(), two, booked.ID, "")
		require.NoError(t, err)
		b.mustAgree()
		require.Contains(t, b.slots(b.counsellor), mine[0])
	})
}

func TestARoomThatGrowsIsOfferedToThoseWhoWait(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		mine, theirs := b.open(b.counsellor, tuesday()), b.open(second, tuesday())
		b.taken(mine[0])
		waiting := first(b.family())
		b.wait(waiting, WaitIn{CounsellorID: second.AccountID, To: theirs[0].EndsAt})
		room, err := b.updateRoom(RoomIn{Name: "心语室", TalksAtOnce: 2})
		require.NoError(t, err)
		require.Equal(t, 2, room.TalksAtOnce)
		require.Equal(t, theirs[0].ID, b.entry(waiting).Offer.Slot.ID)
		b.mustAgree()
		room, err = b.updateRoom(RoomIn{Name: "心语室"})
		require.NoError(t, err)
		require.Equal(t, 2, room.TalksAtOnce, "absent leaves it")
	})
}

// told are the starts that pending messages of the kind tell the recipient.
func (b *bundle) told(kind string, recipient model.Actor) []time.Time {
	b.t.Helper()
	var rows []model.OutboxMessage
	require.NoError(b.t, b.st.Read(b.t.Context()).Where("kind = ? AND recipient_id = ? AND status = ? AND send_after <= ? AND cutoff_at > ?",
		kind, recipient.AccountID, model.OutboxPending, b.clock.Now(), b.clock.Now()).Order("id").Find(&rows).Error)
	var starts []time.Time
	for _, r := range rows {
		starts = append(starts, payloadStart(b.t, r))
	}
	return starts
}
