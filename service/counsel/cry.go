package counsel

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"xinyu/model"
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
// where the slot is not known. An alert that does not say whom it is about is
// better than none: who spoke, it always says. Its source is the booking to
// be; where that is refused, no booking ever has the id.
func (s *Service) cry(ctx context.Context, actor model.Actor, pupilID, bookingID, roomUnit model.ID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	c := model.Alert{Level: model.AlertImmediate, AccountID: actor.AccountID, SourceKind: sourceBooking, SourceID: bookingID, UnitID: roomUnit}
	pupil, err := s.spokenOf(ctx, actor, pupilID)
	switch {
	case err != nil:
		slog.Error("the pupil of an alert can't be read", "account", actor.AccountID, "err", err)
		c.PupilID = actor.PupilID // what the token says of who speaks
	case pupil != nil:
		c.PupilID, c.UnitID = pupil.ID, pupil.ClassID
	}
	if c.UnitID == 0 && len(actor.Roles) > 0 {
		c.UnitID = actor.Roles[0].UnitID
	}
	return s.alerts.Raise(ctx, c)
}

// spokenOf is the pupil whom a cry is about, or nil. A pupil speaks of
// themselves, whomever the call names. That one has left the roster, perhaps
// by a faulty import, bars from booking but not from being known here.
func (s *Service) spokenOf(ctx context.Context, actor model.Actor, pupilID model.ID) (*model.Pupil, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second) // a database that stalls must leave time for the alert
	defer cancel()
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

// Heard raises the alert of a "yes" that stands in a call which is refused
// before Book or Accept could hear it, such as one in a form that nobody reads.
func (s *Service) Heard(ctx context.Context, actor model.Actor, pupilID model.ID) error {
	return s.cry(ctx, actor, pupilID, s.store.NewID(), 0)
}

// WithCard is the details of a refusal with the hotline card among them.
func WithCard(details any) Refusal {
	refusal, _ := details.(Refusal)
	if refusal.Alternatives == nil {
		refusal.Alternatives = []Slot{}
	}
	refusal.Hotlines = Hotlines()
	return refusal
}

// withHotlines adds the card to a refusal.
func withHotlines(err error) error {
	var e *model.Error
	if !errors.As(err, &e) {
		e = (&model.Error{Code: "internal", Message: "系统出错了，请稍后再试"}).WithCause(err)
	}
	return e.WithDetails(WithCard(e.Details))
}
