package counsel

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

func TestOneOf200ContendersGetsTheSlot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		racers := make([]model.Actor, 200)
		for i := range racers {
			racers[i], _ = sc.family()
		}
		rule := tuesday()
		rule.HorizonDays = 60
		slots := sc.open(sc.counsellor, rule)
		for round := range rounds() {
			slot := slots[round%len(slots)]
			errs := contend(len(racers), func(i int) error {
				_, err := sc.replica(i).Book(t.Context(), racers[i], BookIn{SlotID: slot.ID})
				return err
			})
			require.Equal(t, map[string]int{"": 1, "slot_taken": 199}, tally(t, errs))
			require.Equal(t, 1, sc.count(&model.Booking{}, "slot_id = ? AND status = ?", slot.ID, model.BookingBooked))
			for i, err := range errs {
				if err == nil {
					b := sc.slot(slot.ID).BookingID
					_, err := sc.svc.Cancel(t.Context(), racers[i], b, "")
					require.NoError(t, err)
					continue
				}
				e := new(model.Error)
				require.ErrorAs(t, err, &e)
				require.Len(t, e.Details.(Refusal).Alternatives, alternativeCount)
			}
			sc.mustAgree()
		}
	})
}

func TestOnePersonRacingForOverlappingSlotsGetsOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		second := sc.newCounsellor()
		a := sc.open(sc.counsellor, tuesday())
		later := tuesday()
		later.StartMinute += 15
		b := sc.open(second, later)
		guardian, _ := sc.family()
		for range rounds() {
			errs := contend(200, func(i int) error {
				_, err := sc.replica(i).Book(t.Context(), guardian, BookIn{SlotID: []Slot{a[1], b[0], b[1]}[i%3].ID})
				return err
			})
			counts := tally(t, errs)
			// b[0] and b[1] do not overlap each other, but both overlap a[1]: either a[1] is had, or one or both of the others.
			booked := sc.count(&model.Booking{}, "status = ?", model.BookingBooked)
			require.Equal(t, counts[""], booked)
			require.Equal(t, 200, counts[""]+counts["slot_taken"]+counts["overlapping_booking"], counts)
			if sc.slot(a[1].ID).Status == model.SlotBooked {
				require.Equal(t, 1, booked)
			}
			sc.mustAgree()
			mine, err := sc.svc.Bookings(t.Context(), guardian, BookingsIn{Status: model.BookingBooked})
			require.NoError(t, err)
			require.NotEmpty(t, mine.Items)
			for _, item := range mine.Items {
				_, err := sc.svc.Cancel(t.Context(), guardian, item.ID, "")
				require.NoError(t, err)
			}
		}
	})
}

func TestTheLastHoldBecomesOneBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		waiting, _ := sc.family()
		others := make([]model.Actor, 20)
		for i := range others {
			others[i], _ = sc.family()
		}
		for range rounds() {
			holder, _ := sc.family()
			booking := sc.book(holder, slots[0])
			entry, err := sc.svc.Wait(t.Context(), waiting, WaitIn{RoomID: sc.room.ID, To: monday.AddDate(0, 0, 3)})
			require.NoError(t, err)
			_, err = sc.svc.Cancel(t.Context(), holder, booking.ID, "")
			require.NoError(t, err)
			ids := make([]model.ID, 200)
			errs := contend(200, func(i int) error {
				if i%2 == 1 {
					_, err := sc.replica(i).Book(t.Context(), others[i%len(others)], BookIn{SlotID: slots[0].ID})
					return err
				}
				b, err := sc.replica(i).Accept(t.Context(), waiting, entry.ID, AcceptIn{})
				ids[i] = b.ID
				return err
			})
			require.Equal(t, map[string]int{"": 100, "slot_taken": 100}, tally(t, errs), "every yes of the one who waited is the same booking")
			require.Equal(t, 1, sc.count(&model.Booking{}, "slot_id = ? AND status = ?", slots[0].ID, model.BookingBooked))
			for i := 2; i < 200; i += 2 {
				require.Equal(t, ids[0], ids[i])
			}
			sc.mustAgree()
			_, err = sc.svc.Cancel(t.Context(), waiting, ids[0], "")
			require.NoError(t, err)
		}
	})
}

