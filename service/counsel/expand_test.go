package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

func TestSlotsFollowTheRulesToTheMinute(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		// Monday 23:30 to midnight with slots of 25 minutes: one slot, that ends at 23:55 in Shanghai.
		late := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Monday, StartMinute: 23*60 + 30, EndMinute: 24 * 60, SlotMinutes: 25, HorizonDays: 1}
		slots := sc.open(sc.counsellor, late)
		require.Len(t, slots, 1)
		require.Equal(t, time.Date(2026, 11, 23, 15, 30, 0, 0, time.UTC), slots[0].StartsAt)
		require.Equal(t, time.Date(2026, 11, 23, 15, 55, 0, 0, time.UTC), slots[0].EndsAt)
		// Tuesday from midnight: the day after begins where the one before ends.
		early := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Tuesday, StartMinute: 0, EndMinute: 30, SlotMinutes: 10, BufferMinutes: 5, HorizonDays: 1}
		slots = sc.open(sc.counsellor, early)
		require.Len(t, slots, 3)
		require.Equal(t, time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC), slots[1].StartsAt)
		require.Equal(t, time.Date(2026, 11, 23, 16, 15, 0, 0, time.UTC), slots[2].StartsAt, "the buffer lies between")
	})
}

func TestSlotsOpenUpToTheHorizonAndWithinTheValidity(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.EndMinute = rule.StartMinute + 30
		rule.HorizonDays = 15
		require.Len(t, sc.open(sc.counsellor, rule), 3, "on the 24th, 1st and 8th")
		sc.clock.Advance(6 * 24 * time.Hour)
		require.NoError(t, sc.svc.ExpandSlots(t.Context()))
		require.Len(t, sc.slots(sc.counsellor), 2, "the 24th is over, the 15th still too far")
		sc.clock.Advance(24 * time.Hour)
		require.NoError(t, sc.svc.ExpandSlots(t.Context()))
		require.Len(t, sc.slots(sc.counsellor), 3, "the horizon has reached the 15th")
		bounded := rule
		bounded.StartMinute, bounded.EndMinute = 14*60, 15*60
		bounded.ValidFrom, bounded.ValidUntil = "2026-12-02", "2026-12-08"
		require.Len(t, sc.open(sc.counsellor, bounded), 3+2, "two slots, on the 8th only")
	})
}

func TestASlotCanNotBeBookedWithinItsLead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.LeadMinutes = 120
		slots := sc.open(sc.counsellor, rule)
		guardian, _ := sc.family()
		sc.clock.Set(slots[0].StartsAt.Add(-2 * time.Hour))
		_, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID})
		require.ErrorIs(t, err, errSlotTaken, "the lead is over at its very instant")
		require.Len(t, sc.slots(sc.counsellor), 3)
		sc.clock.Advance(-time.Millisecond)
		sc.book(guardian, slots[0])
	})
}

func TestExpansionByTwoReplicasAtOnceChangesNothingTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.HorizonDays = 60
		slots := sc.open(sc.counsellor, rule)
		sc.clock.Advance(21 * 24 * time.Hour)
		for _, err := range contend(8, func(int) error { return sc.svc.ExpandSlots(t.Context()) }) {
			require.NoError(t, err)
		}
		require.Equal(t, len(slots)+3*4, sc.count(&model.Slot{}, "1 = 1"))
	})
}

func TestAnExceptionWithdrawsFreeSlotsAndListsTheBooked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, _ := sc.family()
		booking := sc.book(guardian, slots[1])
		e, err := sc.svc.AddException(t.Context(), sc.counsellor, model.AvailabilityException{OnDate: "2026-11-24", StartMinute: 9 * 60, EndMinute: 10*60 + 5})
		require.NoError(t, err)
		require.Len(t, e.Bookings, 1)
		require.Equal(t, booking.ID, e.Bookings[0].ID)
		require.Equal(t, []Slot{slots[3]}, sc.slots(sc.counsellor), "10:00 to 10:30 touches the absence too")
		require.Equal(t, model.SlotBooked, sc.slot(slots[1].ID).Status)
		// A booking that is called off inside the absence frees nothing.
		_, err = sc.svc.Cancel(t.Context(), guardian, booking.ID, "")
		require.NoError(t, err)
		require.Equal(t, model.SlotWithdrawn, sc.slot(slots[1].ID).Status)
		require.NoError(t, sc.svc.DeleteException(t.Context(), sc.counsellor, e.ID))
		require.Equal(t, slots, sc.slots(sc.counsellor), "the same slots are open again")
	})
}

