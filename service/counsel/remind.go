package counsel

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/notify"
)

const (
	causeBooking  = "booking"
	kindCancelled = "booking_cancelled"
)

// reminders are the messages before a talk.
var reminders = []struct {
	kind   string
	before time.Duration
}{
	{"booking_reminder_24h", 24 * time.Hour},
	{"booking_reminder_1h", time.Hour},
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
	var messages []notify.Message
	for _, r := range reminders {
		at := b.StartsAt.Add(-r.before)
		if !at.After(now) {
			continue
		}
		for _, recipient := range recipients {
			messages = append(messages, notify.Message{
				Kind: r.kind, CauseKind: causeBooking, CauseID: b.ID, RecipientID: recipient, SendAfter: at, CutoffAt: b.StartsAt,
				Payload: map[string]any{"bookingId": b.ID, "startsAt": b.StartsAt},
			})
		}
	}
	return s.outbox.Enqueue(tx, messages...)
}

// dropReminders takes back what is not sent yet.
func (s *Service) dropReminders(tx *gorm.DB, bookingID model.ID) error {
	return s.outbox.Drop(tx, causeBooking, bookingID)
}
