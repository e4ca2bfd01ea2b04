package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestSlotsFollowTheRulesToTheMinute(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		// Monday 23:30 to midnight with slots of 25 minutes: one slot, that ends at 23:55 in Shanghai.
		late := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Monday, StartMinute: 23*60 + 30, EndMinute: 24 * 60, SlotMinutes: 25, HorizonDays: 1}
		slots := b.open(b.counsellor, late)
		require.Len(t, slots, 1)
		require.Equal(t, time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC), slots[0].StartsAt)
		require.Equal(t, time.Date(2026, 11, 23, 15, 55, 0, 0, time.UTC), slots[0].EndsAt)
		// Tuesday from midnight: the day after begins where the one before ends.
		early := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Tuesday, StartMinute: 0, EndMinute: 30, SlotMinutes: 10, BufferMinutes: 5, HorizonDays: 1}
		slots = b.open(b.counsellor, early)
		require.Len(t, slots, 3)
		require.Equal(t, time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC), slots[1].StartsAt)
		require.Equal(t, time.Date(2026, 11, 23, 16, 15, 0, 0, time.UTC), slots[2].StartsAt, "the buffer lies between")
	})
}

func TestSlotsOpenUpToTheHorizonAndWithinTheValidity(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.EndMinute = rule.StartMinute + 30
		rule.HorizonDays = 15
		require.Len(t, b.open(b.counsellor, rule), 3, "on the 24th, 1st and 8th")
		b.clock.Advance(6 * 24 * time.Hour)
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Len(t, b.slots(b.counsellor), 2, "the 24th is over, the 15th still too far")
		b.clock.Advance(24 * time.Hour)
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Len(t, b.slots(b.counsellor), 3, "the horizon has reached the 15th")
		bounded := rule
		bounded.StartMinute, bounded.EndMinute = 14*60, 15*60
		bounded.ValidFrom, bounded.ValidUntil = "2026-12-02", "2026-12-08"
		require.Len(t, b.open(b.counsellor, bounded), 3+2, "two slots, on the 8th only")
	})
}

func TestASlotCanNotBeBookedWithinItsLead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.LeadMinutes = 120
		slots := b.open(b.counsellor, rule)
		guardian, _ := b.family()
		b.clock.Set(slots[0].StartsAt.Add(-2 * time.Hour))
		_, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID})
		require.ErrorIs(t, err, errSlotTaken, "the lead is over at its very instant")
		require.Len(t, b.slots(b.counsellor), 3)
		b.clock.Advance(-time.Millisecond)
		b.book(guardian, slots[0])
	})
}

func TestExpansionByTwoReplicasAtOnceChangesNothingTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.HorizonDays = 60
		slots := b.open(b.counsellor, rule)
		b.clock.Advance(21 * 24 * time.Hour)
		for _, err := range storetest.Contend(8, func(int) error { return b.svc.ExpandSlots(t.Context()) }) {
			require.NoError(t, err)
		}
		require.Equal(t, len(slots)+3*4, b.Count(&model.Slot{}))
	})
}

func TestAnExceptionWithdrawsFreeSlotsAndListsTheBooked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, _ := b.family()
		booking := b.book(guardian, slots[1])
		e, err := b.svc.AddException(t.Context(), b.counsellor, model.AvailabilityException{OnDate: "2026-11-24", StartMinute: 9 * 60, EndMinute: 10*60 + 5})
		require.NoError(t, err)
		require.Len(t, e.Bookings, 1)
		require.Equal(t, booking.ID, e.Bookings[0].ID)
		require.Equal(t, []Slot{slots[3]}, b.slots(b.counsellor), "10:00 to 10:30 touches the absence too")
		require.Equal(t, model.SlotBooked, b.slot(slots[1].ID).Status)
		// A booking that is called off inside the absence frees nothing.
		_, err = b.svc.Cancel(t.Context(), guardian, booking.ID, "")
		require.NoError(t, err)
		require.Equal(t, model.SlotWithdrawn, b.slot(slots[1].ID).Status)
		require.NoError(t, b.svc.DeleteException(t.Context(), b.counsellor, e.ID))
		require.Equal(t, slots, b.slots(b.counsellor), "the same slots are open again")
	})
}

