package counsel

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
)

// errOthersCounsellor refuses a new counsellor to all but who wrote the concern.
// A manager could otherwise choose who then reads it, be it by an account that
// they had become the pupil's own.
var errOthersCounsellor = model.Forbidden("counsellor_is_theirs", "只有预约人可以更换咨询师；可以取消预约，请对方重新选择")

// Reschedule moves a booking to another free slot, until it begins:
// either the new slot is taken and the old one given back, or nothing changes.
// Only who made it may move it to another counsellor.
// Who made the booking, or comes to it, must still consent.
func (s *Service) Reschedule(ctx context.Context, actor model.Actor, id, slotID model.ID) (Booking, error) {
	if err := s.mayStillAsk(ctx, actor, id); err != nil {
		return Booking{}, err
	}
	slot, err := s.visibleSlot(ctx, actor, slotID)
	if err != nil {
		return Booking{}, err
	}
	var b model.Booking
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if b, err = s.lockedBooking(tx, actor, id); err != nil {
			return err
		}
		if err := movable(b, b.CanReschedule(s.store.Now())); err != nil {
			return err
		}
		if b.SlotID != slotID {
			b, err = s.move(tx, actor, b, slot)
		}
		if err != nil {
			return err
		}
		return s.logChange(tx, actor, b)
	})
	if errors.Is(err, errSlotTaken) {
		return Booking{}, s.refuseTaken(ctx, slot.Slot)
	}
	if err != nil {
		return Booking{}, err
	}
	return s.bookingView(ctx, actor, b)
}

// move gives the booking the slot in place of its old one.
func (s *Service) move(tx *gorm.DB, actor model.Actor, b model.Booking, slot placedSlot) (model.Booking, error) {
	if b.AttendeeID == slot.CounsellorID {
		return b, errOwnSlot
	}
	if b.CounsellorID != slot.CounsellorID && actor.AccountID != b.AccountID {
		return b, errOthersCounsellor
	}
	old := b
	if asks(actor, b) && b.Version > maxMoves {
		return b, errTooManyMoves
	}
	if err := vacateRoom(tx, old.SlotID); err != nil { // the new slot may want the same room at the same time
		return b, err
	}
	if err := s.take(tx, slot, b.ID); err != nil {
		return b, err
	}
	b.SlotID, b.CounsellorID, b.RoomID, b.UnitID, b.Mode = slot.ID, slot.CounsellorID, slot.RoomID, slot.UnitID, slot.Mode
	b.StartsAt, b.EndsAt, b.UpdatedAt, b.Version = slot.StartsAt, slot.EndsAt, s.store.Now(), b.Version+1
	if err := tx.Where("booking_id = ?", b.ID).Delete(&model.PartyTime{}).Error; err != nil {
		return b, err
	}
	if err := s.occupy(tx, actor, b); err != nil {
		return b, err
	}
	if err := tx.Save(&b).Error; err != nil {
		return b, err
	}
	if err := s.retell(tx, actor, old, b); err != nil {
		return b, err
	}
	return b, s.free(tx, model.Slot{ID: old.SlotID, CounsellorID: old.CounsellorID, Status: model.SlotBooked, BookingID: old.ID})
}

// mayStillAsk refuses those on the asking side of a booking who could not
// make it any more: consent withdrawn, or the child not theirs now.
func (s *Service) mayStillAsk(ctx context.Context, actor model.Actor, id model.ID) error {
	b, err := s.visibleBooking(s.store.Read(ctx), actor, id)
	if err != nil {
		return err
	}
	if !asks(actor, b) {
		return nil // its counsellor, or a manager
	}
	who, err := s.attendee(ctx, actor, b.PupilID)
	if err != nil {
		return err
	}
	return s.mustConsent(ctx, actor, who)
}

// retell gives the messages of a booking its new time, and tells the other side
// of it at once: a counsellor to whom it no longer comes, that it is off, all
// others that it has moved.
func (s *Service) retell(tx *gorm.DB, actor model.Actor, old, moved model.Booking) error {
	if err := s.outbox.Drop(tx, causeBooking, moved.ID, message.KindBookingDay, message.KindBookingHour); err != nil {
		return err
	}
	comers, err := recipientsOf(tx, moved)
	if err != nil {
		return err
	}
	if err := s.remind(tx, moved, comers); err != nil {
		return err
	}
	concerned := append(comers, moved.CounsellorID)
	// What was to be said of an earlier move is no longer so.
	if err := s.outbox.DropTo(tx, causeBooking, moved.ID, concerned, kindMoved, kindCancelled); err != nil {
		return err
	}
	if err := s.tell(tx, actor, moved, kindMoved, concerned, old.StartsAt); err != nil || old.CounsellorID == moved.CounsellorID {
		return err
	}
	if err := s.outbox.DropTo(tx, causeBooking, moved.ID, []model.ID{old.CounsellorID}, kindMoved); err != nil {
		return err
	}
	old.UpdatedAt = moved.UpdatedAt
	return s.tell(tx, actor, old, kindCancelled, []model.ID{old.CounsellorID}, old.StartsAt)
}

// recipientsOf are who is reminded of a booking.
func recipientsOf(tx *gorm.DB, b model.Booking) ([]model.ID, error) {
	if b.PupilID == 0 {
		return []model.ID{b.AccountID}, nil
	}
	pupil, err := family.Pupil(tx, b.PupilID)
	if err != nil {
		return nil, err
	}
	return attendee{id: b.AttendeeID, pupil: &pupil}.recipients(b.AccountID), nil
}
