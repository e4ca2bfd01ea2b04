package counsel

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
)

const (
	causeBooking  = "booking"
	kindCancelled = message.KindBookingOff
	kindMoved     = message.KindBookingMoved
)

// reminders are the messages before a booking, each of use until the next.
var reminders = []struct {
	kind          string
	before, until time.Duration
}{
	{message.KindBookingDay, 24 * time.Hour, time.Hour},
	{message.KindBookingHour, time.Hour, 0},
}

// bookingMessage is a message about a booking, for the call list of its
// counsellor where it can't be sent.
func bookingMessage(b model.Booking, kind string, recipient model.ID) message.Message {
	return message.Message{
		Kind: kind, CauseKind: causeBooking, CauseID: b.ID, RecipientID: recipient, PupilID: b.PupilID, UnitID: b.UnitID, OwnerID: b.CounsellorID,
		Payload: map[string]any{"bookingId": b.ID, "startsAt": b.StartsAt.UTC()},
	}
}

// recipients are who is reminded: who booked, and the pupil's own account.
func (a attendee) recipients(booker model.ID) []model.ID {
	list := []model.ID{booker}
	if a.pupil != nil && a.pupil.AccountID != nil && !slices.Contains(list, *a.pupil.AccountID) {
		list = append(list, *a.pupil.AccountID)
	}
	return list
}

// remind writes the reminders whose time is still to come.
func (s *Service) remind(tx *gorm.DB, b model.Booking, recipients []model.ID) error {
	now := s.store.Now()
	var messages []message.Message
	for _, r := range reminders {
		at := b.StartsAt.Add(-r.before)
		if !at.After(now) {
			continue
		}
		for _, recipient := range recipients {
			m := bookingMessage(b, r.kind, recipient)
			m.SendAfter, m.CutoffAt = at, b.StartsAt.Add(-r.until)
			messages = append(messages, m)
		}
	}
	return s.outbox.Enqueue(tx, messages...)
}
