package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/calendar"
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
		_, err := b.updateRoom(RoomIn{Name: "心语室", Closed: true})
		require.NoError(t, err)
		require.Empty(t, b.slots(b.counsellor))
		_, err = b.updateRoom(RoomIn{Name: "心语室"})
		require.NoError(t, err)
		require.Equal(t, slots, b.slots(b.counsellor))
		b.Set(b.tree.School, "archived_at", b.clock.Now())
		_, err = b.updateRoom(RoomIn{Name: "心语室", Closed: true})
		require.NoError(t, err)
		_, err = b.updateRoom(RoomIn{Name: "心语室"})
		require.ErrorIs(t, err, model.NotFound("unit"), "at a unit out of use")
		require.Empty(t, b.slots(b.counsellor))
		b.Set(b.tree.School, "archived_at", nil)
		_, err = b.updateRoom(RoomIn{Name: "心语室"})
		require.NoError(t, err)
		b.Set(&model.Grant{}, "revoked_at", b.clock.Now(), "account_id = ?", b.counsellor.AccountID)
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Empty(t, b.slots(b.counsellor))
	})
}

func TestACounsellorNeedsTheRoleAtTheRoomsUnit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		assign := func(actor model.Actor) error {
			_, err := b.svc.Assign(t.Context(), b.manager, b.room.ID, actor.AccountID, Profiled{Name: "李老师"})
			return err
		}
		require.ErrorIs(t, assign(b.Staff(model.RoleTeacher, b.tree.School)), errNoGrant)
		require.ErrorIs(t, assign(b.Staff(model.RoleCounsellor, b.Tree().School)), errNoGrant)
		require.NoError(t, assign(b.Staff(model.RoleCounsellor, b.tree.County)))
		_, err := b.svc.Assign(t.Context(), b.Staff(model.RoleManager, b.Tree().School), b.room.ID, b.counsellor.AccountID, Profiled{Name: "李老师"})
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

func TestANightShiftIsOpenAcrossMidnight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		night := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Monday, StartMinute: 20*60 + 30, EndMinute: 27 * 60, SlotMinutes: 60, HorizonDays: 1}
		slots := b.open(b.counsellor, night)
		require.Len(t, slots, 6)
		midnight := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)
		require.Equal(t, []time.Time{midnight.Add(-30 * time.Minute), midnight.Add(30 * time.Minute)}, []time.Time{slots[3].StartsAt, slots[3].EndsAt})
		morning := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Tuesday, StartMinute: 2 * 60, EndMinute: 4 * 60, SlotMinutes: 60, HorizonDays: 1}
		_, err := b.svc.AddRule(t.Context(), b.counsellor, morning)
		storetest.Refused(t, err, "rules_overlap")
		// After midnight the rest of the night is still there, and can be booked.
		b.clock.Set(midnight.Add(10 * time.Minute))
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Equal(t, slots[4:], b.slots(b.counsellor))
		b.book(first(b.family()), slots[4])
		b.mustAgree()
	})
}

func TestTheBufferHoldsAcrossRulesAndTheirChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		first50 := tuesday()
		first50.EndMinute, first50.SlotMinutes, first50.BufferMinutes = 9*60+50, 50, 10
		rule, err := b.svc.AddRule(t.Context(), b.counsellor, first50)
		require.NoError(t, err)
		next := tuesday()
		next.StartMinute, next.ValidUntil = 9*60+50, "2026-11-24"
		_, err = b.svc.AddRule(t.Context(), b.counsellor, next)
		storetest.Refused(t, err, "rules_too_close")
		// The rule ends, what is booked by it stays, and so does the pause after it.
		b.book(first(b.family()), b.slots(b.counsellor)[0])
		require.NoError(t, b.svc.EndRule(t.Context(), b.counsellor, rule.ID))
		got := b.open(b.counsellor, next)
		require.Len(t, got, 1)
		require.Equal(t, time.Date(2026, 11, 24, 2, 20, 0, 0, time.UTC), got[0].StartsAt, "9:50 would begin in the pause until ten")
		// Also while the talk goes on.
		b.clock.Set(time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC))
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Equal(t, got, b.slots(b.counsellor))
	})
}

func TestRulesOfBeforeThatAreTooCloseOpenOneSlotOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		hour := tuesday()
		hour.EndMinute, hour.SlotMinutes, hour.BufferMinutes, hour.ValidUntil = 10*60, 60, 15, "2026-11-24"
		b.open(b.counsellor, hour)
		next := tuesday()
		next.ID, next.CounsellorID, next.RoomID, next.ValidFrom, next.CreatedAt = b.st.NewID(), b.counsellor.AccountID, b.room.ID, model.DateOf(monday), monday
		next.StartMinute, next.SlotMinutes = 10*60, 60
		next.ValidUntil = "2026-11-24"
		b.Insert(&next) // as an earlier version accepted it
		for _, at := range []time.Time{monday, time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC)} {
			b.clock.Set(at)
			require.NoError(t, b.svc.ExpandSlots(t.Context()))
			for _, slot := range b.slots(b.counsellor) {
				require.Equal(t, monday.Add(25*time.Hour), slot.StartsAt, "never ten o'clock")
			}
		}
	})
}

