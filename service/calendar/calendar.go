// Package calendar keeps the counties' calendars: the holidays, and the Saturdays
// and Sundays on which people work (调休). It holds no day that is as its weekday
// says. A unit has the calendar of its county.
//
// What respects it: counselling opens no slots on a holiday, and on a working
// Saturday those of the weekday as which it counts; a session on a holiday is
// shown with its name and takes place; nudges, and reminders of sessions that begin
// after it, wait until the holiday is over.
// Talks that are booked, alerts, calls and their deadlines know no holidays.
package calendar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Days are the days of a calendar by date.
type Days map[model.Date]model.CalendarDay

// Of reads the days from one to another, both included, that the unit's county keeps.
func Of(db *gorm.DB, unitID model.ID, from, to model.Date) (Days, error) {
	var rows []model.CalendarDay
	err := db.Where(store.Above("calendar_days.unit_id", []model.ID{unitID})).Where("on_date BETWEEN ? AND ?", from, to).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the calendar: %w", err)
	}
	return store.Keyed(rows, func(d model.CalendarDay) (model.Date, model.CalendarDay) { return d.OnDate, d }), nil
}

// Holiday returns the name of the holiday on the day, and whether it is one.
func (d Days) Holiday(day model.Date) (string, bool) {
	c, ok := d[day]
	return c.Name, ok && c.Kind == model.CalendarHoliday
}

// Weekday returns the day of the week as which the day counts.
func (d Days) Weekday(day model.Date) time.Weekday {
	if c, ok := d[day]; ok && c.Weekday != nil {
		return *c.Weekday
	}
	return day.Weekday()
}

// Place is a unit on a day.
type Place struct {
	UnitID model.ID
	Date   model.Date
}

// Holidays returns the names of the holidays that the counties of the units have, by unit and day.
func Holidays(db *gorm.DB, places []Place) (map[Place]string, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var rows []struct {
		Place
		Name string
	}
	err := db.Table("calendar_days AS d").Joins(store.JoinBelow("k", "d.unit_id")).
		Where("k.unit_id IN ? AND d.on_date IN ? AND d.kind = ?", store.Distinct(store.Each(places, func(p Place) model.ID { return p.UnitID })),
			store.Distinct(store.Each(places, func(p Place) model.Date { return p.Date })), model.CalendarHoliday).
		Select("k.unit_id, d.on_date AS date, d.name").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	names := map[Place]string{}
	for _, r := range rows {
		names[r.Place] = r.Name
	}
	return names, nil
}

// openingHour is when what waited for the end of a holiday is done.
const openingHour = 8 * time.Hour

// longestHoliday bounds the days that AfterHoliday looks ahead.
const longestHoliday = 60

// AfterHoliday is now, or where the unit's county has a holiday now eight in the
// morning of the first day after it.
func AfterHoliday(db *gorm.DB, unitID model.ID, now time.Time) (time.Time, error) {
	today := model.DateOf(now)
	days, err := Of(db, unitID, today, today.AddDays(longestHoliday))
	if err != nil {
		return now, err
	}
	day := today
	for _, holiday := days.Holiday(day); holiday && day < today.AddDays(longestHoliday); _, holiday = days.Holiday(day) {
		day = day.AddDays(1)
	}
	if day == today {
		return now, nil
	}
	return day.Start().Add(openingHour), nil
}

// AfterWorkingDays is the same time of day as from, that many working days of the
// unit's county later. It looks no further than longestHoliday days ahead.
func AfterWorkingDays(db *gorm.DB, unitID model.ID, from time.Time, working int) (time.Time, error) {
	day := model.DateOf(from)
	last := day.AddDays(longestHoliday)
	days, err := Of(db, unitID, day, last)
	if err != nil {
		return from, err
	}
	passed := 0
	for passed < working && day < last {
		day = day.AddDays(1)
		if days.working(day) {
			passed++
		}
	}
	return day.Start().Add(from.Sub(model.DateOf(from).Start())), nil
}

