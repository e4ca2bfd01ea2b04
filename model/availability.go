package model

import "time"

// AvailabilityRule is a weekly opening of a counsellor, in Shanghai time. The
// slot job turns rules into slots.
type AvailabilityRule struct {
	ID            ID `gorm:"primaryKey;autoIncrement:false"`
	CounsellorID  ID
	RoomID        ID
	Mode          CounselMode
	Weekday       time.Weekday // 0 is Sunday
	StartMinute   int          // of the day
	EndMinute     int          // of the same day, exclusive; beyond MinutesPerDay on the next
	SlotMinutes   int
	BufferMinutes int // kept free after each slot
	LeadMinutes   int // how long before its start a slot can still be booked
	HorizonDays   int // how many days ahead slots are opened
	ValidFrom     Date
	ValidUntil    Date // inclusive; empty: for good
	CreatedAt     time.Time
	EndedAt       *time.Time
}

// AvailabilityException is a stretch of time, of hours or weeks, in which a counsellor is away.
type AvailabilityException struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	CounsellorID ID
	OnDate       Date // the first day
	UntilDate    Date // the last day
	StartMinute  int  // of the first day
	EndMinute    int  // of the last day, exclusive
	Reason       string
	CreatedAt    time.Time
}

// Bounds of availability rules.
const (
	MinutesPerDay  = 24 * 60
	MaxHorizonDays = 60
	MaxSlotMinutes = 4 * 60
	MaxLeadMinutes = 14 * MinutesPerDay
	// MaxAwayDays is how long a counsellor can be away in one exception.
	MaxAwayDays = 366
)

// Validate reports the first input that breaks a rule. All minutes but the
// lead stand on the grid of BucketMinutes.
func (r AvailabilityRule) Validate() error {
	switch {
	case !r.Mode.Valid():
		return Invalid("mode", "mode_unknown", "没有这种咨询方式")
	case r.Weekday < time.Sunday || r.Weekday > time.Saturday:
		return Invalid("weekday", "weekday_unknown", "星期应为0（周日）到6（周六）")
	case r.SlotMinutes < BucketMinutes || r.SlotMinutes > MaxSlotMinutes || r.SlotMinutes%BucketMinutes != 0:
		return Invalid("slotMinutes", "minutes_off_grid", "每次时长应为5分钟的倍数，最长4小时")
	case r.BufferMinutes < 0 || r.BufferMinutes > MaxSlotMinutes || r.BufferMinutes%BucketMinutes != 0:
		return Invalid("bufferMinutes", "minutes_off_grid", "间隔应为5分钟的倍数，最长4小时")
	case r.LeadMinutes < 0 || r.LeadMinutes > MaxLeadMinutes:
		return Invalid("leadMinutes", "lead_out_of_range", "提前预约时间不能超过14天")
	case r.HorizonDays < 1 || r.HorizonDays > MaxHorizonDays:
		return Invalid("horizonDays", "horizon_out_of_range", "开放预约的天数应为1到60天")
	}
	if err := validateMinutes(r.StartMinute, r.EndMinute, r.StartMinute+MinutesPerDay); err != nil {
		return err
	}
	if r.EndMinute <= r.StartMinute {
		return errEndsBeforeStart
	}
	if r.EndMinute-r.StartMinute < r.SlotMinutes {
		return Invalid("endMinute", "shorter_than_slot", "开放时段放不下一次咨询")
	}
	if !r.ValidFrom.Valid() {
		return Invalid("validFrom", "date_malformed", "日期格式应为YYYY-MM-DD")
	}
	if r.ValidUntil != "" && !r.ValidUntil.Valid() {
		return Invalid("validUntil", "date_malformed", "日期格式应为YYYY-MM-DD")
	}
	if r.ValidUntil != "" && r.ValidUntil < r.ValidFrom {
		return Invalid("validUntil", "ends_before_start", "结束日期不能早于开始日期")
	}
	return nil
}

// Overlaps reports whether two rules of one counsellor would open the same
// time in some week.
func (r AvailabilityRule) Overlaps(o AvailabilityRule) bool {
	return r.meets(o, r.EndMinute, o.EndMinute)
}

// TooClose reports whether a slot of one of two rules would begin within the
// buffer after the last slot of the other.
func (r AvailabilityRule) TooClose(o AvailabilityRule) bool {
	return r.meets(o, r.busyUntil(), o.busyUntil())
}

// busyUntil is the minute at which the buffer after the last slot ends.
func (r AvailabilityRule) busyUntil() int {
	times := (r.EndMinute - r.StartMinute + r.BufferMinutes) / (r.SlotMinutes + r.BufferMinutes)
	return r.StartMinute + times*(r.SlotMinutes+r.BufferMinutes)
}

