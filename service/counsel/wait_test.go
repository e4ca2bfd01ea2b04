package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) wait(actor model.Actor, in WaitIn) WaitEntry {
	b.t.Helper()
	if in.To.IsZero() {
		in.To = monday.AddDate(0, 0, 4)
	}
	if in.CounsellorID == 0 {
		in.RoomID = b.room.ID
	}
	e, err := b.svc.Wait(b.t.Context(), actor, in)
	require.NoError(b.t, err)
	return e
}

// entry is the actor's newest entry as they see it.
func (b *bundle) entry(actor model.Actor) WaitEntry {
	b.t.Helper()
	p, err := b.svc.WaitList(b.t.Context(), actor, store.PageRequest{Limit: 1})
	require.NoError(b.t, err)
	require.Len(b.t, p.Items, 1)
	return p.Items[0]
}

func TestAFreedSlotIsOfferedInOrderToThoseWhoHaveTheTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.booths(2)
		mine := b.open(b.counsellor, tuesday())
		others := b.open(b.newCounsellor(), tuesday())
		holder, _ := b.family()
		booking := b.book(holder, mine[0])

		busy, _ := b.family()
		b.book(busy, others[0]) // at the same time, elsewhere
		tooLate, _ := b.family()
		elsewhere, _ := b.family()
		first, pupil := b.family()
		second, _ := b.family()
		b.wait(busy, WaitIn{})
		b.wait(tooLate, WaitIn{From: mine[0].StartsAt.Add(time.Minute)})
		b.wait(elsewhere, WaitIn{CounsellorID: others[0].CounsellorID})
		b.wait(first, WaitIn{CounsellorID: b.counsellor.AccountID, PupilID: pupil.ID})
		b.wait(second, WaitIn{})
		_, err := b.svc.Cancel(t.Context(), holder, booking.ID, "")
		require.NoError(t, err)
		offered := b.entry(first)
		require.Equal(t, model.WaitOffered, offered.Status)
		require.Equal(t, &Offer{Slot: mine[0], HeldUntil: monday.Add(2 * time.Hour)}, offered.Offer)
		for _, actor := range []model.Actor{busy, tooLate, elsewhere, second} {
			require.Equal(t, model.WaitWaiting, b.entry(actor).Status)
		}
		require.Equal(t, 1, b.Count(&model.OutboxMessage{}, "kind = ? AND recipient_id = ? AND cutoff_at = ?", kindOffer, first.AccountID, offered.Offer.HeldUntil))
		_, err = b.svc.Book(t.Context(), holder, BookIn{SlotID: mine[0].ID})
		require.ErrorIs(t, err, errSlotTaken, "it is held")
		require.NotContains(t, b.slots(b.counsellor), mine[0])
		b.mustAgree()

		booked, err := b.svc.Accept(t.Context(), first, offered.ID, AcceptIn{Concern: "想聊聊"})
		require.NoError(t, err)
		require.Equal(t, []any{pupil.ID, mine[0].ID, "想聊聊"}, []any{booked.PupilID, booked.SlotID, booked.Concern})
		require.Equal(t, booked.ID, b.entry(first).BookingID)
		_, err = b.svc.CancelWait(t.Context(), first, offered.ID)
		require.ErrorIs(t, err, errWaitOver)
		b.mustAgree()
		// Freed again, it goes to the next.
		_, err = b.svc.Reschedule(t.Context(), first, booked.ID, mine[3].ID)
		require.NoError(t, err)
		require.Equal(t, mine[0].ID, b.entry(second).Offer.Slot.ID)
		b.mustAgree()
	})
}

