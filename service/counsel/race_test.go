package counsel

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestOneOf200ContendersGetsTheSlot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		racers := make([]model.Actor, 200)
		for i := range racers {
			racers[i], _ = b.family()
		}
		rule := tuesday()
		rule.HorizonDays = 60
		slots := b.open(b.counsellor, rule)
		for round := range rounds() {
			slot := slots[round%len(slots)]
			errs := storetest.Contend(len(racers), func(i int) error {
				_, err := b.replica(i).Book(t.Context(), racers[i], BookIn{SlotID: slot.ID})
				return err
			})
			require.Equal(t, map[string]int{"": 1, "slot_taken": 199}, storetest.Codes(t, errs))
			require.Equal(t, 1, b.Count(&model.Booking{}, "slot_id = ? AND status = ?", slot.ID, model.BookingBooked))
			for i, err := range errs {
				if err == nil {
					booking := b.slot(slot.ID).BookingID
					_, err := b.svc.Cancel(t.Context(), racers[i], booking, "")
					require.NoError(t, err)
					continue
				}
				require.Len(t, storetest.Refused(t, err, "slot_taken").Details.(Refusal).Alternatives, alternativeCount)
			}
			b.mustAgree()
		}
	})
}

func TestOnePersonRacingForOverlappingSlotsGetsOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		b.booths(2)
		a := b.open(b.counsellor, tuesday())
		later := tuesday()
		later.StartMinute += 15
		shifted := b.open(second, later)
		for range rounds() {
			guardian, _ := b.family()
			errs := storetest.Contend(200, func(i int) error {
				_, err := b.replica(i).Book(t.Context(), guardian, BookIn{SlotID: []Slot{a[1], shifted[0], shifted[1]}[i%3].ID})
				return err
			})
			counts := storetest.Codes(t, errs)
			// shifted[0] and shifted[1] do not overlap each other, but both overlap a[1]: either a[1] is had, or one or both of the others.
			booked := b.Count(&model.Booking{}, "status = ?", model.BookingBooked)
			require.Equal(t, counts[""], booked)
			require.Equal(t, 200, counts[""]+counts["slot_taken"]+counts["overlapping_booking"], counts)
			if b.slot(a[1].ID).Status == model.SlotBooked {
				require.Equal(t, 1, booked)
			}
			b.mustAgree()
			mine, err := b.svc.Bookings(t.Context(), guardian, BookingsIn{Status: model.BookingBooked})
			require.NoError(t, err)
			require.NotEmpty(t, mine.Items)
			for _, item := range mine.Items {
				_, err := b.svc.Cancel(t.Context(), guardian, item.ID, "")
				require.NoError(t, err)
			}
		}
	})
}

func TestTheLastHoldBecomesOneBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		others := make([]model.Actor, 20)
		for i := range others {
			others[i], _ = b.family()
		}
		for range rounds() {
			waiting, _ := b.family()
			free := b.taken(slots[0])
			entry, err := b.svc.Wait(t.Context(), waiting, WaitIn{RoomID: b.room.ID, To: monday.AddDate(0, 0, 3)})
			require.NoError(t, err)
			free()
			ids := make([]model.ID, 200)
			errs := storetest.Contend(200, func(i int) error {
				if i%2 == 1 {
					_, err := b.replica(i).Book(t.Context(), others[i%len(others)], BookIn{SlotID: slots[0].ID})
					return err
				}
				booking, err := b.replica(i).Accept(t.Context(), waiting, entry.ID, AcceptIn{})
				ids[i] = booking.ID
				return err
			})
			require.Equal(t, map[string]int{"": 100, "slot_taken": 100}, storetest.Codes(t, errs), "every yes of the one who waited is the same booking")
			require.Equal(t, 1, b.Count(&model.Booking{}, "slot_id = ? AND status = ?", slots[0].ID, model.BookingBooked))
			for i := 2; i < 200; i += 2 {
				require.Equal(t, ids[0], ids[i])
			}
			b.mustAgree()
			_, err = b.svc.Cancel(t.Context(), waiting, ids[0], "")
			require.NoError(t, err)
		}
	})
}

