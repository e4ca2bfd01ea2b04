package counsel

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// sourceBooking names the cause of alerts raised by the safety question.
const sourceBooking = "booking"

// Refusal are the details of a refused booking: free slots where the wanted
// one was taken, and the hotline card for a person who may harm themselves.
type Refusal struct {
	Alternatives []Slot    `json:"alternatives"`
	Hotlines     []Hotline `json:"hotlines,omitempty"`
}

// raiseAlert raises the alert of a "yes" to the safety question. It comes before
// everything else: the alert must reach a human whether or not the booking is
// made, and also when the phone has disconnected. roomUnit is responsible for
// an adult; zero where the slot is not known. Where the pupil can't be read the
// alert is raised without one: it always names the account. Its source is the
// booking to be; where that is refused, no booking ever has the id.
func (s *Service) raiseAlert(ctx context.Context, actor model.Actor, pupilID, bookingID, roomUnit model.ID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	c := model.Alert{Level: model.AlertImmediate, AccountID: actor.AccountID, SourceKind: sourceBooking, SourceID: bookingID, UnitID: roomUnit,
		Loose: len(actor.Roles) == 0}
	pupil, claimed, err := s.alertPupil(ctx, actor, pupilID)
	c.Claimed = claimed
	switch {
	case err != nil:
		slog.Error("the pupil of an alert can't be read", "account", actor.AccountID, "err", err)
		c.PupilID = actor.PupilID // what the token says
	case pupil != nil:
		c.PupilID, c.UnitID, c.Loose = pupil.ID, pupil.ClassID, false
	}
	if c.UnitID == 0 && len(actor.Roles) > 0 {
		c.UnitID = actor.Roles[0].UnitID
	}
	return s.alerts.Raise(ctx, c)
}

// alertPupil is the pupil an alert is about, or nil. A pupil's own account is
// about that pupil, whatever the call names. A pupil who has left the roster,
// perhaps by a faulty import, can't book but is still named here. Where the
// account's claim to a pupil still waits for a teacher, it is that pupil, and
// claimed is true: help does not wait.
func (s *Service) alertPupil(ctx context.Context, actor model.Actor, pupilID model.ID) (pupil *model.Pupil, claimed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second) // a database that stalls must leave time for the alert
	defer cancel()
	own, err := family.List(s.store.Read(ctx), store.Any(store.Where("p.account_id = ?", actor.AccountID),
		store.All(store.Where("p.id = ?", pupilID), family.ChildOf("p.id", actor.AccountID))))
	if err != nil {
		return nil, false, err
	}
	if len(own) > 0 {
		return &own[0], false, nil
	}
	who, err := s.attendee(ctx, actor, pupilID)
	if who.pupil != nil || err != nil && model.KindOf(err) != model.KindNotFound {
		return who.pupil, false, err
	}
	waiting, err := family.Claimed(s.store.Read(ctx), actor.AccountID, s.store.Now())
	if err != nil || len(waiting) == 0 {
		return nil, false, err
	}
	return &waiting[0], true, nil
}

// RaiseAlert raises the alert of a "yes" to the safety question in a call that
// is refused before Book or Accept sees it, such as one in a form that nobody reads.
func (s *Service) RaiseAlert(ctx context.Context, actor model.Actor, pupilID model.ID) error {
	return s.raiseAlert(ctx, actor, pupilID, newBookingID(), 0)
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

// withCard adds the hotline card to a booking or to its refusal, where the safety
// question was answered with yes.
func withCard(selfHarm bool, booking Booking, err error) (Booking, error) {
	switch {
	case !selfHarm:
		return booking, err
	case err != nil:
		return booking, withHotlines(err)
	}
	booking.Hotlines = Hotlines()
	return booking, nil
}

// withHotlines adds the card to a refusal.
func withHotlines(err error) error {
	var e *model.Error
	if !errors.As(err, &e) {
		e = (&model.Error{Code: "internal", Message: "系统出错了，请稍后再试"}).WithCause(err)
	}
	return e.WithDetails(WithCard(e.Details))
}
