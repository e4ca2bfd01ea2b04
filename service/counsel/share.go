package counsel

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// The caps for one account leave free times for others. They don't apply to
// staff who book for a pupil. A yes to the safety question is a call for help:
// who has used up their share still gets a talk, but not every free time there is.
const (
	// helpShare is how many times the usual share an account has for bookings whose safety answer is yes.
	helpShare = 2
	// maxBookingsADay bounds what an account books for one person within a day,
	// also what it has cancelled again.
	maxBookingsADay = 6
	// maxOffers is how many slots are held for an account at a time.
	maxOffers = 2
	// secondThoughts is how soon after booking the asking side cancels or moves a
	// talk that is more than farOff ahead without a message to the counsellor, who
	// has hardly read of it.
	secondThoughts = 10 * time.Minute
	farOff         = 24 * time.Hour
	// maxMoves is how often the asking side moves a booking: each time somebody is told.
	maxMoves = 10
)

var (
	errTooManyBookings = model.Conflict("too_many_bookings", "您已经约好了几次，谈过之后就可以再约；也可以改期。如果情况紧急，请直接拨打求助电话")
	errTooManyMoves    = model.Conflict("too_many_moves", "这次预约已经改过很多次了，请取消后重新预约，或请咨询师来改")
	errTooManyToday    = model.Conflict("too_many_bookings_today", "今天预约的次数比较多了，请明天再来。如果情况紧急，请直接拨打求助电话")
)

// mustBeFair refuses a booking, just written, beyond the share of its account.
// It counts what the account itself has booked for the person: a guardian must
// not learn by it what a child booked alone, nor leave the child without a
// share. The account's locked row keeps its calls apart.
func (s *Service) mustBeFair(tx *gorm.DB, row model.Booking, who attendee) error {
	if who.byStaff {
		return nil
	}
	share := 1
	if row.SelfHarm {
		share = helpShare
	}
	if err := s.accounts.Lock(s.store, tx, row.AccountID); err != nil {
		return err
	}
	var room model.Room
	if err := tx.Select("max_open_bookings").Take(&room, "id = ?", row.RoomID).Error; err != nil {
		return err
	}
	now := s.store.Now()
	var n struct{ Open, Today int }
	err := tx.Model(&model.Booking{}).Where("account_id = ? AND attendee_id = ?", row.AccountID, row.AttendeeID).
		Where("status = ? AND ends_at > ? OR created_at > ?", model.BookingBooked, now, now.AddDate(0, 0, -1)).
		Select("COUNT(CASE WHEN status = ? AND ends_at > ? THEN 1 END) AS open, COUNT(CASE WHEN created_at > ? THEN 1 END) AS today",
			model.BookingBooked, now, now.AddDate(0, 0, -1)).Scan(&n).Error
	switch {
	case err != nil:
		return err
	case n.Open > share*room.MaxOpenBookings:
		return errTooManyBookings
	case n.Today > share*maxBookingsADay:
		return errTooManyToday
	}
	return nil
}

// canBeOffered keeps the wait-list entries of accounts for which fewer than
// maxOffers slots are held.
const canBeOffered = `(SELECT COUNT(*) FROM wait_entries o WHERE o.account_id = wait_entries.account_id AND o.status = ? AND o.held_until > ?) < ?`

// hasRoomForOffer locks the account of the entry, which keeps offers of several
// counsellors apart, and reports whether one more can be held for it.
func (s *Service) hasRoomForOffer(tx *gorm.DB, e model.WaitEntry) (bool, error) {
	if err := s.accounts.Lock(s.store, tx, e.AccountID); err != nil {
		return false, err
	}
	var held int64
	err := tx.Model(&model.WaitEntry{}).Where("account_id = ? AND status = ? AND held_until > ?", e.AccountID, model.WaitOffered, s.store.Now()).Count(&held).Error
	return held < maxOffers, err
}