func TestAnUnansweredHoldGoesToTheNextAndThenOpens(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		first, _ := b.family()
		second, _ := b.family()
		free := b.taken(slots[0])
		b.wait(first, WaitIn{})
		b.wait(second, WaitIn{})
		free()
		b.clock.Advance(2*time.Hour - time.Millisecond)
		require.NoError(t, b.svc.ExpireHolds(t.Context()))
		require.Equal(t, model.WaitOffered, b.entry(first).Status, "a hold lasts to its end")
		b.clock.Advance(time.Millisecond)
		require.Equal(t, []any{model.WaitWaiting, true}, []any{b.entry(first).Status, b.entry(first).Lapsed}, "shown as over before the job has seen it")
		_, err := b.svc.Accept(t.Context(), first, b.entry(first).ID, AcceptIn{})
		require.ErrorIs(t, err, errOfferExpired)
		require.NoError(t, b.svc.ExpireHolds(t.Context()))
		require.Equal(t, b.clock.Now().Add(2*time.Hour), b.entry(second).Offer.HeldUntil)
		b.mustAgree()
		_, err = b.svc.Accept(t.Context(), first, b.entry(first).ID, AcceptIn{})
		require.ErrorIs(t, err, errOfferExpired)
		b.clock.Advance(2 * time.Hour)
		require.Contains(t, b.slots(b.counsellor), slots[0], "free for all at once")
		third, _ := b.family()
		b.book(third, slots[0])
		require.Equal(t, model.WaitWaiting, b.entry(second).Status)
		b.mustAgree()
		require.NoError(t, b.svc.ExpireHolds(t.Context()))
		b.mustAgree()
	})
}

func TestAHoldEndsWithTheTimeToBook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.LeadMinutes = 60
		slots := b.open(b.counsellor, rule)
		first, _ := b.family()
		for i, tc := range []struct {
			left time.Duration
			held bool
		}{{15 * time.Minute, true}, {15*time.Minute - time.Millisecond, false}} {
			b.clock.Set(monday)
			free := b.taken(slots[i])
			entry := b.wait(first, WaitIn{})
			until := slots[i].StartsAt.Add(-time.Hour)
			b.clock.Set(until.Add(-tc.left))
			free()
			if tc.held {
				require.Equal(t, until, b.entry(first).Offer.HeldUntil)
			} else {
				require.Equal(t, model.WaitWaiting, b.entry(first).Status)
				require.Equal(t, model.SlotOpen, b.slot(slots[i].ID).Status, "too late to ask anyone: first come, first served")
			}
			_, err := b.svc.CancelWait(t.Context(), first, entry.ID)
			require.NoError(t, err)
		}
	})
}

// Who could not ask for the child any more is offered nothing: the next one is.
func TestNothingIsOfferedToWhoCouldNotAskNow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		slot := b.open(b.counsellor, tuesday())[0]
		free := b.taken(slot)
		former, pupil := b.family()
		teacher, next := b.Staff(model.RoleTeacher, b.tree.Class), b.Guardian(b.Pupil(b.tree.Class))
		gone := []model.ID{b.wait(former, WaitIn{PupilID: pupil.ID}).ID, b.wait(teacher, WaitIn{PupilID: pupil.ID}).ID}
		stays := b.wait(next, WaitIn{}).ID
		require.NoError(t, b.st.Tx(ctx, func(tx *gorm.DB) error {
			return family.New(b.st).EndGuardianship(tx, pupil.ID, former.AccountID, b.manager.AccountID, "guardian")
		}))
		b.Set(&model.Grant{}, "revoked_at", b.st.Now(), "account_id = ?", teacher.AccountID)
		free()
		var entries []model.WaitEntry
		require.NoError(t, b.st.Read(ctx).Find(&entries, "status = ?", model.WaitOffered).Error)
		require.Len(t, entries, 1)
		require.Equal(t, stays, entries[0].ID)
		require.Equal(t, 2, b.Count(&model.WaitEntry{}, "status = ? AND id IN ?", model.WaitExpired, gone))
	})
}

func TestGivingUpPassesTheHoldOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		first, _ := b.family()
		second, _ := b.family()
		free := b.taken(slots[0])
		entry := b.wait(first, WaitIn{})
		b.wait(second, WaitIn{})
		_, err := b.svc.Accept(t.Context(), first, entry.ID, AcceptIn{})
		require.ErrorIs(t, err, errNoOffer)
		free()
		for range 2 {
			got, err := b.svc.CancelWait(t.Context(), first, entry.ID)
			require.NoError(t, err)
			require.Equal(t, model.WaitCancelled, got.Status)
		}
		require.Equal(t, slots[0].ID, b.entry(second).Offer.Slot.ID)
		_, err = b.svc.Accept(t.Context(), first, entry.ID, AcceptIn{})
		require.ErrorIs(t, err, errWaitOver)
		_, err = b.svc.Accept(t.Context(), second, entry.ID, AcceptIn{})
		require.ErrorIs(t, err, model.NotFound("wait_entry"), "another family's entry is not there")
		_, err = b.svc.CancelWait(t.Context(), second, entry.ID)
		require.ErrorIs(t, err, model.NotFound("wait_entry"))
		b.mustAgree()
	})
}

