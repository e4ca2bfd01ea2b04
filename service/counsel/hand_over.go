package counsel

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

const (
	// handOverFor is how long after a talk its records can be handed over. A
	// booking moves before its talk only, so the author has at least that long.
	handOverFor = 30 * 24 * time.Hour
	// maxHandOversListed bounds the list of what could be handed over.
	maxHandOversListed = 100
)

var (
	errNotTheCounsellor  = model.Conflict("not_the_counsellor", "记录只能交给这次预约现在的咨询师")
	errHandOverToSelf    = model.Conflict("hand_over_to_self", "这次预约现在由您咨询，不用交接")
	errHandOverOver      = model.Conflict("hand_over_over", "这次咨询过去三十天以上了，记录不能再交接")
	errReceiverHasNoPost = model.Conflict("counsellor_role_missing", "对方现在不是本单位的咨询师，不能交接")
)

// Handover tells that an author gave records of a booking to its counsellor.
type Handover struct {
	ID           model.ID  `json:"id"`
	BookingID    model.ID  `json:"bookingId"`
	CounsellorID model.ID  `json:"counsellorId" doc:"Who reads the records now, beside their author"`
	CreatedAt    time.Time `json:"createdAt"`
}

// UnreadRecords are records of the caller on a booking that another counsels
// now, who can't read them.
type UnreadRecords struct {
	BookingID      model.ID `json:"bookingId"`
	CounsellorID   model.ID `json:"counsellorId" doc:"Who counsels the booking now"`
	CounsellorName string   `json:"counsellorName"`
	Records        int      `json:"records" doc:"How many records that counsellor can't read"`
}

// atTheirPost keeps the bookings at or below the units at which the actor is a counsellor now.
func (s *Service) atTheirPost(actor model.Actor) store.Cond {
	return store.Below("bookings.unit_id", actor.UnitsAs(s.store.Now(), model.RoleCounsellor))
}

// recordsVisibleTo keeps the bookings whose records the actor may ask for: those
// that they counsel, and those of which they wrote a record. Both need the post.
func (s *Service) recordsVisibleTo(actor model.Actor) store.Cond {
	return store.Any(s.counselledBy(actor), store.All(s.atTheirPost(actor),
		store.Where("EXISTS (SELECT 1 FROM counsel_records AS w WHERE w.booking_id = bookings.id AND w.author_id = ?)", actor.AccountID)))
}

// HandOverRecords gives the records that the actor has written of a booking so
// far to the counsellor of the booking now, who then reads them for as long as
// they counsel it. Both hold the post at the booking's unit. It is possible
// until handOverFor after the talk, also when the actor no longer sees the
// booking. Each such act is kept as a row that is never changed; one that gives
// nothing new returns the earlier one.
func (s *Service) HandOverRecords(ctx context.Context, actor model.Actor, bookingID, counsellorID model.ID) (Handover, error) {
	var row model.RecordHandover
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		// The lock keeps the booking with its counsellor.
		var b model.Booking
		if err := s.store.ForUpdate(tx).Where(s.recordsVisibleTo(actor)).Take(&b, "bookings.id = ?", bookingID).Error; err != nil {
			return store.Found(err, "booking")
		}
		now := s.store.Now()
		switch {
		case b.CounsellorID != counsellorID:
			return errNotTheCounsellor
		case b.CounsellorID == actor.AccountID:
			return errHandOverToSelf
		case !b.EndsAt.Add(handOverFor).After(now):
			return errHandOverOver
		}
		works, err := s.hasGrant(tx, counsellorID, b.UnitID, now)
		if err != nil {
			return err
		}
		if !works {
			return errReceiverHasNoPost
		}
		var last model.CounselRecord // there is one: the booking is another's, so the actor sees it as an author
		if err := tx.Select("id").Where("booking_id = ? AND author_id = ?", b.ID, actor.AccountID).Order("id DESC").Take(&last).Error; err != nil {
			return err
		}
		row = model.RecordHandover{ID: s.store.NewID(), BookingID: b.ID, AuthorID: actor.AccountID, CounsellorID: counsellorID, LastRecordID: last.ID, CreatedAt: now}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
		key := row
		row = model.RecordHandover{}
		err = tx.Take(&row, "booking_id = ? AND author_id = ? AND counsellor_id = ? AND last_record_id = ?", key.BookingID, key.AuthorID, key.CounsellorID, key.LastRecordID).Error
		if err != nil {
			return err
		}
		return s.log.Write(tx, actor, entry(model.AuditGrant, model.AuditRecord, b.ID, b.PupilID, b.UnitID, model.RoleCounsellor))
	})
	return Handover{ID: row.ID, BookingID: row.BookingID, CounsellorID: row.CounsellorID, CreatedAt: row.CreatedAt.UTC()}, err
}

// handedOver keeps the records that another handed over to the account.
func handedOver(account model.ID) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM record_handovers AS h WHERE h.booking_id = counsel_records.booking_id AND h.author_id = counsel_records.author_id"+
		" AND h.counsellor_id = ? AND h.last_record_id >= counsel_records.id)", account)
}

// RecordsToHandOver lists the bookings that went to another counsellor, who
// can't read what the actor wrote of them. Booking and post must allow a
// hand-over still.
func (s *Service) RecordsToHandOver(ctx context.Context, actor model.Actor) ([]UnreadRecords, error) {
	list := []UnreadRecords{}
	err := s.store.Read(ctx).Model(&model.CounselRecord{}).
		Joins("JOIN bookings ON bookings.id = counsel_records.booking_id").Joins("JOIN counsellors ON counsellors.account_id = bookings.counsellor_id").
		Where("counsel_records.author_id = ? AND bookings.counsellor_id <> ? AND bookings.ends_at > ?", actor.AccountID, actor.AccountID, s.store.Now().Add(-handOverFor)).
		Where(s.atTheirPost(actor)).
		Where("NOT EXISTS (SELECT 1 FROM record_handovers AS h WHERE h.booking_id = bookings.id AND h.author_id = counsel_records.author_id" +
			" AND h.counsellor_id = bookings.counsellor_id AND h.last_record_id >= counsel_records.id)").
		Group("bookings.id, bookings.counsellor_id, counsellors.name").Order("bookings.id").Limit(maxHandOversListed).
		Select("bookings.id AS booking_id, bookings.counsellor_id, counsellors.name AS counsellor_name, COUNT(*) AS records").Scan(&list).Error
	return list, err
}
