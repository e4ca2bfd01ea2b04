package counsel

import (
	"context"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// MaxFeedbackLength is the longest feedback text, in characters.
const MaxFeedbackLength = 1000

var (
	errFeedbackEarly = model.Conflict("talk_not_completed", "咨询完成后才能评价")
	errFeedbackGiven = model.Conflict("feedback_given", "这次咨询已经评价过了")
	errFeedbackLong  = model.Invalid("text", "text_too_long", "最多写1000个字")
	errHelped        = model.Invalid("helped", "helped_unknown", "请选择有没有帮助")
)

// Feedback is what a person wrote after a booking, as its author sees it.
type Feedback struct {
	BookingID model.ID     `json:"bookingId"`
	Helped    model.Helped `json:"helped"`
	Text      string       `json:"text,omitempty"`
	CreatedAt time.Time    `json:"createdAt"`
	Hotlines  []Hotline    `json:"hotlines" doc:"The card of numbers to call: no one judges what is written, so everyone gets it"`
}

// GiveFeedback stores what the person says after a booking that took place: who
// booked it, or the pupil who came, once. Saying the same again returns the
// same, as a phone repeats itself. Every response, also a refusal, carries the
// hotline card: the text may ask for help, and no algorithm judges that.
func (s *Service) GiveFeedback(ctx context.Context, actor model.Actor, id model.ID, helped model.Helped, text string) (Feedback, error) {
	switch {
	case !helped.Valid():
		return Feedback{}, withHotlines(errHelped)
	case utf8.RuneCountInString(text) > MaxFeedbackLength:
		return Feedback{}, withHotlines(errFeedbackLong)
	}
	row := model.BookingFeedback{BookingID: id, AccountID: actor.AccountID, Helped: helped, CreatedAt: s.store.Now()}
	var err error
	if row.Content, err = s.sealText(fieldFeedback, id, text); err != nil {
		return Feedback{}, withHotlines(err)
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		b, err := s.visibleBooking(tx, actor, id)
		switch {
		case err != nil:
			return err
		case !mayGiveFeedback(actor, b):
			return model.NotFound("booking")
		case !b.CanGiveFeedback():
			return errFeedbackEarly
		}
		row.RoomID = b.RoomID
		return tx.Create(&row).Error // the primary key decides who was first
	})
	if store.IsDuplicate(err) {
		row, err = s.givenBefore(ctx, actor, row, text)
	}
	if err != nil {
		return Feedback{}, withHotlines(err)
	}
	return Feedback{BookingID: id, Helped: helped, Text: text, CreatedAt: row.CreatedAt.UTC(), Hotlines: Hotlines()}, nil
}

// mayGiveFeedback reports whether the actor may give feedback: who booked it
// or came to it, but not its counsellor, who can book for a pupil.
func mayGiveFeedback(actor model.Actor, b model.Booking) bool {
	return actor.AccountID != b.CounsellorID && asks(actor, b)
}

// givenBefore is the feedback that is there already, if it is the actor's and the same.
func (s *Service) givenBefore(ctx context.Context, actor model.Actor, again model.BookingFeedback, text string) (model.BookingFeedback, error) {
	var row model.BookingFeedback
	if err := s.store.Read(ctx).Take(&row, "booking_id = ?", again.BookingID).Error; err != nil {
		return row, err
	}
	before, err := s.openText(fieldFeedback, row.BookingID, row.Content)
	if err != nil {
		return row, err
	}
	if row.AccountID != actor.AccountID || row.Helped != again.Helped || before != text {
		return row, errFeedbackGiven
	}
	return row, nil
}

// noteFeedback fills in, on the actor's own bookings, whether feedback is
// given. The counsellor and managers are not told: with the room's counts it
// would say too much.
func (s *Service) noteFeedback(ctx context.Context, actor model.Actor, rows []model.Booking, views []Booking) error {
	var ids []model.ID
	for i, b := range rows {
		if !mayGiveFeedback(actor, b) {
			continue
		}
		views[i].FeedbackGiven = new(bool)
		if b.CanGiveFeedback() {
			ids = append(ids, b.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var given []model.ID
	if err := s.store.Read(ctx).Model(&model.BookingFeedback{}).Where("booking_id IN ?", ids).Pluck("booking_id", &given).Error; err != nil {
		return err
	}
	is := store.Set(given)
	for i := range views {
		if views[i].FeedbackGiven != nil {
			*views[i].FeedbackGiven = is[views[i].ID]
		}
	}
	return nil
}
