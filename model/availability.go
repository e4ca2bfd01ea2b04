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
	EndMinute     int          // of the day, exclusive
	SlotMinutes   int
	BufferMinutes int // kept free after each slot
	LeadMinutes   int // how long before its start a slot can still be booked
	HorizonDays   int // how many days ahead slots are opened
	ValidFrom     Date
	ValidUntil    Date // inclusive; empty: for good
	CreatedAt     time.Time
	EndedAt       *time.Time
}

// AvailabilityException is a stretch of a day on which a counsellor is away.
type AvailabilityException struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	CounsellorID ID
	OnDate       Date
	StartMinute  int
	EndMinute    int
	Reason       string
	CreatedAt    time.Time
}

// Bounds of availability rules.
const (
	MinutesPerDay  = 24 * 60
	MaxHorizonDays = 60
	MaxSlotMinutes = 4 * 60
	MaxLeadMinutes = 14 * MinutesPerDay
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
	if err := validateMinutes(r.StartMinute, r.EndMinute); err != nil {
		return err
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
// time on some day.
func (r AvailabilityRule) Overlaps(o AvailabilityRule) bool {
	return r.Weekday == o.Weekday && r.StartMinute < o.EndMinute && o.StartMinute < r.EndMinute &&
		(r.ValidUntil == "" || o.ValidFrom <= r.ValidUntil) && (o.ValidUntil == "" || r.ValidFrom <= o.ValidUntil)
}

// InForce reports whether the rule opens slots on the day.
func (r AvailabilityRule) InForce(day Date) bool {
	return r.EndedAt == nil && day.Weekday() == r.Weekday && r.ValidFrom <= day && (r.ValidUntil == "" || day <= r.ValidUntil)
}

// SlotsOn are the slots that the rule opens on the day, in order, without ids.
// Shanghai has no daylight saving time: a minute of the day is always the same stretch after midnight.
func (r AvailabilityRule) SlotsOn(day Date) []Slot {
	if !r.InForce(day) {
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
		})
	}
	return list
}

// Validate reports the first input that breaks a rule.
func (e AvailabilityException) Validate() error {
	if !e.OnDate.Valid() {
		return Invalid("onDate", "date_malformed", "日期格式应为YYYY-MM-DD")
	}
	return validateMinutes(e.StartMinute, e.EndMinute)
}

// Stretch is the time of the exception.
func (e AvailabilityException) Stretch() (from, to time.Time) {
	midnight := e.OnDate.Start()
	return midnight.Add(time.Duration(e.StartMinute) * time.Minute), midnight.Add(time.Duration(e.EndMinute) * time.Minute)
}

// Covers reports whether the slot touches the exception.
func (e AvailabilityException) Covers(s Slot) bool {
	from, to := e.Stretch()
	return s.StartsAt.Before(to) && from.Before(s.EndsAt)
}

func validateMinutes(start, end int) error {
	switch {
	case start < 0 || start >= MinutesPerDay || start%BucketMinutes != 0:
		return Invalid("startMinute", "minutes_off_grid", "开始时间应在一天之内，并为5分钟的倍数")
	case end > MinutesPerDay || end%BucketMinutes != 0:
		return Invalid("endMinute", "minutes_off_grid", "结束时间应在一天之内，并为5分钟的倍数")
	case end <= start:
		return Invalid("endMinute", "ends_before_start", "结束时间应晚于开始时间")
	}
	return nil
}
