package model

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func goodRule() AvailabilityRule {
	return AvailabilityRule{Mode: CounselPhone, Weekday: time.Monday, StartMinute: 540, EndMinute: 660, SlotMinutes: 30, HorizonDays: 14, ValidFrom: "2026-11-23"}
}

func TestRulesAreChecked(t *testing.T) {
	t.Parallel()
	require.NoError(t, goodRule().Validate())
	for name, tc := range map[string]struct {
		spoil func(*AvailabilityRule)
		field string
	}{
		"mode":               {func(r *AvailabilityRule) { r.Mode = "letter" }, "mode"},
		"weekday":            {func(r *AvailabilityRule) { r.Weekday = 7 }, "weekday"},
		"slot off the grid":  {func(r *AvailabilityRule) { r.SlotMinutes = 31 }, "slotMinutes"},
		"no slot":            {func(r *AvailabilityRule) { r.SlotMinutes = 0 }, "slotMinutes"},
		"buffer off grid":    {func(r *AvailabilityRule) { r.BufferMinutes = 4 }, "bufferMinutes"},
		"negative lead":      {func(r *AvailabilityRule) { r.LeadMinutes = -1 }, "leadMinutes"},
		"far horizon":        {func(r *AvailabilityRule) { r.HorizonDays = 61 }, "horizonDays"},
		"start off the grid": {func(r *AvailabilityRule) { r.StartMinute = 541 }, "startMinute"},
		"beyond a day":       {func(r *AvailabilityRule) { r.EndMinute = r.StartMinute + 1445 }, "endMinute"},
		"night backwards":    {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 1200, 180 }, "endMinute"},
		"backwards":          {func(r *AvailabilityRule) { r.EndMinute = 535 }, "endMinute"},
		"too short":          {func(r *AvailabilityRule) { r.EndMinute = 565 }, "endMinute"},
		"no such day":        {func(r *AvailabilityRule) { r.ValidFrom = "2026-02-30" }, "validFrom"},
		"ends before":        {func(r *AvailabilityRule) { r.ValidUntil = "2026-11-22" }, "validUntil"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := goodRule()
			tc.spoil(&r)
			e := new(Error)
			require.ErrorAs(t, r.Validate(), &e)
			require.Equal(t, []any{KindInvalid, tc.field}, []any{e.Kind, e.Field})
		})
	}
}

func TestRulesOverlapOnlyWhereTheyOpenTheSameTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*AvailabilityRule)
		want   bool
	}{
		"the same":          {func(*AvailabilityRule) {}, true},
		"inside":            {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 600, 605 }, true},
		"right behind":      {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 660, 700 }, false},
		"right before":      {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 500, 540 }, false},
		"another day":       {func(r *AvailabilityRule) { r.Weekday = time.Tuesday }, false},
		"until before":      {func(r *AvailabilityRule) { r.ValidFrom, r.ValidUntil = "2026-01-01", "2026-11-22" }, false},
		"until the first":   {func(r *AvailabilityRule) { r.ValidFrom, r.ValidUntil = "2026-01-01", "2026-11-23" }, true},
		"later, no ending":  {func(r *AvailabilityRule) { r.ValidFrom = "2030-01-01" }, true},
		"the night before":  {func(r *AvailabilityRule) { r.Weekday, r.StartMinute, r.EndMinute = time.Sunday, 1200, 1440+545 }, true},
		"a night that ends": {func(r *AvailabilityRule) { r.Weekday, r.StartMinute, r.EndMinute = time.Sunday, 1200, 1440+540 }, false},
		"the last night": {func(r *AvailabilityRule) {
			r.Weekday, r.StartMinute, r.EndMinute, r.ValidFrom, r.ValidUntil = time.Sunday, 1200, 1440+545, "2026-01-01", "2026-11-22"
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := goodRule(), goodRule()
			tc.change(&b)
			require.Equal(t, tc.want, a.Overlaps(b))
			require.Equal(t, tc.want, b.Overlaps(a))
		})
	}
}

func TestASlotIsFreeAndHeldByTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	soon := now.Add(time.Hour)
	require.True(t, Slot{Status: SlotOpen, BookableUntil: soon}.Free(now))
	require.False(t, Slot{Status: SlotOpen, BookableUntil: now}.Free(now))
	require.False(t, Slot{Status: SlotBooked, BookableUntil: soon}.Free(now))
	require.False(t, Slot{Status: SlotWithdrawn, BookableUntil: soon}.Free(now))
	require.False(t, Slot{Status: SlotHeld, HeldUntil: &soon, BookableUntil: soon}.Free(now))
	require.True(t, Slot{Status: SlotHeld, HeldUntil: &now, BookableUntil: soon}.Free(now))
	until, ok := Slot{BookableUntil: now.Add(24 * time.Hour)}.HoldUntil(now)
	require.Equal(t, []any{now.Add(2 * time.Hour), true}, []any{until, ok})
	until, ok = Slot{BookableUntil: now.Add(MinHoldTime)}.HoldUntil(now)
	require.Equal(t, []any{now.Add(MinHoldTime), true}, []any{until, ok})
	_, ok = Slot{BookableUntil: now.Add(MinHoldTime - 1)}.HoldUntil(now)
	require.False(t, ok)
}

// Offers must not run out while people sleep, from ten at night to seven in the morning.
func TestTheNightDoesNotCountForAHold(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, Shanghai).UTC()
	}
	far := at(30, 12, 0)
	for name, tc := range map[string]struct{ now, bookable, want time.Time }{
		"in the evening":          {at(23, 20, 0), far, at(23, 22, 0)},
		"late in the evening":     {at(23, 21, 30), far, at(24, 8, 30)},
		"at night":                {at(23, 23, 10), far, at(24, 9, 0)},
		"before dawn":             {at(24, 5, 0), far, at(24, 9, 0)},
		"a talk early next day":   {at(23, 23, 10), at(24, 7, 45), at(24, 7, 45)},
		"a talk of the same hour": {at(23, 21, 30), at(23, 21, 50), at(23, 21, 50)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			until, ok := Slot{BookableUntil: tc.bookable}.HoldUntil(tc.now)
			require.True(t, ok)
			require.Equal(t, tc.want, until)
		})
	}
	for name, tc := range map[string]struct{ now, bookable time.Time }{
		"over before they wake":       {at(23, 23, 10), at(24, 6, 30)},
		"ten minutes after they wake": {at(23, 23, 10), at(24, 7, 10)},
		"a talk of this night":        {at(23, 21, 50), at(23, 23, 30)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ok := Slot{BookableUntil: tc.bookable}.HoldUntil(tc.now)
			require.False(t, ok)
		})
	}
}

func TestTheBufferHoldsAcrossRules(t *testing.T) {
	t.Parallel()
	hour := goodRule()
	hour.EndMinute, hour.SlotMinutes, hour.BufferMinutes = 600, 60, 15
	next := goodRule()
	next.StartMinute = 600
	require.False(t, hour.Overlaps(next))
	require.True(t, hour.TooClose(next))
	require.True(t, next.TooClose(hour))
	next.StartMinute = 615
	require.False(t, hour.TooClose(next))
	hour.SlotMinutes = 45 // its only slot and the buffer end by ten
	next.StartMinute = 600
	require.False(t, hour.TooClose(next))
}

func TestASlotOfTheNightCrossesMidnight(t *testing.T) {
	t.Parallel()
	night := goodRule()
	night.StartMinute, night.EndMinute, night.SlotMinutes = 20*60, 27*60, 60
	night.StartMinute += 30
	require.NoError(t, night.Validate())
	slots := night.SlotsOn("2026-11-23", time.Monday)
	require.Len(t, slots, 6)
	require.Equal(t, time.Date(2026, 11, 23, 23, 30, 0, 0, Shanghai).UTC(), slots[3].StartsAt)
	require.Equal(t, time.Date(2026, 11, 24, 0, 30, 0, 0, Shanghai).UTC(), slots[3].EndsAt)
	require.Empty(t, night.SlotsOn("2026-11-24", time.Tuesday))
	require.Len(t, night.SlotsOn("2026-11-28", time.Monday), 6, "a Saturday on which the county works as on a Monday")
}

func TestBucketsTouchAllOfAStretch(t *testing.T) {
	t.Parallel()
	start := time.Unix(600, 0)
	require.Equal(t, []int{2}, Buckets(start, start.Add(5*time.Minute)))
	require.Equal(t, []int{2, 3}, Buckets(start, start.Add(6*time.Minute)))
	require.Equal(t, []int{2, 3, 4, 5, 6, 7}, Buckets(start, start.Add(30*time.Minute)))
}
