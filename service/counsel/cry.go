package counsel

import (
	"context"
	"errors"
	"time"

	"xinyu/model"
	"xinyu/service/platform/alert"
	"xinyu/service/platform/store"
)

// sourceBooking names the cause of alerts raised by the safety question.
const sourceBooking = "booking"

// Refusal is what a refused booking still gives: free slots where the wanted
// one was taken, and the hotline card to whoever spoke of harming themselves.
type Refusal struct {
	Alternatives []Slot    `json:"alternatives"`
	Hotlines     []Hotline `json:"hotlines,omitempty"`
}

// cry raises the alert of a "yes" to the safety question, before anything else
// is looked at: it must reach a human whatever becomes of the booking, and
// also when the phone has hung up. roomUnit is responsible for an adult; zero
// where the slot is not known.
func (s *Service) cry(ctx context.Context, actor model.Actor, pupilID, bookingID, roomUnit model.ID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	c := alert.Cry{Level: model.AlertImmediate, AccountID: actor.AccountID, SourceKind: sourceBooking, SourceID: bookingID, UnitID: roomUnit}
	pupil, err := s.spokenOf(ctx, actor, pupilID)
	if err != nil {
		return err
	}
	if pupil != nil {
		c.PupilID, c.UnitID = pupil.ID, pupil.ClassID
	}
	if c.UnitID == 0 && len(actor.Roles) > 0 {
		c.UnitID = actor.Roles[0].UnitID
	}
	return alert.Raise(ctx, s.store, c)
}

// spokenOf is the pupil whom a cry is about, or nil. A pupil speaks of
// themselves, whomever the call names. That one has left the roster, perhaps
// by a faulty import, bars from booking but not from being known here.
func (s *Service) spokenOf(ctx context.Context, actor model.Actor, pupilID model.ID) (*model.Pupil, error) {
	var own []model.Pupil
	err := s.store.Read(ctx).Where("account_id = ? OR id = ? AND EXISTS (SELECT 1 FROM guardianships AS g WHERE g.pupil_id = pupils.id AND g.account_id = ?)",
		actor.AccountID, pupilID, actor.AccountID).Limit(1).Find(&own).Error
	if err != nil {
		return nil, store.Translate(err)
	}
	if len(own) > 0 {
		return &own[0], nil
	}
	who, err := s.attendee(ctx, actor, pupilID)
	if model.KindOf(err) == model.KindNotFound {
		return nil, nil
	}
	return who.pupil, err
}

// withHotlines adds the card to a refusal.
func withHotlines(err error) error {
	var e *model.Error
	if !errors.As(err, &e) {
		e = (&model.Error{Code: "internal", Message: "系统出错了，请稍后再试"}).WithCause(err)
	}
	refusal, _ := e.Details.(Refusal)
	if refusal.Alternatives == nil {
		refusal.Alternatives = []Slot{}
	}
	refusal.Hotlines = Hotlines()
	return e.WithDetails(refusal)
}