// meets reports whether the rules, each until its minute, share time in a week in
// which both hold. A rule that runs past midnight holds a day longer.
func (r AvailabilityRule) meets(o AvailabilityRule, until, otherUntil int) bool {
	const week = 7 * MinutesPerDay
	start, otherStart := int(r.Weekday)*MinutesPerDay+r.StartMinute, int(o.Weekday)*MinutesPerDay+o.StartMinute
	end, otherEnd := start+until-r.StartMinute, otherStart+otherUntil-o.StartMinute
	for _, shift := range []int{-week, 0, week} {
		if start < otherEnd+shift && otherStart+shift < end {
			return (r.ValidUntil == "" || o.ValidFrom <= lastDay(r.ValidUntil, until)) && (o.ValidUntil == "" || r.ValidFrom <= lastDay(o.ValidUntil, otherUntil))
		}
	}
	return false
}

func lastDay(day Date, until int) Date {
	return day.AddDays((until - 1) / MinutesPerDay)
}

// InForce reports whether the rule opens slots on the day, which is taken for
// the day of the week as: the county may work on a Saturday as on a Monday.
func (r AvailabilityRule) InForce(day Date, as time.Weekday) bool {
	return r.EndedAt == nil && as == r.Weekday && r.ValidFrom <= day && (r.ValidUntil == "" || day <= r.ValidUntil)
}

// SlotsOn are the slots that the rule opens from the day on, taken for the day of
// the week as, in order and without ids; the last ones may begin on the next day.
// Shanghai has no daylight saving time: a minute of the day is always the same stretch after midnight.
func (r AvailabilityRule) SlotsOn(day Date, as time.Weekday) []Slot {
	if !r.InForce(day, as) {
		return nil
	}
	var list []Slot
	midnight := day.Start()
	for m := r.StartMinute; m+r.SlotMinutes <= r.EndMinute; m += r.SlotMinutes + r.BufferMinutes {
		start := midnight.Add(time.Duration(m) * time.Minute)
		list = append(list, Slot{
			RuleID: r.ID, CounsellorID: r.CounsellorID, RoomID: r.RoomID, Mode: r.Mode, StartsAt: start,
			EndsAt:        start.Add(time.Duration(r.SlotMinutes) * time.Minute),
			BookableUntil: start.Add(-time.Duration(r.LeadMinutes) * time.Minute), Status: SlotOpen,
			Buffer: time.Duration(r.BufferMinutes) * time.Minute,
		})
	}
	return list
}

// Validate reports the first input that breaks a rule.
func (e AvailabilityException) Validate() error {
	switch {
	case !e.OnDate.Valid():
		return Invalid("onDate", "date_malformed", "日期格式应为YYYY-MM-DD")
	case !e.UntilDate.Valid():
		return Invalid("untilDate", "date_malformed", "日期格式应为YYYY-MM-DD")
	case e.UntilDate < e.OnDate:
		return Invalid("untilDate", "ends_before_start", "结束日期不能早于开始日期")
	case e.UntilDate > e.OnDate.AddDays(MaxAwayDays-1):
		return Invalid("untilDate", "away_too_long", "一次最多停约一年，请分几次填写")
	}
	if err := validateMinutes(e.StartMinute, e.EndMinute, MinutesPerDay); err != nil {
		return err
	}
	if e.OnDate == e.UntilDate && e.EndMinute <= e.StartMinute {
		return errEndsBeforeStart
	}
	return nil
}

// Stretch is the time of the exception.
func (e AvailabilityException) Stretch() (from, to time.Time) {
	return e.OnDate.Start().Add(time.Duration(e.StartMinute) * time.Minute), e.UntilDate.Start().Add(time.Duration(e.EndMinute) * time.Minute)
}

// Covers reports whether the slot touches the exception.
func (e AvailabilityException) Covers(s Slot) bool {
	from, to := e.Stretch()
	return s.StartsAt.Before(to) && from.Before(s.EndsAt)
}

var errEndsBeforeStart = Invalid("endMinute", "ends_before_start", "结束时间应晚于开始时间")

// validateMinutes refuses what is off the grid, a start beyond a day and an end beyond latest.
func validateMinutes(start, end, latest int) error {
	switch {
	case start < 0 || start >= MinutesPerDay || start%BucketMinutes != 0:
		return Invalid("startMinute", "minutes_off_grid", "开始时间应在一天之内，并为5分钟的倍数")
	case end < BucketMinutes || end > latest || end%BucketMinutes != 0:
		return Invalid("endMinute", "minutes_off_grid", "结束时间应在一天之内，并为5分钟的倍数")
	}
	return nil
}
