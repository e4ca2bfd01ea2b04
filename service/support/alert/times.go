package alert

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/calendar"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// LevelTimes are the times of a level, in minutes.
type LevelTimes struct {
	Level           model.AlertLevel `json:"level"`
	DeadlineMinutes int              `json:"deadlineMinutes" doc:"By when a human must take it on"`
	PatienceMinutes int              `json:"patienceMinutes" doc:"How long who was told may be silent until the next people are told"`
	QuietMinutes    int              `json:"quietMinutes" doc:"By when who took it on must write again, unless they gave another time"`
	WorkingDays     int              `json:"workingDays,omitempty" doc:"Where the deadline is in working days of the county's calendar"`
	UnitID          model.ID         `json:"unitId,omitempty" doc:"The unit whose times these are; absent for the programme's"`
	ChangedAt       *time.Time       `json:"changedAt,omitempty"`
	ChangedBy       string           `json:"changedBy,omitempty" doc:"The name of who set them"`
	changedBy       model.ID
}

// TimesIn are the times of a level as a manager sets them.
type TimesIn struct {
	Level           model.AlertLevel `json:"level"`
	DeadlineMinutes int              `json:"deadlineMinutes" minimum:"1" maximum:"4320"`
	PatienceMinutes int              `json:"patienceMinutes" minimum:"1" maximum:"1440"`
	QuietMinutes    int              `json:"quietMinutes" minimum:"5" maximum:"20160"`
}

func (t LevelTimes) patience() time.Duration { return time.Duration(t.PatienceMinutes) * time.Minute }
func (t LevelTimes) quiet() time.Duration    { return time.Duration(t.QuietMinutes) * time.Minute }

// watchDays is the deadline of the level watch, in working days.
const watchDays = 3

// programmeTimes are the programme's proposals, for the county to sign off.
var programmeTimes = []LevelTimes{
	{Level: model.AlertImmediate, DeadlineMinutes: 10, PatienceMinutes: 3, QuietMinutes: 30},
	{Level: model.AlertUrgent, DeadlineMinutes: 120, PatienceMinutes: 30, QuietMinutes: 240},
	{Level: model.AlertWatch, DeadlineMinutes: watchDays * 24 * 60, PatienceMinutes: 24 * 60, QuietMinutes: watchDays * 24 * 60, WorkingDays: watchDays},
}

var (
	errCountySets = model.Forbidden("county_sets_times", "预警的时限由县级管理员设定")
	errPatience   = model.Invalid("patienceMinutes", "patience_too_long", "等下一个人的时间不能长过接手的时限")
	// errSlower refuses times by which a call for help waits longer than the programme promises.
	errSlower = model.Invalid("deadlineMinutes", "deadline_too_long", "“立即”最长10分钟，“紧急”最长2小时，只能改短")
)

// timesOf returns the times that hold for the alert.
func (s *Service) timesOf(db *gorm.DB, a model.Alert) (LevelTimes, error) {
	all, err := s.times(db, a.UnitID)
	if err != nil {
		return LevelTimes{}, err
	}
	for _, t := range all {
		if t.Level == a.Level {
			return t, nil
		}
	}
	return programmeTimes[0], nil // the strictest, for a level that nobody knows
}

// times returns the times of all levels at a unit: the newest of the nearest unit
// on the way up that has its own, else the programme's.
func (s *Service) times(db *gorm.DB, unitID model.ID) ([]LevelTimes, error) {
	path, err := unit.Path(db, unitID)
	if err != nil {
		return nil, err
	}
	place := map[model.ID]int{}
	for i, u := range path {
		place[u.ID] = i
	}
	var rows []model.AlertTimes
	err = db.Where(store.In("unit_id", store.Each(path, func(u model.Unit) model.ID { return u.ID }))).Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	nearest := map[model.AlertLevel]model.AlertTimes{}
	for _, r := range rows {
		if has, ok := nearest[r.Level]; !ok || place[r.UnitID] >= place[has.UnitID] {
			nearest[r.Level] = r
		}
	}
	list := make([]LevelTimes, len(programmeTimes))
	for i, t := range programmeTimes {
		if r, ok := nearest[t.Level]; ok {
			at := r.ChangedAt.UTC()
			t = LevelTimes{Level: r.Level, DeadlineMinutes: r.DeadlineMinutes, PatienceMinutes: r.PatienceMinutes, QuietMinutes: r.QuietMinutes,
				UnitID: r.UnitID, ChangedAt: &at, changedBy: r.ChangedBy}
		}
		list[i] = t
	}
	return list, nil
}

// dueAt returns by when a human must take the alert on, counted from the moment.
func (s *Service) dueAt(tx *gorm.DB, a model.Alert, from time.Time) (time.Time, error) {
	times, err := s.timesOf(tx, a)
	if err != nil {
		return from, err
	}
	if times.WorkingDays > 0 {
		return calendar.AfterWorkingDays(tx, a.UnitID, from, times.WorkingDays)
	}
	return from.Add(time.Duration(times.DeadlineMinutes) * time.Minute), nil
}

// Times returns the times of the levels at a unit to those on duty and the
// managers at the unit or above.
func (s *Service) Times(ctx context.Context, actor model.Actor, unitID model.ID) ([]LevelTimes, error) {
	db := s.store.Read(ctx)
	if _, err := unit.Get(db, unitID, unit.Below(actor.UnitsAs(s.store.Now(), model.AlertReaders...)...)); err != nil {
		return nil, err
	}
	return s.namedTimes(db, unitID)
}

func (s *Service) namedTimes(db *gorm.DB, unitID model.ID) ([]LevelTimes, error) {
	list, err := s.times(db, unitID)
	if err != nil {
		return nil, err
	}
	names, err := s.accounts.Names(db, store.Each(list, func(t LevelTimes) model.ID { return t.changedBy }))
	for i := range list {
		list[i].ChangedBy = names[list[i].changedBy]
	}
	return list, err
}

// SetTimes sets the times of a level at a unit and all below that have none of
// their own. Managers of the county may. No call for help may wait longer than the
// programme promises. Each change is kept.
func (s *Service) SetTimes(ctx context.Context, actor model.Actor, unitID model.ID, in TimesIn) ([]LevelTimes, error) {
	if in.PatienceMinutes > in.DeadlineMinutes {
		return nil, errPatience
	}
	for _, t := range programmeTimes {
		if t.Level == in.Level && in.DeadlineMinutes > t.DeadlineMinutes {
			return nil, errSlower
		}
	}
	var after []LevelTimes
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		if _, err := unit.Get(tx, unitID, unit.Below(actor.UnitsAs(now, model.RoleManager)...), unit.InUse()); err != nil {
			return err
		}
		root, err := unit.RootOf(tx, unitID)
		if err != nil {
			return err
		}
		managers, err := s.accounts.Holders(tx, []model.ID{root.ID}, now, model.RoleManager)
		if err != nil {
			return err
		}
		if !slices.Contains(managers[root.ID], actor.AccountID) {
			return errCountySets
		}
		row := model.AlertTimes{ID: s.store.NewID(), UnitID: unitID, Level: in.Level, DeadlineMinutes: in.DeadlineMinutes, PatienceMinutes: in.PatienceMinutes,
			QuietMinutes: in.QuietMinutes, ChangedAt: now, ChangedBy: actor.AccountID}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		after, err = s.namedTimes(tx, unitID)
		return err
	})
	return after, err
}
