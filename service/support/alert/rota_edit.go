package alert

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Bounds of a rota.
const (
	maxShifts    = 200
	maxOverrides = 100
	maxLayers    = 5
	// maxOverride is the longest that one override lasts.
	maxOverride = 92 * 24 * time.Hour
	// gapsAhead is how far the gaps of a rota are looked for.
	gapsAhead = 14 * 24 * time.Hour
)

var (
	errNotDuty       = model.Invalid("shifts", "not_on_duty", "排班中有人不是本单位或上级单位的值班人员")
	errOverrideEnds  = model.Invalid("overrides", "override_ends_before_start", "替班的结束时间必须在开始时间之后，最长92天")
	errRotaTooLong   = model.Invalid("shifts", "rota_too_long", fmt.Sprintf("最多%d个班次、%d次替班", maxShifts, maxOverrides))
	errRotaIsChanged = model.Conflict("version_conflict", "排班已被他人修改，请对照后再改")
)

// Shift is a weekly rule of a rota.
type Shift struct {
	Layer       int      `json:"layer" minimum:"1" maximum:"5" doc:"The next layer is told where this one is silent"`
	AccountID   model.ID `json:"accountId"`
	Weekday     int      `json:"weekday" minimum:"1" maximum:"8" doc:"1 is Monday, 8 the holidays of the county's calendar: on them a layer with such shifts has these alone. A working weekend counts as the weekday that the calendar says"`
	StartMinute int      `json:"startMinute" minimum:"0" maximum:"1439" doc:"Of the day, in Asia/Shanghai"`
	Minutes     int      `json:"minutes" minimum:"15" maximum:"1440" doc:"How long it lasts; it may end on the next day"`
}

// Override puts an account in the place of who else is on duty in a layer.
type Override struct {
	Layer     int       `json:"layer" minimum:"1" maximum:"5"`
	AccountID model.ID  `json:"accountId"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt" doc:"At most 92 days later"`
}

// Span is a time, the end not included.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Rota is who is on duty at a unit.
type Rota struct {
	UnitID    model.ID            `json:"unitId"`
	Version   int                 `json:"version" doc:"0 where there is no rota yet"`
	Shifts    []Shift             `json:"shifts"`
	Overrides []Override          `json:"overrides" doc:"Those that are not over"`
	Now       []model.ID          `json:"now" doc:"Who is on duty now, in any layer"`
	Gaps      []Span              `json:"gaps" doc:"When nobody of the rota is on duty in the coming 14 days: the unit above is told at once then"`
	Uncovered []Span              `json:"uncovered" doc:"When nobody of the rotas above is on duty either: everybody on duty is told then"`
	Names     map[model.ID]string `json:"names" doc:"Of the accounts of the rota"`
}

// RotaIn is a rota as a manager writes it.
type RotaIn struct {
	Version   int        `json:"version" minimum:"0" doc:"The one that was seen"`
	Shifts    []Shift    `json:"shifts" maxItems:"200"`
	Overrides []Override `json:"overrides" maxItems:"100"`
}

// Rota returns the rota of a unit to those on duty and the managers at the unit or above.
func (s *Service) Rota(ctx context.Context, actor model.Actor, unitID model.ID) (Rota, error) {
	db := s.store.Read(ctx)
	if _, err := unit.Get(db, unitID, unit.Below(actor.UnitsAs(s.store.Now(), model.AlertReaders...)...)); err != nil {
		return Rota{}, err
	}
	return s.rota(db, unitID)
}

// SetRota replaces the rota of a unit that the actor manages. One that was
// changed since the version that was seen is refused with version_conflict,
// whose details are the rota as it is.
func (s *Service) SetRota(ctx context.Context, actor model.Actor, unitID model.ID, in RotaIn) (Rota, error) {
	if err := checkRota(in); err != nil {
		return Rota{}, err
	}
	var after Rota
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		if _, err := unit.Get(tx, unitID, unit.Below(actor.UnitsAs(now, model.RoleManager)...), unit.InUse()); err != nil {
			return err
		}
		if err := s.mayStaff(tx, actor, unitID, in, now); err != nil {
			return err
		}
		if err := s.countVersion(tx, actor, unitID, in.Version); err != nil {
			return err
		}
		for _, of := range []any{&model.DutyShift{}, &model.DutyOverride{}} {
			if err := tx.Where("unit_id = ?", unitID).Delete(of).Error; err != nil {
				return err
			}
		}
		if shifts := s.shiftRows(unitID, in.Shifts); len(shifts) > 0 {
			if err := tx.Create(&shifts).Error; err != nil {
				return err
			}
		}
		if overrides := s.overrideRows(unitID, in.Overrides); len(overrides) > 0 {
			if err := tx.Create(&overrides).Error; err != nil {
				return err
			}
		}
		var err error
		after, err = s.rota(tx, unitID)
		return err
	})
	return after, err
}

func checkRota(in RotaIn) error {
	if len(in.Shifts) > maxShifts || len(in.Overrides) > maxOverrides {
		return errRotaTooLong
	}
	for _, o := range in.Overrides {
		if lasts := o.EndsAt.Sub(o.StartsAt); lasts <= 0 || lasts > maxOverride {
			return errOverrideEnds
		}
	}
	return nil
}