// At the very end of a hold the yes, the no, the job and others all reach for the slot.
func TestTheEndOfAHoldIsDecidedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		for range 3 * rounds() {
			holder, _ := sc.family()
			first, _ := sc.family()
			second, _ := sc.family()
			stranger, _ := sc.family()
			booking := sc.book(holder, slots[0])
			entry, err := sc.svc.Wait(t.Context(), first, WaitIn{CounsellorID: sc.counsellor.AccountID, To: monday.AddDate(0, 0, 4)})
			require.NoError(t, err)
			next, err := sc.svc.Wait(t.Context(), second, WaitIn{RoomID: sc.room.ID, To: monday.AddDate(0, 0, 4)})
			require.NoError(t, err)
			_, err = sc.svc.Cancel(t.Context(), holder, booking.ID, "")
			require.NoError(t, err)
			held := sc.slot(slots[0].ID)
			require.Equal(t, entry.ID, held.HeldFor)
			sc.clock.Set(held.HeldUntil.Add(-time.Millisecond))
			errs := contend(40, func(i int) error {
				var err error
				switch i % 5 {
				case 0:
					_, err = sc.svc.Accept(t.Context(), first, entry.ID, AcceptIn{})
				case 1:
					err = sc.svc.ExpireHolds(t.Context())
				case 2:
					_, err = sc.svc.CancelWait(t.Context(), first, entry.ID)
				case 3:
					_, err = sc.svc.Book(t.Context(), stranger, BookIn{SlotID: slots[0].ID})
				case 4:
					if i == 4 {
						sc.clock.Advance(time.Millisecond)
					}
					_, err = sc.svc.Accept(t.Context(), second, next.ID, AcceptIn{})
				}
				return err
			})
			tally(t, errs) // every refusal is one of ours
			require.NoError(t, sc.svc.ExpireHolds(t.Context()))
			sc.mustAgree()
			require.LessOrEqual(t, sc.count(&model.Booking{}, "slot_id = ? AND status = ?", slots[0].ID, model.BookingBooked), 1)
			require.NotEqual(t, model.SlotWithdrawn, sc.slot(slots[0].ID).Status, "the slot was lost")
			sc.clock.Set(monday)
			sc.clearAll()
		}
	})
}

// clearAll calls off every booking and gives up every place.
func (sc *scene) clearAll() {
	sc.t.Helper()
	ctx := sc.t.Context()
	var entries []model.WaitEntry
	require.NoError(sc.t, sc.st.Read(ctx).Where("status IN ?", []model.WaitStatus{model.WaitWaiting, model.WaitOffered}).Find(&entries).Error)
	for _, e := range entries {
		_, err := sc.svc.CancelWait(ctx, model.Actor{AccountID: e.AccountID}, e.ID)
		require.NoError(sc.t, err)
	}
	var bookings []model.Booking
	require.NoError(sc.t, sc.st.Read(ctx).Where("status = ?", model.BookingBooked).Find(&bookings).Error)
	for _, b := range bookings {
		_, err := sc.svc.Cancel(ctx, model.Actor{AccountID: b.AccountID}, b.ID, "")
		require.NoError(sc.t, err)
	}
}

// Everything that moves slots, by many at once: afterwards nothing is lost or doubled.
func TestRandomHistoriesLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		second := sc.newCounsellor()
		slots := append(sc.open(sc.counsellor, tuesday()), sc.open(second, tuesday())...)
		people := make([]model.Actor, 12)
		for i := range people {
			people[i], _ = sc.family()
		}
		for round := range rounds() {
			seed := uint64(round)
			errs := contend(len(people), func(i int) error {
				dice := rand.New(rand.NewPCG(seed, uint64(i)))
				for range 12 {
					if err := sc.act(dice, people[i], slots); err != nil {
						return err
					}
				}
				return nil
			})
			for _, err := range errs {
				require.NoError(t, err)
			}
			sc.mustAgree()
			require.Equal(t, 8, sc.count(&model.Slot{}, "1 = 1"))
			sc.clearAll()
			sc.mustAgree()
			require.Equal(t, 8, sc.count(&model.Slot{}, "status = ?", model.SlotOpen), "every slot is free again")
		}
	})
}

// act does one random thing; a refusal with a code of ours is no error.
func (sc *scene) act(dice *rand.Rand, person model.Actor, slots []Slot) error {
	ctx := sc.t.Context()
	slot := slots[dice.IntN(len(slots))]
	var err error
	var mine store.Page[Booking]
	if mine, err = sc.svc.Bookings(ctx, person, BookingsIn{Status: model.BookingBooked}); err != nil {
		return err
	}
	waits, err := sc.svc.WaitList(ctx, person, store.PageRequest{Limit: 1})
	if err != nil {
		return err
	}
	switch dice.IntN(7) {
	case 0, 1:
		_, err = sc.svc.Book(ctx, person, BookIn{SlotID: slot.ID})
	case 2:
		if len(mine.Items) > 0 {
			_, err = sc.svc.Cancel(ctx, person, mine.Items[0].ID, "")
		}
	case 3, 4:
		if len(mine.Items) > 0 {
			_, err = sc.svc.Reschedule(ctx, person, mine.Items[0].ID, slot.ID)
		}
	case 5:
		_, err = sc.svc.Wait(ctx, person, WaitIn{RoomID: sc.room.ID, To: monday.AddDate(0, 0, 4)})
	case 6:
		if len(waits.Items) > 0 && dice.IntN(2) == 0 {
			_, err = sc.svc.Accept(ctx, person, waits.Items[0].ID, AcceptIn{})
		} else if len(waits.Items) > 0 {
			_, err = sc.svc.CancelWait(ctx, person, waits.Items[0].ID)
		} else {
			err = sc.svc.ExpandSlots(ctx)
		}
	}
	if model.KindOf(err) == model.KindConflict {
		return nil
	}
	return err
}