func TestAnEndedRuleWithdrawsItsFreeSlotsOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule, err := sc.svc.AddRule(t.Context(), sc.counsellor, tuesday())
		require.NoError(t, err)
		slots := sc.slots(sc.counsellor)
		guardian, _ := sc.family()
		booking := sc.book(guardian, slots[0])
		require.NoError(t, sc.svc.EndRule(t.Context(), sc.manager, rule.ID))
		require.Empty(t, sc.slots(sc.counsellor))
		got, err := sc.svc.Booking(t.Context(), guardian, booking.ID)
		require.NoError(t, err)
		require.Equal(t, model.BookingBooked, got.Status)
		// A new rule opens nothing across the talk that is booked.
		shifted := tuesday()
		shifted.StartMinute += 15
		require.Len(t, sc.open(sc.counsellor, shifted), 2, "9:15 would run into the talk at 9:00")
	})
}

func TestRulesOfOneCounsellorMustNotOverlap(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		errs := contend(20, func(i int) error {
			rule := tuesday()
			rule.StartMinute += 5 * (i % 3)
			_, err := sc.svc.AddRule(t.Context(), sc.counsellor, rule)
			return err
		})
		require.Equal(t, map[string]int{"": 1, "rules_overlap": 19}, tally(t, errs))
		other := sc.newCounsellor()
		_, err := sc.svc.AddRule(t.Context(), other, tuesday())
		require.NoError(t, err, "another counsellor's time is another's")
		_, err = sc.svc.AddRule(t.Context(), other, model.AvailabilityRule{CounsellorID: sc.counsellor.AccountID})
		require.Equal(t, model.KindInvalid, model.KindOf(err))
		foreign := tuesday()
		foreign.CounsellorID, foreign.Weekday = sc.counsellor.AccountID, time.Friday
		_, err = sc.svc.AddRule(t.Context(), other, foreign)
		require.ErrorIs(t, err, model.NotFound("counsellor"))
		_, err = sc.svc.AddRule(t.Context(), sc.manager, foreign)
		require.NoError(t, err, "a manager keeps the availability of the room's counsellors")
	})
}

func TestACounsellorWithoutTheRoleOrInAClosedRoomHasNoSlots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		_, err := sc.svc.UpdateRoom(t.Context(), sc.manager, sc.room.ID, RoomIn{Name: "心语室", Closed: true})
		require.NoError(t, err)
		require.Empty(t, sc.slots(sc.counsellor))
		_, err = sc.svc.UpdateRoom(t.Context(), sc.manager, sc.room.ID, RoomIn{Name: "心语室"})
		require.NoError(t, err)
		require.Equal(t, slots, sc.slots(sc.counsellor))
		sc.change(&model.Grant{}, "account_id = ?", sc.counsellor.AccountID, map[string]any{"revoked_at": sc.clock.Now()})
		require.NoError(t, sc.svc.ExpandSlots(t.Context()))
		require.Empty(t, sc.slots(sc.counsellor))
	})
}

func TestACounsellorNeedsTheRoleAtTheRoomsUnit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		assign := func(actor model.Actor) error {
			_, err := sc.svc.Assign(t.Context(), sc.manager, sc.room.ID, actor.AccountID, "李老师", "")
			return err
		}
		require.ErrorIs(t, assign(sc.Staff(model.RoleTeacher, sc.tree.School)), errNoGrant)
		require.ErrorIs(t, assign(sc.Staff(model.RoleCounsellor, sc.Tree().School)), errNoGrant)
		require.NoError(t, assign(sc.Staff(model.RoleCounsellor, sc.tree.County)))
		_, err := sc.svc.Assign(t.Context(), sc.Staff(model.RoleManager, sc.Tree().School), sc.room.ID, sc.counsellor.AccountID, "李老师", "")
		require.ErrorIs(t, err, model.NotFound("room"))
	})
}

func TestSlotsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		sc.open(sc.newCounsellor(), tuesday())
		sc.open(sc.counsellor, tuesday())
		guardian, _ := sc.family()
		whole, err := sc.svc.Slots(t.Context(), guardian, SlotsIn{RoomID: sc.room.ID})
		require.NoError(t, err)
		require.Len(t, whole.Items, 8)
		var walked []Slot
		for cursor := ""; ; {
			p, err := sc.svc.Slots(t.Context(), guardian, SlotsIn{PageRequest: store.PageRequest{Limit: 3, Cursor: cursor}})
			require.NoError(t, err)
			walked = append(walked, p.Items...)
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		require.Equal(t, whole.Items, walked)
		_, err = sc.svc.Slots(t.Context(), guardian, SlotsIn{PageRequest: store.PageRequest{Cursor: "x"}})
		require.ErrorIs(t, err, store.ErrCursor)
		stranger := sc.Guardian(sc.Pupil(sc.Tree().Class))
		none, err := sc.svc.Slots(t.Context(), stranger, SlotsIn{})
		require.NoError(t, err)
		require.Empty(t, none.Items)
		require.NotNil(t, none.Items)
	})
}