func TestAnEndedRuleWithdrawsItsFreeSlotsOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule, err := b.svc.AddRule(t.Context(), b.counsellor, tuesday())
		require.NoError(t, err)
		slots := b.slots(b.counsellor)
		guardian, _ := b.family()
		booking := b.book(guardian, slots[0])
		require.NoError(t, b.svc.EndRule(t.Context(), b.manager, rule.ID))
		require.Empty(t, b.slots(b.counsellor))
		got, err := b.svc.Booking(t.Context(), guardian, booking.ID)
		require.NoError(t, err)
		require.Equal(t, model.BookingBooked, got.Status)
		// A new rule opens nothing across the slot that is booked.
		shifted := tuesday()
		shifted.StartMinute += 15
		require.Len(t, b.open(b.counsellor, shifted), 2, "9:15 would overlap the booking at 9:00")
	})
}

func TestRulesOfOneCounsellorMustNotOverlap(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		errs := storetest.Contend(20, func(i int) error {
			rule := tuesday()
			rule.StartMinute += 5 * (i % 3)
			_, err := b.svc.AddRule(t.Context(), b.counsellor, rule)
			return err
		})
		require.Equal(t, map[string]int{"": 1, "rules_overlap": 19}, storetest.Codes(t, errs))
		other := b.newCounsellor()
		_, err := b.svc.AddRule(t.Context(), other, tuesday())
		require.NoError(t, err, "another counsellor's time is another's")
		_, err = b.svc.AddRule(t.Context(), other, model.AvailabilityRule{CounsellorID: b.counsellor.AccountID})
		require.Equal(t, model.KindInvalid, model.KindOf(err))
		foreign := tuesday()
		foreign.CounsellorID, foreign.Weekday = b.counsellor.AccountID, time.Friday
		_, err = b.svc.AddRule(t.Context(), other, foreign)
		require.ErrorIs(t, err, model.NotFound("counsellor"))
		_, err = b.svc.AddRule(t.Context(), b.manager, foreign)
		require.NoError(t, err, "a manager keeps the availability of the room's counsellors")
	})
}

func TestACounsellorWithoutTheRoleOrInAClosedRoomHasNoSlots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		_, err := b.svc.UpdateRoom(t.Context(), b.manager, b.room.ID, RoomIn{Name: "心语室", Closed: true})
		require.NoError(t, err)
		require.Empty(t, b.slots(b.counsellor))
		_, err = b.svc.UpdateRoom(t.Context(), b.manager, b.room.ID, RoomIn{Name: "心语室"})
		require.NoError(t, err)
		require.Equal(t, slots, b.slots(b.counsellor))
		b.Set(&model.Grant{}, "revoked_at", b.clock.Now(), "account_id = ?", b.counsellor.AccountID)
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Empty(t, b.slots(b.counsellor))
	})
}

func TestACounsellorNeedsTheRoleAtTheRoomsUnit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		assign := func(actor model.Actor) error {
			_, err := b.svc.Assign(t.Context(), b.manager, b.room.ID, actor.AccountID, "李老师", "")
			return err
		}
		require.ErrorIs(t, assign(b.Staff(model.RoleTeacher, b.tree.School)), errNoGrant)
		require.ErrorIs(t, assign(b.Staff(model.RoleCounsellor, b.Tree().School)), errNoGrant)
		require.NoError(t, assign(b.Staff(model.RoleCounsellor, b.tree.County)))
		_, err := b.svc.Assign(t.Context(), b.Staff(model.RoleManager, b.Tree().School), b.room.ID, b.counsellor.AccountID, "李老师", "")
		require.ErrorIs(t, err, model.NotFound("room"))
	})
}

func TestSlotsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.open(b.newCounsellor(), tuesday())
		b.open(b.counsellor, tuesday())
		guardian, _ := b.family()
		whole, err := b.svc.Slots(t.Context(), guardian, SlotsIn{RoomID: store.IDParam{ID: b.room.ID}})
		require.NoError(t, err)
		require.Len(t, whole.Items, 8)
		var walked []Slot
		for cursor := ""; ; {
			p, err := b.svc.Slots(t.Context(), guardian, SlotsIn{PageRequest: store.PageRequest{Limit: 3, Cursor: cursor}})
			require.NoError(t, err)
			walked = append(walked, p.Items...)
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		require.Equal(t, whole.Items, walked)
		_, err = b.svc.Slots(t.Context(), guardian, SlotsIn{PageRequest: store.PageRequest{Cursor: "x"}})
		require.ErrorIs(t, err, store.ErrCursor)
		stranger := b.Guardian(b.Pupil(b.Tree().Class))
		none, err := b.svc.Slots(t.Context(), stranger, SlotsIn{})
		require.NoError(t, err)
		require.Empty(t, none.Items)
		require.NotNil(t, none.Items)
	})
}
