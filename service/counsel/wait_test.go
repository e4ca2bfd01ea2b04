package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

func (sc *scene) wait(actor model.Actor, in WaitIn) WaitEntry {
	sc.t.Helper()
	if in.To.IsZero() {
		in.To = monday.AddDate(0, 0, 4)
	}
	if in.CounsellorID == 0 {
		in.RoomID = sc.room.ID
	}
	e, err := sc.svc.Wait(sc.t.Context(), actor, in)
	require.NoError(sc.t, err)
	return e
}

// entry is the actor's newest entry as they see it.
func (sc *scene) entry(actor model.Actor) WaitEntry {
	sc.t.Helper()
	p, err := sc.svc.WaitList(sc.t.Context(), actor, store.PageRequest{Limit: 1})
	require.NoError(sc.t, err)
	require.Len(sc.t, p.Items, 1)
	return p.Items[0]
}

func TestAFreedSlotIsOfferedInOrderToThoseWhoHaveTheTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		mine := sc.open(sc.counsellor, tuesday())
		others := sc.open(sc.newCounsellor(), tuesday())
		holder, _ := sc.family()
		booking := sc.book(holder, mine[0])

		busy, _ := sc.family()
		sc.book(busy, others[0]) // at the same time, elsewhere
		tooLate, _ := sc.family()
		elsewhere, _ := sc.family()
		first, pupil := sc.family()
		second, _ := sc.family()
		sc.wait(busy, WaitIn{})
		sc.wait(tooLate, WaitIn{From: mine[0].StartsAt.Add(time.Minute)})
		sc.wait(elsewhere, WaitIn{CounsellorID: others[0].CounsellorID})
		sc.wait(first, WaitIn{CounsellorID: sc.counsellor.AccountID, PupilID: pupil.ID})
		sc.wait(second, WaitIn{})
		_, err := sc.svc.Cancel(t.Context(), holder, booking.ID, "")
		require.NoError(t, err)
		offered := sc.entry(first)
		require.Equal(t, model.WaitOffered, offered.Status)
		require.Equal(t, &Offer{Slot: mine[0], HeldUntil: monday.Add(2 * time.Hour)}, offered.Offer)
		for _, actor := range []model.Actor{busy, tooLate, elsewhere, second} {
			require.Equal(t, model.WaitWaiting, sc.entry(actor).Status)
		}
		require.Equal(t, 1, sc.count(&model.OutboxMessage{}, "kind = ? AND recipient_id = ? AND cutoff_at = ?", kindOffer, first.AccountID, offered.Offer.HeldUntil))
		_, err = sc.svc.Book(t.Context(), holder, BookIn{SlotID: mine[0].ID})
		require.ErrorIs(t, err, errSlotTaken, "it is held")
		require.NotContains(t, sc.slots(sc.counsellor), mine[0])
		sc.mustAgree()

		b, err := sc.svc.Accept(t.Context(), first, offered.ID, AcceptIn{Concern: "想聊聊"})
		require.NoError(t, err)
		require.Equal(t, []any{pupil.ID, mine[0].ID, "想聊聊"}, []any{b.PupilID, b.SlotID, b.Concern})
		require.Equal(t, b.ID, sc.entry(first).BookingID)
		_, err = sc.svc.CancelWait(t.Context(), first, offered.ID)
		require.ErrorIs(t, err, errWaitOver)
		sc.mustAgree()
		// Freed again, it goes to the next.
		_, err = sc.svc.Reschedule(t.Context(), first, b.ID, mine[3].ID)
		require.NoError(t, err)
		require.Equal(t, mine[0].ID, sc.entry(second).Offer.Slot.ID)
		sc.mustAgree()
	})
}

