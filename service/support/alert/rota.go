package alert

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/calendar"
)

// rota is what a unit's rota says.
type rota struct {
	shifts    []model.DutyShift
	overrides []model.DutyOverride
	days      calendar.Days // of the county, around the times that are asked for
}

// readRotas reads the rotas of the units of one county, without the overrides that
// are over, and its calendar until gapsAhead.
func readRotas(db *gorm.DB, units []model.ID, now time.Time) (map[model.ID]rota, error) {
	var shifts []model.DutyShift
	if err := db.Where("unit_id IN ?", units).Order("id").Find(&shifts).Error; err != nil {
		return nil, err
	}
	var overrides []model.DutyOverride
	if err := db.Where("unit_id IN ? AND ends_at > ?", units, now).Order("id").Find(&overrides).Error; err != nil {
		return nil, err
	}
	today := model.DateOf(now)
	days, err := calendar.Of(db, units[0], today.AddDays(-1), model.DateOf(now.Add(gapsAhead)))
	if err != nil {
		return nil, err
	}
	rotas := map[model.ID]rota{}
	for _, id := range units {
		rotas[id] = rota{days: days}
	}
	for _, shift := range shifts {
		r := rotas[shift.UnitID]
		r.shifts = append(r.shifts, shift)
		rotas[shift.UnitID] = r
	}
	for _, o := range overrides {
		r := rotas[o.UnitID]
		r.overrides = append(r.overrides, o)
		rotas[o.UnitID] = r
	}
	return rotas, nil
}

// onDuty returns who is on duty at the moment, by layer. An override stands in
// the place of all others of its layer.
func (r rota) onDuty(now time.Time) map[int][]model.ID {
	byLayer := map[int][]model.ID{}
	for _, o := range r.overrides {
		if !now.Before(o.StartsAt) && now.Before(o.EndsAt) {
			byLayer[o.Layer] = append(byLayer[o.Layer], o.AccountID)
		}
	}
	overridden := map[int]bool{}
	for layer := range byLayer {
		overridden[layer] = true
	}
	for _, shift := range r.shifts {
		if !overridden[shift.Layer] && r.covers(shift, now) {
			byLayer[shift.Layer] = append(byLayer[shift.Layer], shift.AccountID)
		}
	}
	return byLayer
}

// covers reports whether the shift is on at the moment: it began today or yesterday.
func (r rota) covers(shift model.DutyShift, now time.Time) bool {
	today := model.DateOf(now)
	for _, day := range []model.Date{today, today.AddDays(-1)} {
		since := now.Sub(shiftStart(shift, day))
		if r.holds(shift, day) && since >= 0 && since < time.Duration(shift.Minutes)*time.Minute {
			return true
		}
	}
	return false
}

func shiftStart(shift model.DutyShift, day model.Date) time.Time {
	return day.Start().Add(time.Duration(shift.StartMinute) * time.Minute)
}

// holds reports whether the shift begins on the day. A working weekend counts as the
// weekday that the calendar says. On a holiday a layer with shifts for holidays has
// these alone; any other layer goes on as in each week, so that none falls silent.
func (r rota) holds(shift model.DutyShift, day model.Date) bool {
	if _, holiday := r.days.Holiday(day); holiday && r.hasHolidays(shift.Layer) {
		return shift.Weekday == model.OnHolidays
	}
	return shift.Weekday == (int(r.days.Weekday(day))+6)%7+1
}

func (r rota) hasHolidays(layer int) bool {
	return slices.ContainsFunc(r.shifts, func(s model.DutyShift) bool { return s.Layer == layer && s.Weekday == model.OnHolidays })
}
