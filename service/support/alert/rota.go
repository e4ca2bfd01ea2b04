package alert

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// rota is what a unit's rota says.
type rota struct {
	shifts    []model.DutyShift
	overrides []model.DutyOverride
}

// readRotas reads the rotas of the units, without the overrides that are over.
func readRotas(db *gorm.DB, units []model.ID, now time.Time) (map[model.ID]rota, error) {
	var shifts []model.DutyShift
	if err := db.Where("unit_id IN ?", units).Order("id").Find(&shifts).Error; err != nil {
		return nil, err
	}
	var overrides []model.DutyOverride
	if err := db.Where("unit_id IN ? AND ends_at > ?", units, now).Order("id").Find(&overrides).Error; err != nil {
		return nil, err
	}
	rotas := map[model.ID]rota{}
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
		if !overridden[shift.Layer] && covers(shift, now) {
			byLayer[shift.Layer] = append(byLayer[shift.Layer], shift.AccountID)
		}
	}
	return byLayer
}

// minutesOfWeek are the minutes of a week; Asia/Shanghai has no daylight saving time.
const minutesOfWeek = 7 * 24 * 60

// covers reports whether the shift is on at the moment.
func covers(shift model.DutyShift, now time.Time) bool {
	local := now.In(model.Shanghai)
	weekday := (int(local.Weekday()) + 6) % 7 // from Monday on
	minute := weekday*24*60 + local.Hour()*60 + local.Minute()
	since := minute - ((shift.Weekday-1)*24*60 + shift.StartMinute)
	return (since+minutesOfWeek)%minutesOfWeek < shift.Minutes
}