// mayStaff returns unit_not_found unless the actor manages the unit or one above
// it still, whom their login may remember for a moment after the post was lost, and
// not_on_duty unless all accounts hold their post there.
func (s *Service) mayStaff(tx *gorm.DB, actor model.Actor, unitID model.ID, in RotaIn, now time.Time) error {
	units, err := unit.ListIDs(tx, unit.Above(unitID))
	if err != nil {
		return err
	}
	managers, err := s.atAny(tx, units, now, model.RoleManager)
	if err != nil {
		return err
	}
	if !managers[actor.AccountID] {
		return model.NotFound("unit")
	}
	onDuty, err := s.atAny(tx, units, now, model.RoleDuty)
	if err != nil {
		return err
	}
	asked := slices.Concat(store.Each(in.Shifts, func(r Shift) model.ID { return r.AccountID }), store.Each(in.Overrides, func(r Override) model.ID { return r.AccountID }))
	if slices.ContainsFunc(asked, func(account model.ID) bool { return !onDuty[account] }) {
		return errNotDuty
	}
	return nil
}

// atAny returns who holds the role at any of the units.
func (s *Service) atAny(tx *gorm.DB, units []model.ID, now time.Time, role model.Role) (map[model.ID]bool, error) {
	holders, err := s.accounts.Holders(tx, units, now, role)
	return store.Set(slices.Concat(slices.Collect(maps.Values(holders))...)), err
}

// countVersion makes the rota's next version, if it still has the one that was seen.
func (s *Service) countVersion(tx *gorm.DB, actor model.Actor, unitID model.ID, seen int) error {
	row := model.DutyRota{UnitID: unitID, Version: seen + 1, UpdatedAt: s.store.Now(), UpdatedBy: actor.AccountID}
	var err error
	if seen == 0 {
		err = tx.Create(&row).Error
	} else {
		err = store.Changed(tx.Model(&row).Where("version = ?", seen).Select("version", "updated_at", "updated_by").Updates(&row), errRotaIsChanged)
	}
	if store.IsDuplicate(err) {
		err = errRotaIsChanged
	}
	if model.KindOf(err) != model.KindConflict {
		return err
	}
	current, readErr := s.rota(tx, unitID)
	if readErr != nil {
		return readErr
	}
	return errRotaIsChanged.WithDetails(current)
}

func (s *Service) shiftRows(unitID model.ID, shifts []Shift) []model.DutyShift {
	return store.Each(shifts, func(r Shift) model.DutyShift {
		return model.DutyShift{ID: s.store.NewID(), UnitID: unitID, Layer: r.Layer, AccountID: r.AccountID, Weekday: r.Weekday, StartMinute: r.StartMinute, Minutes: r.Minutes}
	})
}

func (s *Service) overrideRows(unitID model.ID, overrides []Override) []model.DutyOverride {
	return store.Each(overrides, func(r Override) model.DutyOverride {
		return model.DutyOverride{ID: s.store.NewID(), UnitID: unitID, Layer: r.Layer, AccountID: r.AccountID, StartsAt: r.StartsAt.UTC(), EndsAt: r.EndsAt.UTC()}
	})
}

// rota reads a unit's rota.
func (s *Service) rota(db *gorm.DB, unitID model.ID) (Rota, error) {
	now := s.store.Now()
	var head model.DutyRota
	if err := db.Where("unit_id = ?", unitID).Limit(1).Find(&head).Error; err != nil {
		return Rota{}, err
	}
	uncovered, rotas, err := s.uncovered(db, unitID, now)
	if err != nil {
		return Rota{}, err
	}
	r := rotas[unitID]
	view := Rota{UnitID: unitID, Version: head.Version, Now: []model.ID{}, Gaps: r.gaps(now, now.Add(gapsAhead)), Uncovered: uncovered,
		Shifts: store.Each(r.shifts, func(d model.DutyShift) Shift {
			return Shift{Layer: d.Layer, AccountID: d.AccountID, Weekday: d.Weekday, StartMinute: d.StartMinute, Minutes: d.Minutes}
		}),
		Overrides: store.Each(r.overrides, func(d model.DutyOverride) Override {
			return Override{Layer: d.Layer, AccountID: d.AccountID, StartsAt: d.StartsAt.UTC(), EndsAt: d.EndsAt.UTC()}
		}),
	}
	accounts := slices.Concat(store.Each(view.Shifts, func(r Shift) model.ID { return r.AccountID }), store.Each(view.Overrides, func(r Override) model.ID { return r.AccountID }))
	for _, on := range r.onDuty(now) {
		view.Now = append(view.Now, on...)
	}
	view.Now = store.Distinct(view.Now)
	view.Names, err = s.accounts.Names(db, store.Distinct(accounts))
	return view, err
}

// gaps returns when nobody of the rota is on duty from the one time to the
// other. A rota without shifts is none, and has no gaps.
func (r rota) gaps(from, until time.Time) []Span {
	gaps := []Span{}
	if len(r.shifts) == 0 {
		return gaps
	}
	// Who is on duty changes at these times only.
	times := []time.Time{from}
	for day := model.DateOf(from).AddDays(-1); day.Start().Before(until); day = day.AddDays(1) {
		for _, s := range r.shifts {
			if r.holds(s, day) {
				start := shiftStart(s, day)
				times = append(times, start, start.Add(time.Duration(s.Minutes)*time.Minute))
			}
		}
	}
	for _, o := range r.overrides {
		times = append(times, o.StartsAt, o.EndsAt)
	}
	times = slices.DeleteFunc(times, func(t time.Time) bool { return t.Before(from) || !t.Before(until) })
	slices.SortFunc(times, time.Time.Compare)
	times = append(times, until)
	for i, t := range times[:len(times)-1] {
		next := times[i+1]
		if !t.Before(next) || len(r.onDuty(t)) > 0 {
			continue
		}
		if last := len(gaps) - 1; last >= 0 && gaps[last].Until.Equal(t) {
			gaps[last].Until = next.UTC()
			continue
		}
		gaps = append(gaps, Span{t.UTC(), next.UTC()})
	}
	return gaps
}