func TestAnAbsenceWithdrawsAnOfferAndKeepsThePlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		first, _ := b.family()
		free := b.taken(slots[0])
		b.wait(first, WaitIn{})
		free()
		require.Equal(t, model.WaitOffered, b.entry(first).Status)
		e, err := b.svc.AddException(t.Context(), b.counsellor, model.AvailabilityException{OnDate: "2026-11-24", EndMinute: 24 * 60})
		require.NoError(t, err)
		require.Equal(t, model.WaitWaiting, b.entry(first).Status)
		require.Zero(t, b.Count(&model.OutboxMessage{}, "kind = ? AND status = ?", kindOffer, model.OutboxPending))
		b.mustAgree()
		require.NoError(t, b.svc.DeleteException(t.Context(), b.counsellor, e.ID))
		require.Equal(t, model.WaitOffered, b.entry(first).Status)
		b.mustAgree()
	})
}

func TestWaitListEntriesAreChecked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		guardian, _ := b.family()
		to := monday.AddDate(0, 0, 7)
		far := b.Tree()
		stranger := b.Guardian(b.Pupil(far.Class))
		_, other := b.family()
		for _, tc := range []struct {
			name string
			who  model.Actor
			in   WaitIn
			want *model.Error
		}{
			{"no target", guardian, WaitIn{To: to}, errWaitTarget},
			{"over before it begins", guardian, WaitIn{RoomID: b.room.ID, From: to, To: to}, errWaitTime},
			{"in the past", guardian, WaitIn{RoomID: b.room.ID, From: monday.AddDate(0, 0, -2), To: monday}, errWaitTime},
			{"too far", guardian, WaitIn{RoomID: b.room.ID, To: monday.AddDate(0, 0, 61)}, errWaitTime},
			{"another county's room", stranger, WaitIn{RoomID: b.room.ID, To: to}, model.NotFound("room")},
			{"another county's counsellor", stranger, WaitIn{CounsellorID: b.counsellor.AccountID, To: to}, model.NotFound("counsellor")},
			{"another's child", guardian, WaitIn{RoomID: b.room.ID, To: to, PupilID: other.ID}, model.NotFound("pupil")},
			{"no consent", b.PupilAccount(b.Pupil(b.tree.Class)), WaitIn{RoomID: b.room.ID, To: to}, family.ErrGuardianConsentNeeded},
		} {
			_, err := b.svc.Wait(t.Context(), tc.who, tc.in)
			require.ErrorIs(t, err, tc.want, tc.name)
		}
		var ids [2]model.ID
		for i := range ids {
			e, err := b.svc.Wait(t.Context(), guardian, WaitIn{RoomID: b.room.ID, To: to, RequestKey: "k"})
			require.NoError(t, err)
			ids[i] = e.ID
		}
		require.Equal(t, ids[0], ids[1])
		_, err := b.svc.Wait(t.Context(), guardian, WaitIn{CounsellorID: b.counsellor.AccountID, To: to, RequestKey: "k"})
		require.ErrorIs(t, err, store.ErrKeyReused)
		b.clock.Set(to)
		require.NoError(t, b.svc.ExpireHolds(t.Context()))
		require.Equal(t, model.WaitExpired, b.entry(guardian).Status)
	})
}

func TestOneFamilyCanNotFillTheWaitList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		guardian, _ := b.family()
		in := func(day int) WaitIn {
			return WaitIn{RoomID: b.room.ID, From: monday.AddDate(0, 0, 1), To: monday.AddDate(0, 0, day)}
		}
		first, err := b.svc.Wait(t.Context(), guardian, in(3))
		require.NoError(t, err)
		errs := storetest.Contend(20, func(i int) error {
			again, err := b.replica(i).Wait(t.Context(), guardian, in(3))
			if err == nil && again.ID != first.ID {
				t.Errorf("a second place: %d", again.ID)
			}
			return err
		})
		require.Equal(t, map[string]int{"": 20}, storetest.Codes(t, errs), "the same wish is the same place")
		errs = storetest.Contend(40, func(i int) error {
			_, err := b.replica(i).Wait(t.Context(), guardian, WaitIn{RoomID: b.room.ID, From: monday.AddDate(0, 0, 2+i), To: monday.AddDate(0, 0, 4+i)})
			return err
		})
		require.Equal(t, map[string]int{"": maxWaiting - 1, "too_many_waits": 41 - maxWaiting}, storetest.Codes(t, errs))
	})
}

