package counsel

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Overview is what a family has before it in counselling.
type Overview struct {
	Bookings     []NextBooking // the next ones, first those that begin first
	BookingCount int           // of all that are still to come
	Offers       []NextOffer   // what is held for the caller, the soonest to lapse first
	OfferCount   int
	WaitingCount int // places on the wait-list to which nothing is offered yet
}

// NextBooking is a booking to come, without its concern.
type NextBooking struct {
	ID             model.ID          `json:"id"`
	StartsAt       time.Time         `json:"startsAt"`
	EndsAt         time.Time         `json:"endsAt"`
	Mode           model.CounselMode `json:"mode"`
	PupilID        model.ID          `json:"pupilId,omitempty" doc:"Absent where an adult comes"`
	CounsellorID   model.ID          `json:"counsellorId"`
	CounsellorName string            `json:"counsellorName"`
	RoomID         model.ID          `json:"roomId"`
	RoomName       string            `json:"roomName"`
	Place          string            `json:"place"`
}

// NextOffer is a slot held for the caller.
type NextOffer struct {
	WaitEntryID    model.ID          `json:"waitEntryId"`
	SlotID         model.ID          `json:"slotId"`
	StartsAt       time.Time         `json:"startsAt"`
	EndsAt         time.Time         `json:"endsAt"`
	Mode           model.CounselMode `json:"mode"`
	PupilID        model.ID          `json:"pupilId,omitempty" doc:"Absent where an adult comes"`
	CounsellorID   model.ID          `json:"counsellorId"`
	CounsellorName string            `json:"counsellorName"`
	RoomID         model.ID          `json:"roomId"`
	RoomName       string            `json:"roomName"`
	HeldUntil      time.Time         `json:"heldUntil"`
	SecondsLeft    int               `json:"secondsLeft" gorm:"-" doc:"By the server's clock"`
}

// overviewItems is how many items of a kind an overview shows; the counts tell of the others.
const overviewItems = 10

// Overview returns the bookings to come that the caller made or that are the
// caller's own, and what is offered from the wait-list. It never shows a
// guardian what their child booked alone.
func (s *Service) Overview(ctx context.Context, actor model.Actor) (Overview, error) {
	db, now := s.store.Read(ctx), s.store.Now()
	var out Overview
	err := countAndList(&out.BookingCount, &out.Bookings, func() *gorm.DB {
		return db.Table("bookings AS b").Where("b.status = ? AND b.ends_at > ?", model.BookingBooked, now).
			Where(store.Any(s.askedBy(actor, "b"), comes(actor, "b")))
	}, func(q *gorm.DB) *gorm.DB {
		return q.Joins("JOIN rooms AS r ON r.id = b.room_id").Joins("LEFT JOIN counsellors AS c ON c.account_id = b.counsellor_id").
			Select("b.id, b.starts_at, b.ends_at, b.mode, b.pupil_id, b.counsellor_id, COALESCE(c.name, '') AS counsellor_name, b.room_id, r.name AS room_name, r.place").
			Order("b.starts_at, b.id")
	})
	if err != nil {
		return Overview{}, fmt.Errorf("list the next bookings: %w", err)
	}
	err = countAndList(&out.OfferCount, &out.Offers, func() *gorm.DB {
		return db.Table("wait_entries AS w").Where("w.status = ? AND w.held_until > ?", model.WaitOffered, now).Where(s.askedBy(actor, "w"))
	}, func(q *gorm.DB) *gorm.DB {
		return q.Joins("JOIN slots AS t ON t.id = w.slot_id").Joins("JOIN rooms AS r ON r.id = t.room_id").
			Joins("LEFT JOIN counsellors AS c ON c.account_id = t.counsellor_id").
			Select("w.id AS wait_entry_id, t.id AS slot_id, t.starts_at, t.ends_at, t.mode, w.pupil_id, t.counsellor_id, COALESCE(c.name, '') AS counsellor_name, t.room_id, r.name AS room_name, w.held_until").
			Order("w.held_until, w.id")
	})
	if err != nil {
		return Overview{}, fmt.Errorf("look for offers: %w", err)
	}
	for i := range out.Offers {
		out.Offers[i].SecondsLeft = int(out.Offers[i].HeldUntil.Sub(now) / time.Second)
	}
	var waiting int64
	err = db.Model(&model.WaitEntry{}).Where("status = ? AND to_at > ?", model.WaitWaiting, now).Where(s.askedBy(actor, "wait_entries")).Count(&waiting).Error
	if err != nil {
		return Overview{}, fmt.Errorf("count who waits: %w", err)
	}
	out.WaitingCount = int(waiting)
	return out, s.logOverview(ctx, actor, out)
}

// countAndList counts the rows of a query and reads the first of them.
func countAndList[T any](count *int, items *[]T, query func() *gorm.DB, list func(*gorm.DB) *gorm.DB) error {
	var n int64
	if err := query().Count(&n).Error; err != nil {
		return err
	}
	*count = int(n)
	return list(query()).Limit(overviewItems).Scan(items).Error
}
