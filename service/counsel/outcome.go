package counsel

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
)

// Complete records that the booking took place. Only its counsellor may, once it has begun.
func (s *Service) Complete(ctx context.Context, actor model.Actor, id model.ID) (Booking, error) {
	return s.conclude(ctx, actor, id, model.BookingCompleted)
}

// NoShow records that nobody came. Only the counsellor may, once the booking should have begun.
func (s *Service) NoShow(ctx context.Context, actor model.Actor, id model.ID) (Booking, error) {
	return s.conclude(ctx, actor, id, model.BookingNoShow)
}

func (s *Service) conclude(ctx context.Context, actor model.Actor, id model.ID, status model.BookingStatus) (Booking, error) {
	var b model.Booking
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if b, err = s.lockedBooking(tx, actor, id); err != nil {
			return err
		}
		now := s.store.Now()
		counselled, err := s.counselled(tx, actor, []model.Booking{b})
		switch {
		case err != nil:
			return err
		case !counselled[b.ID]:
			return model.NotFound("booking")
		case b.Status == status:
			return s.logChange(tx, actor, b)
		case b.Status != model.BookingBooked:
			return errBookingOver
		case !b.CanConclude(now):
			return errBookingAhead
		}
		b.Status, b.UpdatedAt, b.Version = status, now, b.Version+1
		err = tx.Model(&model.Booking{}).Where("id = ?", b.ID).Updates(map[string]any{"status": status, "updated_at": now, "version": b.Version}).Error
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
