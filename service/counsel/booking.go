package counsel

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Booking is an appointment as the actor may see it.
type Booking struct {
	ID           model.ID            `json:"id"`
	SlotID       model.ID            `json:"slotId"`
	CounsellorID model.ID            `json:"counsellorId"`
	RoomID       model.ID            `json:"roomId"`
	Mode         model.CounselMode   `json:"mode"`
	StartsAt     time.Time           `json:"startsAt"`
	EndsAt       time.Time           `json:"endsAt"`
	PupilID      model.ID            `json:"pupilId,omitempty" doc:"Absent where an adult comes, and for managers of the room"`
	PupilName    string              `json:"pupilName,omitempty" doc:"For the counsellor of the booking only"`
	Mark         string              `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassName    string              `json:"className,omitempty" doc:"For the counsellor of the booking only"`
	Status       model.BookingStatus `json:"status"`
	CancelReason string              `json:"cancelReason,omitempty"`
	// Concern and SelfHarm are for the one who wrote them and for the counsellor.
	Concern  string `json:"concern,omitempty"`
	SelfHarm *bool  `json:"selfHarm,omitempty"`
	// FeedbackGiven is set for those who may give feedback.
	FeedbackGiven *bool      `json:"feedbackGiven,omitempty" doc:"Whether feedback was given; absent for those who may not give it, such as the counsellor"`
	CreatedAt     *time.Time `json:"createdAt,omitempty" doc:"Absent for managers of the room"`
	Hotlines      []Hotline  `json:"hotlines,omitempty" doc:"The card of numbers to call, where the safety question was answered with yes"`
}

// BookingsIn says which bookings to list; zero values mean all.
type BookingsIn struct {
	From   time.Time           `query:"from" doc:"By the talk's start"`
	To     time.Time           `query:"to" doc:"Exclusive"`
	Status model.BookingStatus `query:"status"`
	store.PageRequest
}

var bookingsByStart = store.Ascending(func(b model.Booking) store.Keys { return store.Keys{b.StartsAt, b.ID} }, "bookings.starts_at", "bookings.id")

// bookingView is the booking as the actor may see it.
func (s *Service) bookingView(ctx context.Context, actor model.Actor, b model.Booking) (Booking, error) {
	counselled, err := s.counselled(s.store.Read(ctx), actor, []model.Booking{b})
	if err != nil {
		return Booking{}, err
	}
	return s.viewBooking(actor, b, counselled[b.ID])
}

// viewBooking tells who comes, and opens the concern, for those only who may know.
func (s *Service) viewBooking(actor model.Actor, b model.Booking, counsels bool) (Booking, error) {
	v := Booking{ID: b.ID, SlotID: b.SlotID, CounsellorID: b.CounsellorID, RoomID: b.RoomID, Mode: b.Mode, StartsAt: b.StartsAt.UTC(), EndsAt: b.EndsAt.UTC(),
		Status: b.Status}
	if asks(actor, b) || counsels {
		created := b.CreatedAt.UTC()
		v.PupilID, v.CreatedAt = b.PupilID, &created
	}
	if actor.AccountID != b.AccountID && !counsels {
		return v, nil
	}
	v.SelfHarm = &b.SelfHarm
	var err error
	if v.CancelReason, err = s.openText(fieldCancelReason, b.ID, b.CancelReason); err != nil {
		return v, err
	}
	v.Concern, err = s.openText(fieldConcern, b.ID, b.Concern)
	return v, err
}

// Bookings lists the bookings that the actor can see, by their start.
func (s *Service) Bookings(ctx context.Context, actor model.Actor, in BookingsIn) (store.Page[Booking], error) {
	q := s.store.Read(ctx).Where(store.All(s.bookingsVisibleTo(actor),
		store.When(!in.From.IsZero(), "bookings.starts_at >= ?", model.Instant(in.From)),
		store.When(!in.To.IsZero(), "bookings.starts_at < ?", model.Instant(in.To)),
		store.When(in.Status != "", "bookings.status = ?", in.Status)))
	rows, next, err := bookingsByStart.Read(q, in.PageRequest)
	if err != nil {
		return store.Page[Booking]{}, err
	}
	views, err := s.bookingViews(ctx, actor, rows)
	return store.Page[Booking]{Items: views, NextCursor: next}, err
}

// Booking returns one booking that the actor can see.
func (s *Service) Booking(ctx context.Context, actor model.Actor, id model.ID) (Booking, error) {
	b, err := s.visibleBooking(s.store.Read(ctx), actor, id)
	if err != nil {
		return Booking{}, err
	}
	return store.Only(s.bookingViews(ctx, actor, []model.Booking{b}))
}

// bookingViews are the bookings as the actor may see them, with the names of
// those who come and whether feedback was given. The audit log says that staff saw them.
func (s *Service) bookingViews(ctx context.Context, actor model.Actor, rows []model.Booking) ([]Booking, error) {
	db := s.store.Read(ctx)
	counselled, err := s.counselled(db, actor, rows)
	if err != nil {
		return nil, err
	}
	views := make([]Booking, len(rows))
	for i, b := range rows {
		if views[i], err = s.viewBooking(actor, b, counselled[b.ID]); err != nil {
			return nil, err
		}
	}
	if err := s.namePupils(ctx, counselled, views); err != nil {
		return nil, err
	}
	if err := s.noteFeedback(ctx, actor, rows, views); err != nil {
		return nil, err
	}
	reads, err := s.reads(db, actor, rows)
	if err != nil {
		return nil, err
	}
	return views, s.log.Record(ctx, actor, reads...)
}

func (s *Service) visibleBooking(db *gorm.DB, actor model.Actor, id model.ID) (model.Booking, error) {
	var b model.Booking
	err := db.Where(s.bookingsVisibleTo(actor)).Where("bookings.id = ?", id).Take(&b).Error
	return b, store.Found(err, "booking")
}

// lockedBooking reads a booking that the actor can see, in a transaction that
// then holds its counsellor's row and its own. Whatever ends or moves a
// booking goes through here, so one such change happens at a time.
func (s *Service) lockedBooking(tx *gorm.DB, actor model.Actor, id model.ID) (model.Booking, error) {
	b, err := s.visibleBooking(tx, actor, id)
	if err != nil {
		return b, err
	}
	if _, err := s.lockCounsellor(tx, b.CounsellorID); err != nil {
		return b, err
	}
	return s.visibleBooking(s.store.ForUpdate(tx), actor, id)
}

// Talks returns, for the officers on duty, the bookings with the ids.
func Talks(db *gorm.DB, ids []model.ID) (map[model.ID]model.Talk, error) {
	var rows []struct {
		ID model.ID
		model.Talk
	}
	err := db.Table("bookings AS b").Joins("LEFT JOIN rooms AS r ON r.id = b.room_id").Where(store.In("b.id", ids)).
		Select("b.id, b.starts_at, COALESCE(r.name, '') AS room, b.counsellor_id, b.status = ? AS cancelled", model.BookingCancelled).Scan(&rows).Error
	talks := map[model.ID]model.Talk{}
	for _, r := range rows {
		talks[r.ID] = r.Talk
	}
	return talks, err
}
