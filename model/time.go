package model

import (
	"time"
	_ "time/tzdata" // a container without zone files must know Shanghai too
)

// Shanghai is the zone of the business day, week and term.
var Shanghai = mustLoadLocation("Asia/Shanghai")

func mustLoadLocation(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // tzdata is embedded: this can't happen
	}
	return loc
}

// Clock tells the time. It is passed at construction, so that tests can set it.
type Clock func() time.Time

// SystemClock is the real time in UTC, cut to the millisecond that the
// database keeps, so that a value read back equals the value written.
func SystemClock() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Instant brings a time from outside to the form we store: UTC, milliseconds.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Date is a business day, YYYY-MM-DD, in Shanghai.
type Date string

// DateOf is the business day on which t falls.
func DateOf(t time.Time) Date { return Date(t.In(Shanghai).Format(time.DateOnly)) }

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Shanghai)
	if err != nil {
		return "", err
	}
	return DateOf(t), nil
}

// Valid reports whether d is a day of the calendar in the form YYYY-MM-DD.
func (d Date) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// Start is the instant at which the day begins in Shanghai, in UTC. d must be valid.
func (d Date) Start() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), Shanghai)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// AddDays is the day n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.Start().In(Shanghai).AddDate(0, 0, n)) }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.Start().In(Shanghai).Weekday() }

// Term is a half-year, as the programme counts: "2026H1" (上半年, January to
// June) or "2026H2" (下半年, July to December).
type Term string

// TermOf is the term in which t falls.
func TermOf(t time.Time) Term {
	local := t.In(Shanghai)
	half := "H1"
	if local.Month() >= time.July {
		half = "H2"
	}
	return Term(local.Format("2006") + half)
}

// Valid reports whether t has the form of a term.
func (t Term) Valid() bool {
	if len(t) != 6 || (t[4:] != "H1" && t[4:] != "H2") {
		return false
	}
	_, err := time.Parse("2006", string(t[:4]))
	return err == nil
}

// AgeOn is the whole years lived on the day by someone born on birth.
func AgeOn(birth, day Date) int {
	b, d := birth.Start().In(Shanghai), day.Start().In(Shanghai)
	age := d.Year() - b.Year()
	if d.Month() < b.Month() || d.Month() == b.Month() && d.Day() < b.Day() {
		age--
	}
	return age
}