// At the very end of a hold the yes, the no, the job and others all reach for the slot.
func TestTheEndOfAHoldIsDecidedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		for range 3 * rounds() {
			first, _ := b.family()
			second, _ := b.family()
			stranger, _ := b.family()
			free := b.taken(slots[0])
			entry, err := b.svc.Wait(t.Context(), first, WaitIn{CounsellorID: b.counsellor.AccountID, To: monday.AddDate(0, 0, 4)})
			require.NoError(t, err)
			next, err := b.svc.Wait(t.Context(), second, WaitIn{RoomID: b.room.ID, To: monday.AddDate(0, 0, 4)})
			require.NoError(t, err)
			free()
			held := b.slot(slots[0].ID)
			require.Equal(t, entry.ID, held.HeldFor)
			b.clock.Set(held.HeldUntil.Add(-time.Millisecond))
			errs := storetest.Contend(40, func(i int) error {
				var err error
				switch i % 5 {
				case 0:
					_, err = b.svc.Accept(t.Context(), first, entry.ID, AcceptIn{})
				case 1:
					err = b.svc.ExpireHolds(t.Context())
				case 2:
					_, err = b.svc.CancelWait(t.Context(), first, entry.ID)
				case 3:
					_, err = b.svc.Book(t.Context(), stranger, BookIn{SlotID: slots[0].ID})
				case 4:
					if i == 4 {
						b.clock.Advance(time.Millisecond)
					}
					_, err = b.svc.Accept(t.Context(), second, next.ID, AcceptIn{})
				}
				return err
			})
			storetest.Codes(t, errs) // every refusal is one of ours
			require.NoError(t, b.svc.ExpireHolds(t.Context()))
			b.mustAgree()
			require.LessOrEqual(t, b.Count(&model.Booking{}, "slot_id = ? AND status = ?", slots[0].ID, model.BookingBooked), 1)
			require.NotEqual(t, model.SlotWithdrawn, b.slot(slots[0].ID).Status, "the slot was lost")
			b.clock.Set(monday)
			b.clearAll()
		}
	})
}

// clearAll calls off every booking and gives up every place.
func (b *bundle) clearAll() {
	b.t.Helper()
	ctx := b.t.Context()
	var entries []model.WaitEntry
	require.NoError(b.t, b.st.Read(ctx).Where("status IN ?", []model.WaitStatus{model.WaitWaiting, model.WaitOffered}).Find(&entries).Error)
	for _, e := range entries {
		_, err := b.svc.CancelWait(ctx, model.Actor{AccountID: e.AccountID}, e.ID)
		require.NoError(b.t, err)
	}
	var bookings []model.Booking
	require.NoError(b.t, b.st.Read(ctx).Where("status = ?", model.BookingBooked).Find(&bookings).Error)
	for _, booking := range bookings {
		_, err := b.svc.Cancel(ctx, model.Actor{AccountID: booking.AccountID}, booking.ID, "")
		require.NoError(b.t, err)
	}
}

// Everything that moves slots, by many at once: afterwards nothing is lost or doubled.
func TestRandomHistoriesLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		slots := append(b.open(b.counsellor, tuesday()), b.open(second, tuesday())...)
		people := make([]model.Actor, 12)
		for round := range rounds() {
			for i := range people {
				people[i], _ = b.family()
			}
			seed := uint64(round)
			errs := storetest.Contend(len(people), func(i int) error {
				dice := rand.New(rand.NewPCG(seed, uint64(i)))
				for range 12 {
					if err := b.act(dice, people[i], slots); err != nil {
						return err
					}
				}
				return nil
			})
			for _, err := range errs {
				require.NoError(t, err)
			}
			b.mustAgree()
			require.Equal(t, 8, b.Count(&model.Slot{}))
			b.clearAll()
			b.mustAgree()
			require.Equal(t, 8, b.Count(&model.Slot{}, "status = ?", model.SlotOpen), "every slot is free again")
		}
	})
}

// act does one random thing; a refusal with a code of ours is no error.
func (b *bundle) act(dice *rand.Rand, person model.Actor, slots []Slot) error {
	ctx := b.t.Context()
	slot := slots[dice.IntN(len(slots))]
	var err error
	var mine store.Page[Booking]
	if mine, err = b.svc.Bookings(ctx, person, BookingsIn{Status: model.BookingBooked}); err != nil {
		return err
	}
	waits, err := b.svc.WaitList(ctx, person, store.PageRequest{Limit: 1})
	if err != nil {
		return err
	}
	switch dice.IntN(7) {
	case 0, 1:
		_, err = b.svc.Book(ctx, person, BookIn{SlotID: slot.ID})
	case 2:
		if len(mine.Items) > 0 {
			_, err = b.svc.Cancel(ctx, person, mine.Items[0].ID, "")
		}
	case 3, 4:
		if len(mine.Items) > 0 {
			_, err = b.svc.Reschedule(ctx, person, mine.Items[0].ID, slot.ID)
		}
	case 5:
		_, err = b.svc.Wait(ctx, person, WaitIn{RoomID: b.room.ID, To: monday.AddDate(0, 0, 4)})
	case 6:
		if len(waits.Items) > 0 && dice.IntN(2) == 0 {
			_, err = b.svc.Accept(ctx, person, waits.Items[0].ID, AcceptIn{})
		} else if len(waits.Items) > 0 {
			_, err = b.svc.CancelWait(ctx, person, waits.Items[0].ID)
		} else {
			err = b.svc.ExpandSlots(ctx)
		}
	}
	if model.KindOf(err) == model.KindConflict {
		return nil
	}
	return err
}
