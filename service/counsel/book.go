package counsel

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// MaxConcernLength bounds what someone writes with a booking, in characters.
const MaxConcernLength = 2000

// BookIn asks for a slot.
type BookIn struct {
	SlotID  model.ID
	PupilID model.ID // zero: the actor themselves
	Concern string
	// SelfHarm is the answer to the safety question.
	SelfHarm bool
	// RequestKey is the call's Idempotency-Key, or empty.
	RequestKey string
}

var (
	errSlotTaken   = model.Conflict("slot_taken", "这个时间刚被约走了，请看看其他时间")
	errOverlapping = model.Conflict("overlapping_booking", "这段时间已经有别的预约了")
	errOwnSlot     = model.Conflict("own_slot", "不能预约自己的咨询时间")
	// errReplayed ends a transaction that met the booking of an earlier call with the same key.
	errReplayed = errors.New("request key is used")
)

// Book takes a slot. Of all who race for it exactly one gets it; the others
// get slot_taken with the free slots nearby (Refusal). A "yes" to the safety
// question raises an alert before all else, and the hotline card comes with
// either answer.
func (s *Service) Book(ctx context.Context, actor model.Actor, in BookIn) (Booking, error) {
	id, read := newBookingID(), time.Now()
	slot, slotErr := s.visibleSlot(ctx, actor, in.SlotID)
	if in.SelfHarm {
		if err := s.raiseAlert(ctx, actor, in.PupilID, id, slot.UnitID); err != nil {
			return Booking{}, withHotlines(err)
		}
	}
	booking, err := s.book(ctx, actor, in, id, slot, slotErr, read)
	return withCard(in.SelfHarm, booking, err)
}

func (s *Service) book(ctx context.Context, actor model.Actor, in BookIn, id model.ID, slot placedSlot, slotErr error, read time.Time) (Booking, error) {
	if earlier, found, err := s.replay(ctx, actor, in); found || err != nil {
		return earlier, err
	}
	if slotErr != nil {
		return Booking{}, slotErr
	}
	if !slot.Free(s.store.Now()) {
		return Booking{}, s.refuseTaken(ctx, slot.Slot) // spares the many losers of a race the transaction; decides no winner
	}
	row, err := s.contend(ctx, actor, in, id, slot, read)
	switch {
	case errors.Is(err, errReplayed), errors.Is(err, errSlotTaken):
		if earlier, found, replayErr := s.replay(ctx, actor, in); found || replayErr != nil {
			return earlier, replayErr
		}
		return Booking{}, s.refuseTaken(ctx, slot.Slot)
	case err != nil:
		return Booking{}, err
	}
	return s.bookingView(ctx, actor, row)
}

// newBookingID is an id that does not tell managers of the room when the booking was
// made: they would find the alert of that moment.
func newBookingID() model.ID { return model.RandomID() }

// contend tries to get the slot, in the caller's turn among those who want it.
func (s *Service) contend(ctx context.Context, actor model.Actor, in BookIn, id model.ID, slot placedSlot, read time.Time) (model.Booking, error) {
	done, err := s.queue.enter(ctx, slot.ID)
	if err != nil {
		return model.Booking{}, err
	}
	defer done()
	if s.queue.gone(slot.ID, read) {
		return model.Booking{}, errSlotTaken
	}
	who, err := s.attendee(ctx, actor, in.PupilID)
	if err != nil {
		return model.Booking{}, err
	}
	if err := s.mustConsent(ctx, actor, who); err != nil {
		return model.Booking{}, err
	}
	row, err := s.draft(id, actor, who, slot, in)
	if err != nil {
		return row, err
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.take(tx, slot, id); err != nil {
			return err
		}
		return s.insert(tx, actor, row, who)
	})
	if err == nil {
		s.queue.took(slot.ID)
	}
	return row, err
}

// replay finds the booking that an earlier call with the same key made.
func (s *Service) replay(ctx context.Context, actor model.Actor, in BookIn) (Booking, bool, error) {
	if in.RequestKey == "" {
		return Booking{}, false, nil
	}
	if err := model.CheckRequestKey(in.RequestKey); err != nil {
		return Booking{}, false, err
	}
	asked := cmp.Or(actor.PupilID, in.PupilID)
	var view Booking
	var made model.ID
	earlier, err := store.Replay(s.store.Read(ctx), actor.AccountID, in.RequestKey, func(rows []model.Booking) (same bool, err error) {
		row := rows[0]
		made = row.ID
		if row.RequestSlotID != in.SlotID || row.PupilID != asked {
			return false, nil
		}
		view, err = s.bookingView(ctx, actor, row)
		return row.SelfHarm == in.SelfHarm && view.Concern == in.Concern, err // nobody would read what is new in it
	})
	if err != nil || len(earlier) == 0 {
		return Booking{}, false, err
	}
	_, err = s.visibleBooking(s.store.Read(ctx), actor, made) // the child may be theirs no more
	return view, err == nil, err
}

