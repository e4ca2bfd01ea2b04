package counsel

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

var (
	errBookingOver    = model.Conflict("booking_over", "预约已经结束，不能再更改")
	errBookingStarted = model.Conflict("booking_started", "预约时间已到，不能再取消或改期")
	errBookingAhead   = model.Conflict("booking_not_started", "预约时间还没到")
)

// Cancel cancels a booking that has not begun, and offers its slot to the wait-list.
// Cancelling what is cancelled changes nothing.
func (s *Service) Cancel(ctx context.Context, actor model.Actor, id model.ID, reason string) (Booking, error) {
	var b model.Booking
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if b, err = s.lockedBooking(tx, actor, id); err == nil && b.Status != model.BookingCancelled {
			b, err = s.cancel(tx, actor, b, reason)
		}
		if err != nil {
			return err
		}
		return s.logChange(tx, actor, b)
	})
	if err != nil {
		return Booking{}, err
	}
	return s.bookingView(ctx, actor, b)
}

func (s *Service) cancel(tx *gorm.DB, actor model.Actor, b model.Booking, reason string) (model.Booking, error) {
	now := s.store.Now()
	if err := movable(b, b.CanCancel(now)); err != nil {
		return b, err
	}
	sealed, err := s.sealText(fieldCancelReason, b.ID, reason)
	if err != nil {
		return b, err
	}
	b.CancelReason, b.Status, b.UpdatedAt, b.Version = sealed, model.BookingCancelled, now, b.Version+1
	err = tx.Model(&model.Booking{}).Where("id = ?", b.ID).
		Updates(map[string]any{"status": b.Status, "cancel_reason": b.CancelReason, "updated_at": now, "version": b.Version}).Error
	if err != nil {
		return b, err
	}
	if err := s.release(tx, b); err != nil {
		return b, err
	}
	comers, err := recipientsOf(tx, b)
	if err != nil {
		return b, err
	}
	return b, s.tell(tx, actor, b, kindCancelled, append(comers, b.CounsellorID), b.StartsAt)
}

// movable is why a booking can no longer be called off or moved.
func movable(b model.Booking, can bool) error {
	switch {
	case can:
		return nil
	case b.Status == model.BookingBooked:
		return errBookingStarted
	}
	return errBookingOver
}

// release gives back what a booking holds: both parties' time, its pending
// messages and its slot.
func (s *Service) release(tx *gorm.DB, b model.Booking) error {
	if err := tx.Where("booking_id = ?", b.ID).Delete(&model.PartyTime{}).Error; err != nil {
		return err
	}
	if err := s.outbox.Drop(tx, causeBooking, b.ID, message.KindBookingDay, message.KindBookingHour, kindMoved); err != nil {
		return err
	}
	return s.free(tx, model.Slot{ID: b.SlotID, CounsellorID: b.CounsellorID, Status: model.SlotBooked, BookingID: b.ID})
}

// tell writes to the recipients what became of a booking, at once and however
// near it is, but not to the actor: a family must not come in vain, nor a
// counsellor wait. before is when it was to begin before the change. Booking and
// cancelling over and over makes no messages.
func (s *Service) tell(tx *gorm.DB, actor model.Actor, b model.Booking, kind string, recipients []model.ID, before time.Time) error {
	soonest := before
	if b.StartsAt.Before(before) {
		soonest = b.StartsAt
	}
	unread := asks(actor, b) && b.UpdatedAt.Sub(b.CreatedAt) < secondThoughts && soonest.Sub(b.UpdatedAt) > farOff
	var messages []message.Message
	for _, recipient := range store.Distinct(recipients) {
		if recipient == actor.AccountID || unread && recipient == b.CounsellorID {
			continue
		}
		m := bookingMessage(b, kind, recipient)
		m.SendAfter, m.CutoffAt = b.UpdatedAt, b.EndsAt // late is better than in vain
		if recipient == b.CounsellorID {
			m.OwnerID, m.PupilID = 0, 0 // a colleague telephones, who need not know of whom
		}
		messages = append(messages, m)
	}
	return s.outbox.Enqueue(tx, messages...)
}
