package model

import (
	"slices"
	"time"
)

// Helped says whether a booking helped.
type Helped string

// The answers to "did it help?".
const (
	HelpedYes    Helped = "yes"
	HelpedPartly Helped = "partly"
	HelpedNo     Helped = "no"
)

// Valid reports whether h is a known reply.
func (h Helped) Valid() bool { return slices.Contains(h.Values(), h) }

// BookingFeedback is what was said of a booking, once, by who made it or came
// to it. Nobody who works for the programme sees a single one.
type BookingFeedback struct {
	BookingID ID `gorm:"primaryKey;autoIncrement:false"`
	RoomID    ID
	AccountID ID // who said it
	Helped    Helped
	Content   []byte // sealed; nil where nothing was written
	CreatedAt time.Time
}

// TableName names the table.
func (BookingFeedback) TableName() string { return "booking_feedback" }

// CanGiveFeedback reports whether feedback can be given: once the booking took place.
func (b Booking) CanGiveFeedback() bool { return b.Status == BookingCompleted }

// MinShown is the smallest count of people's answers that is shown to anyone.
const MinShown = 5

// Suppress takes the small cells out of counts that are shown beside their
// sum: nil in the answer is a cell not shown. A zero says nothing of anybody
// and stays, unless it is needed as cover: the cells left out together always
// hold MinShown at least, and are two at least, so that the sum gives none away.
func Suppress(counts []int) []*int {
	shown := make([]*int, len(counts))
	for i := range counts {
		shown[i] = &counts[i]
	}
	hidden, sum := 0, 0
	hide := func(i int) { shown[i], hidden, sum = nil, hidden+1, sum+counts[i] }
	for i, n := range counts {
		if n > 0 && n < MinShown {
			hide(i)
		}
	}
	for hidden > 0 && (hidden < 2 || sum < MinShown) {
		next := -1
		for i := range counts { // the smallest that is still shown, so that as much as can be stays
			if shown[i] != nil && (next < 0 || counts[i] < counts[next]) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		hide(next)
	}
	return shown
}