// refuseTaken is slot_taken with the free slots nearby; where these can't be
// read in time the refusal stands without them.
func (s *Service) refuseTaken(ctx context.Context, slot model.Slot) error {
	list, err := s.alternatives(ctx, slot)
	if err != nil {
		slog.Warn("free slots nearby", "err", err)
		list = []Slot{}
	}
	return errSlotTaken.WithDetails(Refusal{Alternatives: list})
}

// draft is the booking to be, with its concern sealed.
func (s *Service) draft(id model.ID, actor model.Actor, who attendee, slot placedSlot, in BookIn) (model.Booking, error) {
	now := s.store.Now()
	row := model.Booking{
		ID: id, SlotID: slot.ID, CounsellorID: slot.CounsellorID, RoomID: slot.RoomID, UnitID: slot.UnitID, Mode: slot.Mode,
		StartsAt: slot.StartsAt, EndsAt: slot.EndsAt, AccountID: actor.AccountID, AttendeeID: who.id, PupilID: who.pupilID(),
		SelfHarm: in.SelfHarm, Status: model.BookingBooked, RequestSlotID: in.SlotID, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if who.id == slot.CounsellorID {
		return row, errOwnSlot
	}
	if utf8.RuneCountInString(in.Concern) > MaxConcernLength {
		return row, model.Invalid("concern", "concern_too_long", "内容请不超过2000字")
	}
	row.RequestKey = store.KeyColumn(in.RequestKey)
	var err error
	row.Concern, err = s.sealText(fieldConcern, id, in.Concern)
	return row, err
}

// take gives a free slot, and for a talk in person space in its room, to the
// booking: one conditional UPDATE and the key of room_times, by which the
// database decides who wins. The slot must still be as slot shows it.
func (s *Service) take(tx *gorm.DB, slot placedSlot, bookingID model.ID) error {
	now := s.store.Now()
	taken := tx.Model(&model.Slot{}).Where(free(now)).
		Where("slots.id = ? AND slots.ends_at = ? AND slots.room_id = ? AND slots.mode = ?", slot.ID, slot.EndsAt, slot.RoomID, slot.Mode).
		Updates(map[string]any{"status": model.SlotBooked, "booking_id": bookingID, "held_for": 0, "held_until": nil})
	if err := store.Changed(taken, errSlotTaken); err != nil {
		return err
	}
	if slot.HeldFor == 0 {
		return s.occupyRoom(tx, slot.Slot, slot.TalksAtOnce)
	}
	if err := s.keepRoom(tx, slot); err != nil {
		return err
	}
	// The hold had lapsed, or it would not have been free: its offer has ended.
	_, err := s.lapse(tx, slot.Slot)
	return err
}

// insert writes the booking, the times that it takes of both parties, and its reminders.
func (s *Service) insert(tx *gorm.DB, actor model.Actor, row model.Booking, who attendee) error {
	err := tx.Create(&row).Error
	if store.IsDuplicate(err) {
		return errReplayed
	}
	if err != nil {
		return err
	}
	if err := s.occupy(tx, actor, row); err != nil {
		return err
	}
	if err := s.mustBeFair(tx, row, who); err != nil {
		return err
	}
	if who.byStaff {
		role := s.askingRole(actor)
		if err := s.log.Write(tx, actor, entry(model.AuditWrite, model.AuditBooking, row.ID, row.PupilID, row.UnitID, role)); err != nil {
			return err
		}
	}
	return s.remind(tx, row, who.recipients(row.AccountID))
}

// occupy writes down that both parties are taken for the booking's time. The
// primary key refuses a person who is in another booking. Only a caller who may
// know of that booking is refused: a child may have booked alone, and a refusal
// would tell a guardian when, and staff who is in counselling. Other callers get
// a second booking, for which only the counsellor's time is written down.
func (s *Service) occupy(tx *gorm.DB, actor model.Actor, row model.Booking) error {
	if err := tx.Create(timesOf(row.CounsellorID, row)).Error; err != nil {
		if store.IsDuplicate(err) {
			return errSlotTaken
		}
		return err
	}
	err := tx.Create(timesOf(row.AttendeeID, row)).Error
	if !store.IsDuplicate(err) {
		return err
	}
	// An earlier second booking of the caller has no party times of the attendee,
	// so the bookings themselves are read.
	if err := s.accounts.Lock(s.store, tx, row.AccountID); err != nil {
		return err
	}
	known := store.Any(s.askedBy(actor, "bookings"), comes(actor, "bookings"), s.counselledBy(actor))
	found, err := store.Exists(tx.Model(&model.Booking{}).Where("attendee_id = ? AND status = ? AND starts_at < ? AND ends_at > ? AND id <> ?",
		row.AttendeeID, model.BookingBooked, row.EndsAt, row.StartsAt, row.ID).Where(known))
	if err == nil && found {
		err = errOverlapping
	}
	return err
}

// timesOf are the rows by which the party is taken for the booking's time.
func timesOf(party model.ID, row model.Booking) *[]model.PartyTime {
	times := store.Each(model.Buckets(row.StartsAt, row.EndsAt), func(b int) model.PartyTime {
		return model.PartyTime{PartyID: party, Bucket: b, BookingID: row.ID}
	})
	return &times
}