func TestAnAbsenceOfWeeksIsOneEntry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		rule := tuesday()
		rule.HorizonDays = 30
		slots := b.open(b.counsellor, rule)
		require.Len(t, slots, 5*4) // 24 November to 22 December
		inside, outside := b.book(first(b.family()), slots[4]), b.book(first(b.family()), slots[1])
		away := model.AvailabilityException{OnDate: "2026-11-24", UntilDate: "2026-12-14", StartMinute: 10 * 60, EndMinute: 24 * 60}
		hit, err := b.svc.Absence(ctx, b.counsellor, away)
		require.NoError(t, err)
		require.Len(t, hit, 1)
		require.Equal(t, inside.ID, hit[0].ID, "9:30 on the first day is before it begins")
		require.Len(t, b.slots(b.counsellor), len(slots)-2, "looking changes nothing")
		added, err := b.svc.AddException(ctx, b.counsellor, away)
		require.NoError(t, err)
		require.Equal(t, hit, added.Bookings)
		require.Equal(t, []Slot{slots[0], slots[12], slots[13], slots[14], slots[15], slots[16], slots[17], slots[18], slots[19]}, b.slots(b.counsellor))
		listed := func() Exception {
			list, err := b.svc.Exceptions(ctx, b.counsellor, 0)
			require.NoError(t, err)
			require.Len(t, list, 1)
			return list[0]
		}
		require.Equal(t, 1, listed().StillBooked)
		_, err = b.svc.Reschedule(ctx, b.counsellor, inside.ID, slots[12].ID)
		require.NoError(t, err)
		b.clock.Set(time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC))
		require.Zero(t, listed().StillBooked, "it is listed until its last day")
		require.NoError(t, b.svc.ExpandSlots(ctx))
		require.Equal(t, slots[13:], b.slots(b.counsellor)[:7])
		require.NotZero(t, outside.ID)
		for field, bad := range map[string]model.AvailabilityException{
			"untilDate": {OnDate: "2026-12-14", UntilDate: "2026-12-13", EndMinute: 60}, "endMinute": {OnDate: "2026-12-14", UntilDate: "2026-12-14", StartMinute: 60, EndMinute: 60},
			"onDate": {OnDate: "2026-02-30", UntilDate: "2026-12-13", EndMinute: 60},
		} {
			_, err := b.svc.Absence(ctx, b.counsellor, bad)
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			require.Equal(t, field, e.Field)
		}
		_, err = b.svc.Absence(ctx, first(b.family()), away)
		require.ErrorIs(t, err, model.NotFound("counsellor"))
	})
}

func TestSlotsKeepTheCountysCalendar(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.HorizonDays = 8
		slots := b.open(b.counsellor, rule) // of 24 November and 1 December
		night := model.AvailabilityRule{Mode: model.CounselPhone, Weekday: time.Monday, StartMinute: 23 * 60, EndMinute: 25 * 60, SlotMinutes: 60, HorizonDays: 7}
		b.open(b.counsellor, night)
		guardian := first(b.family())
		booked := b.book(guardian, slots[0])
		as := 2
		county, manager := b.tree.County.ID, b.Staff(model.RoleManager, b.tree.County)
		_, err := calendar.New(b.st).Set(t.Context(), manager, county, 2026, calendar.Change{Days: []calendar.Day{
			{Date: "2026-11-24", Kind: model.CalendarHoliday, Name: "测试节"}, {Date: "2026-11-28", Kind: model.CalendarWorking, Name: "测试节", Weekday: &as}}})
		require.NoError(t, err)
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		days := map[model.Date]int{}
		for _, slot := range b.slots(b.counsellor) {
			days[model.DateOf(slot.StartsAt)]++
		}
		// Monday's shift ends at midnight, as the holiday begins; the Saturday is open as a Tuesday.
		require.Equal(t, map[model.Date]int{"2026-11-23": 1, "2026-11-28": 4, "2026-11-30": 1, "2026-12-01": 4 + 1}, days)
		got, err := b.svc.Booking(t.Context(), guardian, booked.ID)
		require.NoError(t, err)
		require.Equal(t, model.BookingBooked, got.Status, "what is booked stays booked")
		b.mustAgree()
		_, err = calendar.New(b.st).Set(t.Context(), manager, county, 2026, calendar.Change{Version: 1, Days: []calendar.Day{}})
		require.NoError(t, err)
		require.NoError(t, b.svc.ExpandSlots(t.Context()))
		require.Contains(t, b.slots(b.counsellor), slots[1])
	})
}