func TestAHoldThatNobodyAnswersGoesToTheNextAndThenOpens(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		holder, _ := sc.family()
		first, _ := sc.family()
		second, _ := sc.family()
		booking := sc.book(holder, slots[0])
		sc.wait(first, WaitIn{})
		sc.wait(second, WaitIn{})
		_, err := sc.svc.Cancel(t.Context(), holder, booking.ID, "")
		require.NoError(t, err)
		sc.clock.Advance(2*time.Hour - time.Millisecond)
		require.NoError(t, sc.svc.ExpireHolds(t.Context()))
		require.Equal(t, model.WaitOffered, sc.entry(first).Status, "a hold lasts to its end")
		sc.clock.Advance(time.Millisecond)
		require.Equal(t, model.WaitExpired, sc.entry(first).Status, "shown as over before the job has seen it")
		_, err = sc.svc.Accept(t.Context(), first, sc.entry(first).ID, AcceptIn{})
		require.ErrorIs(t, err, errOfferExpired)
		require.NoError(t, sc.svc.ExpireHolds(t.Context()))
		require.Equal(t, sc.clock.Now().Add(2*time.Hour), sc.entry(second).Offer.HeldUntil)
		sc.mustAgree()
		_, err = sc.svc.Accept(t.Context(), first, sc.entry(first).ID, AcceptIn{})
		require.ErrorIs(t, err, errOfferExpired)
		sc.clock.Advance(2 * time.Hour)
		require.Contains(t, sc.slots(sc.counsellor), slots[0], "free for all at once")
		third, _ := sc.family()
		sc.book(third, slots[0])
		require.Equal(t, model.WaitExpired, sc.entry(second).Status)
		sc.mustAgree()
		require.NoError(t, sc.svc.ExpireHolds(t.Context()))
		sc.mustAgree()
	})
}

func TestAHoldEndsWithTheTimeToBook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.LeadMinutes = 60
		slots := sc.open(sc.counsellor, rule)
		holder, _ := sc.family()
		first, _ := sc.family()
		for i, tc := range []struct {
			left time.Duration
			held bool
		}{{15 * time.Minute, true}, {15*time.Minute - time.Millisecond, false}} {
			sc.clock.Set(monday)
			booking := sc.book(holder, slots[i])
			entry := sc.wait(first, WaitIn{})
			until := slots[i].StartsAt.Add(-time.Hour)
			sc.clock.Set(until.Add(-tc.left))
			_, err := sc.svc.Cancel(t.Context(), holder, booking.ID, "")
			require.NoError(t, err)
			if tc.held {
				require.Equal(t, until, sc.entry(first).Offer.HeldUntil)
			} else {
				require.Equal(t, model.WaitWaiting, sc.entry(first).Status)
				require.Equal(t, model.SlotOpen, sc.slot(slots[i].ID).Status, "too late to ask anyone: first come, first served")
			}
			_, err = sc.svc.CancelWait(t.Context(), first, entry.ID)
			require.NoError(t, err)
		}
	})
}

func TestGivingUpPassesTheHoldOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		holder, _ := sc.family()
		first, _ := sc.family()
		second, _ := sc.family()
		booking := sc.book(holder, slots[0])
		entry := sc.wait(first, WaitIn{})
		sc.wait(second, WaitIn{})
		_, err := sc.svc.Accept(t.Context(), first, entry.ID, AcceptIn{})
		require.ErrorIs(t, err, errNoOffer)
		_, err = sc.svc.Cancel(t.Context(), holder, booking.ID, "")
		require.NoError(t, err)
		for range 2 {
			got, err := sc.svc.CancelWait(t.Context(), first, entry.ID)
			require.NoError(t, err)
			require.Equal(t, model.WaitCancelled, got.Status)
		}
		require.Equal(t, slots[0].ID, sc.entry(second).Offer.Slot.ID)
		_, err = sc.svc.Accept(t.Context(), first, entry.ID, AcceptIn{})
		require.ErrorIs(t, err, errWaitOver)
		_, err = sc.svc.Accept(t.Context(), second, entry.ID, AcceptIn{})
		require.ErrorIs(t, err, model.NotFound("wait_entry"), "another family's entry is not there")
		_, err = sc.svc.CancelWait(t.Context(), second, entry.ID)
		require.ErrorIs(t, err, model.NotFound("wait_entry"))
		sc.mustAgree()
	})
}

func TestAnAbsenceTakesAnOfferBackWithoutLosingThePlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		holder, _ := sc.family()
		first, _ := sc.family()
		booking := sc.book(holder, slots[0])
		sc.wait(first, WaitIn{})
		_, err := sc.svc.Cancel(t.Context(), holder, booking.ID, "")
		require.NoError(t, err)
		require.Equal(t, model.WaitOffered, sc.entry(first).Status)
		e, err := sc.svc.AddException(t.Context(), sc.counsellor, model.AvailabilityException{OnDate: "2026-11-24", EndMinute: 24 * 60})
		require.NoError(t, err)
		require.Equal(t, model.WaitWaiting, sc.entry(first).Status)
		require.Zero(t, sc.count(&model.OutboxMessage{}, "kind = ? AND status = ?", kindOffer, model.OutboxPending))
		sc.mustAgree()
		require.NoError(t, sc.svc.DeleteException(t.Context(), sc.counsellor, e.ID))
		require.Equal(t, model.WaitOffered, sc.entry(first).Status)
		sc.mustAgree()
	})
}

