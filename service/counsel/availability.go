package counsel

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Rule is a weekly opening, in Shanghai time.
type Rule struct {
	ID            model.ID          `json:"id"`
	CounsellorID  model.ID          `json:"counsellorId"`
	RoomID        model.ID          `json:"roomId"`
	Mode          model.CounselMode `json:"mode"`
	Weekday       int               `json:"weekday" doc:"0 is Sunday"`
	StartMinute   int               `json:"startMinute" doc:"Of the day"`
	EndMinute     int               `json:"endMinute" doc:"Exclusive; beyond 1440 on the next day"`
	SlotMinutes   int               `json:"slotMinutes"`
	BufferMinutes int               `json:"bufferMinutes" doc:"Kept free after each slot"`
	LeadMinutes   int               `json:"leadMinutes" doc:"How long before its start a slot can still be booked"`
	HorizonDays   int               `json:"horizonDays"`
	ValidFrom     model.Date        `json:"validFrom"`
	ValidUntil    model.Date        `json:"validUntil,omitempty" doc:"Inclusive; absent: for good"`
}

// Exception is a stretch of time in which a counsellor is away.
type Exception struct {
	ID           model.ID   `json:"id"`
	CounsellorID model.ID   `json:"counsellorId"`
	OnDate       model.Date `json:"onDate" doc:"The first day"`
	UntilDate    model.Date `json:"untilDate" doc:"The last day"`
	StartMinute  int        `json:"startMinute" doc:"Of the first day"`
	EndMinute    int        `json:"endMinute" doc:"Of the last day, exclusive"`
	Reason       string     `json:"reason"`
	StillBooked  int        `json:"stillBooked" doc:"How many talks are still booked in it"`
}

// ExceptionAdded is a new exception with the bookings that stand in it: they
// are not touched, the counsellor decides about each.
type ExceptionAdded struct {
	Exception
	Bookings []Booking `json:"bookings" doc:"Bookings inside the exception"`
}

func ruleView(r model.AvailabilityRule) Rule {
	return Rule{ID: r.ID, CounsellorID: r.CounsellorID, RoomID: r.RoomID, Mode: r.Mode, Weekday: int(r.Weekday), StartMinute: r.StartMinute,
		EndMinute: r.EndMinute, SlotMinutes: r.SlotMinutes, BufferMinutes: r.BufferMinutes, LeadMinutes: r.LeadMinutes, HorizonDays: r.HorizonDays,
		ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil}
}

func exceptionView(e model.AvailabilityException) Exception {
	return Exception{ID: e.ID, CounsellorID: e.CounsellorID, OnDate: e.OnDate, UntilDate: e.UntilDate, StartMinute: e.StartMinute, EndMinute: e.EndMinute, Reason: e.Reason}
}

// Rules lists the rules in force of a counsellor: one's own (id zero), or of a room that one manages.
func (s *Service) Rules(ctx context.Context, actor model.Actor, counsellorID model.ID) ([]Rule, error) {
	c, err := s.keeper(s.store.Read(ctx), actor, counsellorID)
	if err != nil {
		return nil, err
	}
	rows, err := rulesOf(s.store.Read(ctx), c.AccountID)
	return store.Each(rows, ruleView), err
}

func rulesOf(tx *gorm.DB, counsellorID model.ID) ([]model.AvailabilityRule, error) {
	var rows []model.AvailabilityRule
	err := tx.Where("counsellor_id = ? AND ended_at IS NULL", counsellorID).Order("weekday, start_minute, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read availability rules: %w", err)
	}
	return rows, nil
}

// AddRule adds a weekly opening and opens its slots at once. rule.CounsellorID
// zero means the actor; an empty ValidFrom means today. Rules of one
// counsellor must not overlap.
func (s *Service) AddRule(ctx context.Context, actor model.Actor, rule model.AvailabilityRule) (Rule, error) {
	now := s.store.Now()
	rule.ValidFrom = cmp.Or(rule.ValidFrom, model.DateOf(now))
	if err := rule.Validate(); err != nil {
		return Rule{}, err
	}
	rule.ID, rule.CreatedAt, rule.EndedAt = s.store.NewID(), now, nil
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.keeper(tx, actor, rule.CounsellorID)
		if err != nil {
			return err
		}
		// The lock lets one rule at a time be compared with the others.
		if c, err = s.lockCounsellor(tx, c.AccountID); err != nil {
			return err
		}
		rule.CounsellorID, rule.RoomID = c.AccountID, c.RoomID
		others, err := rulesOf(tx, c.AccountID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(others, rule.Overlaps) {
			return model.Conflict("rules_overlap", "与已有的开放时段重叠")
		}
		if slices.ContainsFunc(others, rule.TooClose) {
			return model.Conflict("rules_too_close", "与相邻的开放时段之间没有留出间隔，请把开始时间往后调，或缩短间隔")
		}
		if err := tx.Create(&rule).Error; err != nil {
			return err
		}
		return s.expand(tx, c.AccountID)
	})
	return ruleView(rule), err
}

