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
		"beyond midnight":    {func(r *AvailabilityRule) { r.EndMinute = 1445 }, "endMinute"},
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
		"the same":         {func(*AvailabilityRule) {}, true},
		"inside":           {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 600, 605 }, true},
		"right behind":     {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 660, 700 }, false},
		"right before":     {func(r *AvailabilityRule) { r.StartMinute, r.EndMinute = 500, 540 }, false},
		"another day":      {func(r *AvailabilityRule) { r.Weekday = time.Tuesday }, false},
		"until before":     {func(r *AvailabilityRule) { r.ValidFrom, r.ValidUntil = "2026-01-01", "2026-11-22" }, false},
		"until the first":  {func(r *AvailabilityRule) { r.ValidFrom, r.ValidUntil = "2026-01-01", "2026-11-23" }, true},
		"later, no ending": {func(r *AvailabilityRule) { r.ValidFrom = "2030-01-01" }, true},
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

func TestBucketsTouchAllOfAStretch(t *testing.T) {
	t.Parallel()
	start := time.Unix(600, 0)
	require.Equal(t, []int{2}, Buckets(start, start.Add(5*time.Minute)))
	require.Equal(t, []int{2, 3}, Buckets(start, start.Add(6*time.Minute)))
	require.Equal(t, []int{2, 3, 4, 5, 6, 7}, Buckets(start, start.Add(30*time.Minute)))
}