// working reports whether people work on the day.
func (d Days) working(day model.Date) bool {
	if c, ok := d[day]; ok {
		return c.Kind == model.CalendarWorking
	}
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}

// Service lets counties edit their calendars. It is safe for concurrent use.
type Service struct {
	store   *store.Store
	changed func(ctx context.Context, county model.ID)
}

// New makes the service.
func New(st *store.Store) *Service {
	return &Service{store: st, changed: func(context.Context, model.ID) {}}
}

// OnChange sets who is told, after the commit, that the calendar of a county has
// changed. Call it before the first Set.
func (s *Service) OnChange(changed func(ctx context.Context, county model.ID)) { s.changed = changed }

// Day is a day that differs from what its weekday says.
type Day struct {
	Date    model.Date         `json:"date" maxLength:"10" doc:"YYYY-MM-DD"`
	Kind    model.CalendarKind `json:"kind"`
	Weekday *int               `json:"weekday,omitempty" minimum:"0" maximum:"6" doc:"Of a working day: the weekday as which it counts, 0 is Sunday; absent: its own"`
	Name    string             `json:"name" minLength:"1" maxLength:"20" doc:"As people call it, such as 国庆节"`
}

// Year is a year's list of a county.
type Year struct {
	UnitID    model.ID `json:"unitId" doc:"The county"`
	Year      int      `json:"year"`
	Version   int      `json:"version" doc:"Send it back with a change; 0 where nothing was entered yet"`
	Days      []Day    `json:"days" doc:"In order"`
	Published []Day    `json:"published,omitempty" doc:"What the State Council has published for the year, where the program knows it and nothing was entered yet"`
}

// maxDays bounds a year's list.
const maxDays = 150

// Get returns a year of the calendar of the county in which the unit stands. The
// actor sees a unit at, above or below one at which they hold any role.
func (s *Service) Get(ctx context.Context, actor model.Actor, unitID model.ID, year int) (Year, error) {
	db, now := s.store.Read(ctx), s.store.Now()
	at := actor.UnitsAs(now, slices.Concat(model.Staff, model.Families)...)
	if _, err := unit.Get(db, unitID, unit.Around(at...)); err != nil {
		return Year{}, err
	}
	root, err := unit.RootOf(db, unitID)
	if err != nil {
		return Year{}, err
	}
	return read(db, root.ID, year)
}

func read(db *gorm.DB, county model.ID, year int) (Year, error) {
	v := Year{UnitID: county, Year: year, Days: []Day{}}
	var rows []model.CalendarYear
	if err := db.Where("unit_id = ? AND year = ?", county, year).Find(&rows).Error; err != nil {
		return v, fmt.Errorf("read a year of the calendar: %w", err)
	}
	if len(rows) == 0 {
		v.Published = Published(year)
		return v, nil
	}
	v.Version = rows[0].Version
	var days []model.CalendarDay
	if err := db.Where("unit_id = ? AND year = ?", county, year).Order("on_date").Find(&days).Error; err != nil {
		return v, fmt.Errorf("read the days of a year: %w", err)
	}
	v.Days = store.Each(days, func(d model.CalendarDay) Day {
		day := Day{Date: d.OnDate, Kind: d.Kind, Name: d.Name}
		if d.Weekday != nil {
			as := int(*d.Weekday)
			day.Weekday = &as
		}
		return day
	})
	return v, nil
}

// Change is a new list of a year.
type Change struct {
	Version int   `json:"version" minimum:"0" doc:"The version that the change was made to; 0 where nothing was entered yet"`
	Days    []Day `json:"days" maxItems:"150"`
}

