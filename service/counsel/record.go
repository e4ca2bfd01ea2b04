package counsel

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Record is a confidential note of the counsellor on a booking.
type Record struct {
	ID        model.ID `json:"id"`
	BookingID model.ID `json:"bookingId"`
	Text      string   `json:"text"`
	// HandedOver is set where another counsellor wrote it.
	HandedOver bool      `json:"handedOver,omitempty" doc:"Another counsellor wrote it and handed it over"`
	CreatedAt  time.Time `json:"createdAt"`
}

// ownBooking is the booking that the actor counsels; to anyone else, guardian or
// manager, its records do not exist.
func (s *Service) ownBooking(db *gorm.DB, actor model.Actor, id model.ID) (model.Booking, error) {
	var b model.Booking
	err := db.Where(s.counselledBy(actor)).Take(&b, "bookings.id = ?", id).Error
	return b, store.Found(err, "booking")
}

// AddRecord writes a note. It can't be changed afterwards, only followed by another.
func (s *Service) AddRecord(ctx context.Context, actor model.Actor, bookingID model.ID, text string) (Record, error) {
	row := model.CounselRecord{ID: s.store.NewID(), BookingID: bookingID, AuthorID: actor.AccountID, CreatedAt: s.store.Now()}
	sealed, err := s.vault.Seal(fieldRecord, row.ID, text)
	if err != nil {
		return Record{}, err
	}
	row.Content = sealed
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		b, err := s.ownBooking(tx, actor, bookingID)
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.log.Write(tx, actor, entry(model.AuditWrite, model.AuditRecord, b.ID, b.PupilID, b.UnitID, model.RoleCounsellor))
	})
	return Record{ID: row.ID, BookingID: bookingID, Text: text, CreatedAt: row.CreatedAt}, err
}

// Records reads the notes on a booking that the actor wrote and, where they
// counsel it now, those that their authors handed over to them. The rest of what
// another counsellor wrote before the family moved the booking stays that one's.
func (s *Service) Records(ctx context.Context, actor model.Actor, bookingID model.ID) ([]Record, error) {
	db := s.store.Read(ctx)
	var b model.Booking
	if err := db.Where(s.recordsVisibleTo(actor)).Take(&b, "bookings.id = ?", bookingID).Error; err != nil {
		return nil, store.Found(err, "booking")
	}
	readable := store.Where("author_id = ?", actor.AccountID)
	if b.CounsellorID == actor.AccountID {
		readable = store.Any(readable, handedOver(actor.AccountID))
	}
	var rows []model.CounselRecord
	if err := db.Where("booking_id = ?", bookingID).Where(readable).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	list := make([]Record, len(rows))
	for i, r := range rows {
		text, err := s.openText(fieldRecord, r.ID, r.Content)
		if err != nil {
			return nil, err
		}
		list[i] = Record{ID: r.ID, BookingID: r.BookingID, Text: text, HandedOver: r.AuthorID != actor.AccountID, CreatedAt: r.CreatedAt.UTC()}
	}
	if len(list) == 0 {
		return list, nil
	}
	return list, s.log.Record(ctx, actor, entry(model.AuditRead, model.AuditRecord, b.ID, b.PupilID, b.UnitID, model.RoleCounsellor))
}
