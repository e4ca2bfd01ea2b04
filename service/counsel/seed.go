package counsel

import (
	"gorm.io/gorm"

	"xinyu/model"
)

// Seed is what the demo has of counselling: rooms with their counsellors and
// rules, and bookings of the past, which nobody could make now.
type Seed struct {
	Rooms       []*model.Room
	Counsellors []*model.Counsellor
	Rules       []*model.AvailabilityRule
	Slots       []*model.Slot
	Bookings    []*model.Booking
}

// Write writes the rows as they are, and that both sides of a booking are busy.
func (s Seed) Write(tx *gorm.DB) error {
	var busy []model.PartyTime
	for _, b := range s.Bookings {
		for _, party := range []model.ID{b.CounsellorID, b.AttendeeID} {
			for _, bucket := range model.Buckets(b.StartsAt, b.EndsAt) {
				busy = append(busy, model.PartyTime{PartyID: party, Bucket: bucket, BookingID: b.ID})
			}
		}
	}
	for _, rows := range []any{s.Rooms, s.Counsellors, s.Rules, s.Slots, s.Bookings, busy} {
		if err := tx.CreateInBatches(rows, 100).Error; err != nil {
			return err
		}
	}
	return nil
}
