package counsel

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// AcceptIn comes with the yes to an offered slot.
type AcceptIn struct {
	Concern  string
	SelfHarm bool
}

// Accept books the slot that is held for the entry, while the hold lasts.
// Accepting twice returns the same booking. The safety question is as in Book.
func (s *Service) Accept(ctx context.Context, actor model.Actor, id model.ID, in AcceptIn) (Booking, error) {
	bookingID := newBookingID()
	entry, entryErr := s.ownEntry(s.store.Read(ctx), actor, id)
	if in.SelfHarm {
		if err := s.raiseAlert(ctx, actor, entry.PupilID, bookingID, 0); err != nil {
			return Booking{}, withHotlines(err)
		}
	}
	if entryErr != nil {
		return withCard(in.SelfHarm, Booking{}, entryErr)
	}
	booking, err := s.accept(ctx, actor, entry, bookingID, in)
	if errors.Is(err, errMoved) {
		// Someone else decided about this offer first: return what is there now.
		if entry, err = s.ownEntry(s.store.Read(ctx), actor, id); err == nil {
			booking, err = s.accepted(ctx, actor, entry)
		}
	}
	return withCard(in.SelfHarm, booking, err)
}

// accepted returns the booking or the refusal of an entry whose offer can't be accepted any more.
func (s *Service) accepted(ctx context.Context, actor model.Actor, e model.WaitEntry) (Booking, error) {
	switch {
	case e.Status == model.WaitTaken:
		return s.Booking(ctx, actor, e.BookingID)
	case e.Status == model.WaitWaiting && e.LapsedSlotID == 0:
		return Booking{}, errNoOffer
	case e.Status == model.WaitWaiting, e.Status == model.WaitOffered && e.KeepsPlace(s.store.Now()):
		return Booking{}, errOfferLapsed
	case e.Status == model.WaitCancelled:
		return Booking{}, errWaitOver
	}
	return Booking{}, errOfferExpired
}

func (s *Service) accept(ctx context.Context, actor model.Actor, e model.WaitEntry, id model.ID, in AcceptIn) (Booking, error) {
	if !e.Offered(s.store.Now()) {
		return s.accepted(ctx, actor, e)
	}
	slot, err := s.visibleSlot(ctx, actor, e.SlotID)
	if err != nil {
		return Booking{}, err
	}
	who, err := s.attendee(ctx, actor, e.PupilID)
	if err != nil {
		return Booking{}, err
	}
	if err := s.mustConsent(ctx, actor, who); err != nil {
		return Booking{}, err
	}
	row, err := s.draft(id, actor, who, slot, BookIn{SlotID: slot.ID, PupilID: e.PupilID, Concern: in.Concern, SelfHarm: in.SelfHarm})
	if err != nil {
		return Booking{}, err
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		taken := tx.Model(&model.Slot{}).
			Where("id = ? AND status = ? AND held_for = ? AND held_until > ? AND bookable_until > ? AND room_id = ?", slot.ID, model.SlotHeld, e.ID, now, now, slot.RoomID).
			Updates(map[string]any{"status": model.SlotBooked, "booking_id": id, "held_for": 0, "held_until": nil})
		if err := store.Changed(taken, errMoved); err != nil {
			return err
		}
		if err := s.keepRoom(tx, slot); err != nil {
			return err
		}
		ended := tx.Model(&model.WaitEntry{}).Where("id = ? AND status = ? AND slot_id = ?", e.ID, model.WaitOffered, slot.ID).
			Updates(map[string]any{"status": model.WaitTaken, "booking_id": id, "held_until": nil, "updated_at": now})
		if err := store.Changed(ended, errMoved); err != nil {
			return err
		}
		if err := s.dropOffer(tx, e.ID); err != nil {
			return err
		}
		return s.insert(tx, actor, row, who)
	})
	if err != nil {
		return Booking{}, err
	}
	return s.bookingView(ctx, actor, row)
}