func TestWaitingHasItsBounds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		guardian, _ := sc.family()
		to := monday.AddDate(0, 0, 7)
		far := sc.Tree()
		stranger := sc.Guardian(sc.Pupil(far.Class))
		_, other := sc.family()
		for _, tc := range []struct {
			name string
			who  model.Actor
			in   WaitIn
			want *model.Error
		}{
			{"no target", guardian, WaitIn{To: to}, errWaitTarget},
			{"over before it begins", guardian, WaitIn{RoomID: sc.room.ID, From: to, To: to}, errWaitTime},
			{"in the past", guardian, WaitIn{RoomID: sc.room.ID, From: monday.AddDate(0, 0, -2), To: monday}, errWaitTime},
			{"too far", guardian, WaitIn{RoomID: sc.room.ID, To: monday.AddDate(0, 0, 61)}, errWaitTime},
			{"another county's room", stranger, WaitIn{RoomID: sc.room.ID, To: to}, model.NotFound("room")},
			{"another county's counsellor", stranger, WaitIn{CounsellorID: sc.counsellor.AccountID, To: to}, model.NotFound("counsellor")},
			{"another's child", guardian, WaitIn{RoomID: sc.room.ID, To: to, PupilID: other.ID}, model.NotFound("pupil")},
			{"no consent", sc.PupilAccount(sc.Pupil(sc.tree.Class)), WaitIn{RoomID: sc.room.ID, To: to}, family.ErrGuardianConsentNeeded},
		} {
			_, err := sc.svc.Wait(t.Context(), tc.who, tc.in)
			require.ErrorIs(t, err, tc.want, tc.name)
		}
		var ids [2]model.ID
		for i := range ids {
			e, err := sc.svc.Wait(t.Context(), guardian, WaitIn{RoomID: sc.room.ID, To: to, RequestKey: "k"})
			require.NoError(t, err)
			ids[i] = e.ID
		}
		require.Equal(t, ids[0], ids[1])
		_, err := sc.svc.Wait(t.Context(), guardian, WaitIn{CounsellorID: sc.counsellor.AccountID, To: to, RequestKey: "k"})
		require.ErrorIs(t, err, store.ErrKeyReused)
		sc.clock.Set(to)
		require.NoError(t, sc.svc.ExpireHolds(t.Context()))
		require.Equal(t, model.WaitExpired, sc.entry(guardian).Status)
	})
}

func TestOneFamilyCanNotFillTheWaitList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		guardian, _ := sc.family()
		in := func(day int) WaitIn {
			return WaitIn{RoomID: sc.room.ID, From: monday.AddDate(0, 0, 1), To: monday.AddDate(0, 0, day)}
		}
		first, err := sc.svc.Wait(t.Context(), guardian, in(3))
		require.NoError(t, err)
		errs := contend(20, func(i int) error {
			again, err := sc.replica(i).Wait(t.Context(), guardian, in(3))
			if err == nil && again.ID != first.ID {
				t.Errorf("a second place: %d", again.ID)
			}
			return err
		})
		require.Equal(t, map[string]int{"": 20}, tally(t, errs), "the same wish is the same place")
		errs = contend(40, func(i int) error {
			_, err := sc.replica(i).Wait(t.Context(), guardian, WaitIn{RoomID: sc.room.ID, From: monday.AddDate(0, 0, 2+i), To: monday.AddDate(0, 0, 4+i)})
			return err
		})
		require.Equal(t, map[string]int{"": maxWaiting - 1, "too_many_waits": 41 - maxWaiting}, tally(t, errs))
	})
}

func TestAWishWithinThePlaceThatIsHeldIsThatPlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		guardian, pupil := sc.family()
		to := monday.AddDate(0, 0, 3)
		first := sc.wait(guardian, WaitIn{To: to})
		sc.clock.Set(monday.Add(time.Minute)) // "from now" is later at each tap
		require.Equal(t, first.ID, sc.wait(guardian, WaitIn{To: to}).ID)
		require.Equal(t, first.ID, sc.wait(guardian, WaitIn{To: to.AddDate(0, 0, -1)}).ID)
		for _, other := range []WaitIn{{To: to.AddDate(0, 0, 1)}, {To: to, PupilID: pupil.ID}, {To: to, CounsellorID: sc.counsellor.AccountID}} {
			require.NotEqual(t, first.ID, sc.wait(guardian, other).ID)
		}
	})
}
