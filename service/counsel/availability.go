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
	EndMinute     int               `json:"endMinute" doc:"Of the day, exclusive"`
	SlotMinutes   int               `json:"slotMinutes"`
	BufferMinutes int               `json:"bufferMinutes" doc:"Kept free after each slot"`
	LeadMinutes   int               `json:"leadMinutes" doc:"How long before its start a slot can still be booked"`
	HorizonDays   int               `json:"horizonDays"`
	ValidFrom     model.Date        `json:"validFrom"`
	ValidUntil    model.Date        `json:"validUntil,omitempty" doc:"Inclusive; absent: for good"`
}

// Exception is a stretch of a day on which a counsellor is away.
type Exception struct {
	ID           model.ID   `json:"id"`
	CounsellorID model.ID   `json:"counsellorId"`
	OnDate       model.Date `json:"onDate"`
	StartMinute  int        `json:"startMinute"`
	EndMinute    int        `json:"endMinute" doc:"Exclusive"`
	Reason       string     `json:"reason"`
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
	return Exception{ID: e.ID, CounsellorID: e.CounsellorID, OnDate: e.OnDate, StartMinute: e.StartMinute, EndMinute: e.EndMinute, Reason: e.Reason}
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
	return store.Each(rows, exceptionView), err
}

func exceptionsOf(tx *gorm.DB, counsellorID model.ID, from model.Date) ([]model.AvailabilityException, error) {
	var rows []model.AvailabilityException
	if err := tx.Where("counsellor_id = ? AND on_date >= ?", counsellorID, from).Order("on_date, start_minute, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read availability exceptions: %w", err)
	}
	return rows, nil
}

// AddException notes an absence and withdraws the free slots in it at once.
// The booked ones are listed in the result. CounsellorID zero means the actor.
func (s *Service) AddException(ctx context.Context, actor model.Actor, e model.AvailabilityException) (ExceptionAdded, error) {
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
		from, to := e.Stretch()
		return tx.Where("counsellor_id = ? AND status = ? AND starts_at < ? AND ends_at > ?", c.AccountID, model.BookingBooked, to, from).
			Order("starts_at").Find(&booked).Error
	})
	if err != nil {
		return ExceptionAdded{}, err
	}
	views, err := s.bookingViews(ctx, actor, booked)
	return ExceptionAdded{Exception: exceptionView(e), Bookings: views}, err
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
