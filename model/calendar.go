package model

import (
	"slices"
	"time"
	"unicode/utf8"
)

// CalendarKind is how a day differs from what its weekday says.
type CalendarKind string

// The kinds of days.
const (
	CalendarHoliday CalendarKind = "holiday"
	CalendarWorking CalendarKind = "working" // a Saturday or Sunday on which people work (调休)
)

// Valid reports whether k is a known kind.
func (k CalendarKind) Valid() bool { return slices.Contains(k.Values(), k) }

// CalendarDay is a day of a county's calendar that differs from what its weekday says.
type CalendarDay struct {
	UnitID  ID   `gorm:"primaryKey;autoIncrement:false"` // the county
	OnDate  Date `gorm:"primaryKey"`
	Year    int  // of the list in which it stands
	Kind    CalendarKind
	Weekday *time.Weekday // as which a working day counts; nil: as its own
	Name    string
}

// CalendarYear is a year's list of a county's calendar.
type CalendarYear struct {
	UnitID    ID  `gorm:"primaryKey;autoIncrement:false"`
	Year      int `gorm:"primaryKey;autoIncrement:false"`
	Version   int
	UpdatedAt time.Time
}

// MaxCalendarName bounds the name of a day, in characters.
const MaxCalendarName = 20

// Validate reports the first input of a day that breaks a rule. A list of a year
// may begin in the December before, as the New Year's holiday does.
func (d CalendarDay) Validate() error {
	if !d.OnDate.Valid() {
		return Invalid("days", "date_malformed", "日期格式应为YYYY-MM-DD")
	}
	name, plain := TitleText(d.Name)
	if year := d.OnDate.Start().In(Shanghai).AddDate(0, 1, 0).Year(); year != d.Year && d.OnDate.Start().In(Shanghai).Year() != d.Year {
		return Invalid("days", "date_of_another_year", "日期不在这一年里")
	}
	switch {
	case !d.Kind.Valid():
		return Invalid("days", "calendar_kind_unknown", "请说明是放假还是上班")
	case !plain || name != d.Name || utf8.RuneCountInString(name) > MaxCalendarName:
		return Invalid("days", "calendar_name_malformed", "名称应是一行文字，最多20个字")
	case d.Weekday != nil && d.Kind != CalendarWorking:
		return Invalid("days", "weekday_of_holiday", "放假的日子不能按星期几上班")
	case d.Weekday != nil && (*d.Weekday < time.Sunday || *d.Weekday > time.Saturday):
		return Invalid("days", "weekday_unknown", "星期应为0（周日）到6（周六）")
	}
	return nil
}