func TestAWishWithinAnEarlierOneIsTheSameWaitListEntry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		guardian, pupil := b.family()
		to := monday.AddDate(0, 0, 3)
		first := b.wait(guardian, WaitIn{To: to})
		b.clock.Set(monday.Add(time.Minute)) // "from now" is later at each tap
		require.Equal(t, first.ID, b.wait(guardian, WaitIn{To: to}).ID)
		require.Equal(t, first.ID, b.wait(guardian, WaitIn{To: to.AddDate(0, 0, -1)}).ID)
		for _, other := range []WaitIn{{To: to.AddDate(0, 0, 1)}, {To: to, PupilID: pupil.ID}, {To: to, CounsellorID: b.counsellor.AccountID}} {
			entry := b.wait(guardian, other)
			require.NotEqual(t, first.ID, entry.ID)
			_, err := b.svc.CancelWait(t.Context(), guardian, entry.ID)
			require.NoError(t, err)
		}
	})
}

func TestALapsedOfferKeepsItsPlaceOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		frees := []func(){b.taken(slots[0]), b.taken(slots[1]), b.taken(slots[2])}
		asleep, next := first(b.family()), first(b.family())
		b.wait(asleep, WaitIn{})
		b.wait(next, WaitIn{})
		frees[0]()
		lapse := func() {
			b.t.Helper()
			b.clock.Advance(2 * time.Hour)
			require.NoError(t, b.svc.ExpireHolds(t.Context()))
			b.mustAgree()
		}
		lapse()
		require.Equal(t, slots[0].ID, b.entry(next).Offer.Slot.ID, "the slot goes to the next")
		require.Equal(t, []any{model.WaitWaiting, true}, []any{b.entry(asleep).Status, b.entry(asleep).Lapsed})
		_, err := b.svc.Accept(t.Context(), asleep, b.entry(asleep).ID, AcceptIn{})
		require.ErrorIs(t, err, errOfferLapsed)
		third := first(b.family())
		b.wait(third, WaitIn{})
		frees[1]()
		require.Equal(t, slots[1].ID, b.entry(asleep).Offer.Slot.ID, "the place is the old one")
		lapse()
		require.Equal(t, model.WaitExpired, b.entry(asleep).Status, "and is kept once")
		_, err = b.svc.Accept(t.Context(), asleep, b.entry(asleep).ID, AcceptIn{})
		require.ErrorIs(t, err, errOfferExpired)
		require.Equal(t, model.WaitOffered, b.entry(third).Status)
	})
}

func TestWhoTakesALapsedOfferLeavesTheOtherTheirPlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		free := b.taken(slots[0])
		asleep := first(b.family())
		b.wait(asleep, WaitIn{})
		free()
		b.clock.Advance(2 * time.Hour) // the job has not seen it yet
		b.book(first(b.family()), slots[0])
		require.Equal(t, []any{model.WaitWaiting, true}, []any{b.entry(asleep).Status, b.entry(asleep).Lapsed})
		b.mustAgree()
	})
}

func TestAnOfferLastsThroughTheNight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		free := b.taken(slots[3]) // half past ten on Tuesday
		asleep := first(b.family())
		b.wait(asleep, WaitIn{})
		b.clock.Set(monday.Add(15*time.Hour + 10*time.Minute)) // 23:10 in Shanghai
		free()
		require.Equal(t, monday.Add(25*time.Hour), b.entry(asleep).Offer.HeldUntil, "until nine")
		b.clock.Set(monday.Add(23*time.Hour + 30*time.Minute))
		require.NoError(t, b.svc.ExpireHolds(t.Context()))
		_, err := b.svc.Accept(t.Context(), asleep, b.entry(asleep).ID, AcceptIn{})
		require.NoError(t, err)
		b.mustAgree()
	})
}