// EndRule ends a rule and withdraws its free slots; ending it twice is fine.
func (s *Service) EndRule(ctx context.Context, actor model.Actor, id model.ID) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		var rule model.AvailabilityRule
		if err := tx.Where("id = ?", id).Take(&rule).Error; err != nil {
			return store.Found(err, "rule")
		}
		c, err := s.keeper(tx, actor, rule.CounsellorID)
		if model.KindOf(err) == model.KindNotFound {
			return model.NotFound("rule")
		}
		if err != nil {
			return err
		}
		if err := tx.Model(&rule).Where("ended_at IS NULL").Update("ended_at", s.store.Now()).Error; err != nil {
			return err
		}
		return s.expand(tx, c.AccountID)
	})
}

// Exceptions lists a counsellor's exceptions from today on.
func (s *Service) Exceptions(ctx context.Context, actor model.Actor, counsellorID model.ID) ([]Exception, error) {
	c, err := s.keeper(s.store.Read(ctx), actor, counsellorID)
	if err != nil {
		return nil, err
	}
	rows, err := exceptionsOf(s.store.Read(ctx), c.AccountID, model.DateOf(s.store.Now()))
	list := store.Each(rows, exceptionView)
	for i, e := range rows {
		var n int64
		if err := bookedWithin(s.store.Read(ctx).Model(&model.Booking{}), e).Count(&n).Error; err != nil {
			return nil, fmt.Errorf("count the bookings in an exception: %w", err)
		}
		list[i].StillBooked = int(n)
	}
	return list, err
}

// bookedWithin keeps the talks of the exception's counsellor that are booked in it.
func bookedWithin(db *gorm.DB, e model.AvailabilityException) *gorm.DB {
	from, to := e.Stretch()
	return db.Where("counsellor_id = ? AND status = ? AND starts_at < ? AND ends_at > ?", e.CounsellorID, model.BookingBooked, to, from)
}

func exceptionsOf(tx *gorm.DB, counsellorID model.ID, from model.Date) ([]model.AvailabilityException, error) {
	var rows []model.AvailabilityException
	if err := tx.Where("counsellor_id = ? AND until_date >= ?", counsellorID, from).Order("on_date, start_minute, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read availability exceptions: %w", err)
	}
	return rows, nil
}

// Absence lists the bookings that an exception would leave to be handled one by one. It changes nothing.
func (s *Service) Absence(ctx context.Context, actor model.Actor, e model.AvailabilityException) ([]Booking, error) {
	e.UntilDate = cmp.Or(e.UntilDate, e.OnDate)
	if err := e.Validate(); err != nil {
		return nil, err
	}
	c, err := s.keeper(s.store.Read(ctx), actor, e.CounsellorID)
	if err != nil {
		return nil, err
	}
	e.CounsellorID = c.AccountID
	var booked []model.Booking
	if err := bookedWithin(s.store.Read(ctx), e).Order("starts_at, id").Find(&booked).Error; err != nil {
		return nil, err
	}
	return s.bookingViews(ctx, actor, booked)
}

// AddException notes an absence and withdraws the free slots in it at once.
// The booked ones are listed in the result. CounsellorID zero means the actor.
func (s *Service) AddException(ctx context.Context, actor model.Actor, e model.AvailabilityException) (ExceptionAdded, error) {
	e.UntilDate = cmp.Or(e.UntilDate, e.OnDate)
	if err := e.Validate(); err != nil {
		return ExceptionAdded{}, err
	}
	e.ID, e.CreatedAt = s.store.NewID(), s.store.Now()
	var booked []model.Booking
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		c, err := s.keeper(tx, actor, e.CounsellorID)
		if err != nil {
			return err
		}
		e.CounsellorID = c.AccountID
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		if err := s.expand(tx, c.AccountID); err != nil {
			return err
		}
		return bookedWithin(tx, e).Order("starts_at, id").Find(&booked).Error
	})
	if err != nil {
		return ExceptionAdded{}, err
	}
	views, err := s.bookingViews(ctx, actor, booked)
	added := ExceptionAdded{Exception: exceptionView(e), Bookings: views}
	added.StillBooked = len(views)
	return added, err
}

// DeleteException takes an absence back and opens its slots again.
func (s *Service) DeleteException(ctx context.Context, actor model.Actor, id model.ID) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		var e model.AvailabilityException
		if err := tx.Where("id = ?", id).Take(&e).Error; err != nil {
			return store.Found(err, "exception")
		}
		c, err := s.keeper(tx, actor, e.CounsellorID)
		if model.KindOf(err) == model.KindNotFound {
			return model.NotFound("exception")
		}
		if err != nil {
			return err
		}
		if err := tx.Delete(&e).Error; err != nil {
			return err
		}
		return s.expand(tx, c.AccountID)
	})
}