// Set replaces a year's list of a county that the actor manages. A list that has
// changed since it was seen is refused with version_conflict, whose details are
// the list as it stands. Slots follow at once (OnChange), where that takes too long
// within minutes; what is booked stays booked.
func (s *Service) Set(ctx context.Context, actor model.Actor, unitID model.ID, year int, in Change) (Year, error) {
	rows, err := rowsOf(unitID, year, in.Days)
	if err != nil {
		return Year{}, err
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.mustManage(tx, actor, unitID); err != nil {
			return err
		}
		if err := s.raise(tx, unitID, year, in.Version); err != nil {
			return err
		}
		if err := tx.Where("unit_id = ? AND year = ?", unitID, year).Delete(&model.CalendarDay{}).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		err := tx.Create(&rows).Error
		if store.IsDuplicate(err) {
			return model.Conflict("calendar_day_twice", "有一天已经在另一年的安排里，请先从那一年去掉")
		}
		return err
	})
	if err != nil {
		return Year{}, err
	}
	s.changed(ctx, unitID)
	return read(s.store.Read(ctx), unitID, year)
}

// Read returns what a list says that was pasted for a county that the actor
// manages (parse). It keeps nothing.
func (s *Service) Read(ctx context.Context, actor model.Actor, unitID model.ID, year int, lines string) ([]Day, error) {
	if err := s.mustManage(s.store.Read(ctx), actor, unitID); err != nil {
		return nil, err
	}
	return parse(year, lines)
}

func (s *Service) mustManage(db *gorm.DB, actor model.Actor, county model.ID) error {
	_, err := unit.Get(db, county, unit.Roots(), unit.Below(actor.UnitsAs(s.store.Now(), model.RoleManager)...))
	return err
}

// raise gives the year's list its next version.
func (s *Service) raise(tx *gorm.DB, unitID model.ID, year, seen int) error {
	next := model.CalendarYear{UnitID: unitID, Year: year, Version: seen + 1, UpdatedAt: s.store.Now()}
	conflict := func() error {
		current, err := read(tx, unitID, year)
		if err != nil {
			return err
		}
		return model.Conflict("version_conflict", "这一年的安排已被他人修改，请对照后再改").WithDetails(current)
	}
	if seen == 0 {
		err := tx.Create(&next).Error
		if store.IsDuplicate(err) {
			return conflict()
		}
		return err
	}
	res := tx.Model(&model.CalendarYear{}).Where("unit_id = ? AND year = ? AND version = ?", unitID, year, seen).
		Updates(map[string]any{"version": next.Version, "updated_at": next.UpdatedAt})
	if res.Error == nil && res.RowsAffected == 0 {
		return conflict()
	}
	return res.Error
}

// The years of which a calendar is kept.
const (
	firstYear = 2020
	lastYear  = 2099
)

// rowsOf are the rows of the days, checked.
func rowsOf(unitID model.ID, year int, days []Day) ([]model.CalendarDay, error) {
	if year < firstYear || year > lastYear {
		return nil, model.Invalid("year", "year_out_of_range", "年份应在2020到2099之间")
	}
	if len(days) > maxDays {
		return nil, model.Invalid("days", "days_too_many", "一年的安排最多150天")
	}
	seen := map[model.Date]bool{}
	rows := make([]model.CalendarDay, len(days))
	for i, d := range days {
		rows[i] = model.CalendarDay{UnitID: unitID, OnDate: d.Date, Year: year, Kind: d.Kind, Name: strings.TrimSpace(d.Name)}
		if d.Weekday != nil {
			as := time.Weekday(*d.Weekday)
			rows[i].Weekday = &as
		}
		if err := rows[i].Validate(); err != nil {
			return nil, err
		}
		if seen[d.Date] {
			return nil, model.Invalid("days", "calendar_day_repeated", "同一天写了两次")
		}
		seen[d.Date] = true
	}
	return rows, nil
}

// Seed writes a year's list of a county, for the demo.
func Seed(tx *gorm.DB, unitID model.ID, year int, now time.Time, days []Day) error {
	rows, err := rowsOf(unitID, year, days)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := tx.Create(&model.CalendarYear{UnitID: unitID, Year: year, Version: 1, UpdatedAt: now}).Error; err != nil {
		return err
	}
	return tx.Create(&rows).Error
}
