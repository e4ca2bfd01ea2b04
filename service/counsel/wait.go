package counsel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// WaitEntry is a place on the wait-list.
type WaitEntry struct {
	ID           model.ID         `json:"id"`
	CounsellorID model.ID         `json:"counsellorId,omitempty"`
	RoomID       model.ID         `json:"roomId,omitempty"`
	PupilID      model.ID         `json:"pupilId,omitempty"`
	From         time.Time        `json:"from"`
	To           time.Time        `json:"to"`
	Status       model.WaitStatus `json:"status"`
	Offer        *Offer           `json:"offer,omitempty" doc:"The slot that is held for this entry now"`
	BookingID    model.ID         `json:"bookingId,omitempty" doc:"The booking that came of it"`
	Lapsed       bool             `json:"lapsed,omitempty" doc:"An offer lapsed without an answer, and the place was kept; it is kept once"`
	CreatedAt    time.Time        `json:"createdAt"`
}

// Offer is a slot held for someone until HeldUntil (exclusive).
type Offer struct {
	Slot      Slot      `json:"slot"`
	HeldUntil time.Time `json:"heldUntil"`
}

// WaitIn asks for a place on the wait-list of a counsellor, or of a room whoever is there.
type WaitIn struct {
	CounsellorID model.ID  `json:"counsellorId,omitempty" doc:"This or roomId"`
	RoomID       model.ID  `json:"roomId,omitempty" doc:"Any counsellor of the room"`
	From         time.Time `json:"from,omitempty" doc:"The talk lies within from and to; absent: now"`
	To           time.Time `json:"to" doc:"At most 60 days ahead"`
	PupilID      model.ID  `json:"pupilId,omitempty" doc:"The caller's child or, for staff, a pupil of their units; absent: the caller"`
	RequestKey   string    `json:"-"`
}

// How many places one account can hold at a time. Staff wait for many pupils.
const (
	maxWaiting      = 3
	maxStaffWaiting = 10
)

// maxWait is how far ahead one can wait.
const maxWait = model.MaxHorizonDays * 24 * time.Hour

var (
	errWaitTarget   = model.Invalid("counsellorId", "target_required", "请选择咨询师或咨询室")
	errWaitTime     = model.Invalid("to", "time_out_of_range", "请选择今后60天以内的一段时间")
	errWaitOver     = model.Conflict("wait_over", "这次候补已经结束")
	errNoOffer      = model.Conflict("nothing_offered", "还没有为您保留的时间")
	errOfferLapsed  = model.Conflict("offer_expired", "保留的时间已过。您仍在原来的位置候补，再有空出来的时间会先留给您")
	errOfferExpired = model.Conflict("offer_expired", "保留的时间已过，请重新候补或选择其他时间")
)

// Wait joins the wait-list. A slot that is freed later is offered in the order of joining.
func (s *Service) Wait(ctx context.Context, actor model.Actor, in WaitIn) (WaitEntry, error) {
	now := s.store.Now()
	row := model.WaitEntry{ID: s.store.NewID(), AccountID: actor.AccountID, CounsellorID: in.CounsellorID, RoomID: in.RoomID,
		FromAt: model.Instant(in.From), ToAt: model.Instant(in.To), Status: model.WaitWaiting, CreatedAt: now, UpdatedAt: now}
	if in.From.IsZero() {
		row.FromAt = now
	}
	if err := model.CheckRequestKey(in.RequestKey); err != nil {
		return WaitEntry{}, err
	}
	if in.CounsellorID == 0 && in.RoomID == 0 {
		return WaitEntry{}, errWaitTarget
	}
	if !row.ToAt.After(row.FromAt) || !row.ToAt.After(now) || row.ToAt.After(now.Add(maxWait)) {
		return WaitEntry{}, errWaitTime
	}
	if err := s.mustSeeTarget(ctx, actor, row); err != nil {
		return WaitEntry{}, err
	}
	who, err := s.attendee(ctx, actor, in.PupilID)
	if err != nil {
		return WaitEntry{}, err
	}
	if err := s.mustConsent(ctx, actor, who); err != nil {
		return WaitEntry{}, err
	}
	row.AttendeeID, row.PupilID = who.id, who.pupilID()
	row.RequestKey = store.KeyColumn(in.RequestKey)
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		standing, err := s.standing(tx, row, who)
		if err != nil {
			return err
		}
		if standing != nil && in.RequestKey == "" {
			row = *standing
			return s.logWait(tx, actor, row)
		}
		err = tx.Create(&row).Error
		if err == nil {
			return s.logWait(tx, actor, row)
		}
		if !store.IsDuplicate(err) {
			return err
		}
		earlier, replayErr := store.Replay(tx, actor.AccountID, in.RequestKey, func(rows []model.WaitEntry) (bool, error) {
			e := rows[0]
			return e.CounsellorID == row.CounsellorID && e.RoomID == row.RoomID && e.AttendeeID == row.AttendeeID && e.ToAt.Equal(row.ToAt), nil
		})
		if replayErr != nil || len(earlier) == 0 {
			return cmp.Or(replayErr, err)
		}
		row = earlier[0]
		return s.logWait(tx, actor, row)
	})
	if err != nil {
		return WaitEntry{}, err
	}
	return s.waitView(ctx, row)
}

// standing returns the entry that the attendee has already for the same
// counsellor and room and all of the time wished for, or nil, and refuses an account that holds too many. The
// account's locked row keeps its calls apart.
func (s *Service) standing(tx *gorm.DB, row model.WaitEntry, who attendee) (*model.WaitEntry, error) {
	if err := s.accounts.Lock(s.store, tx, row.AccountID); err != nil {
		return nil, err
	}
	var held []model.WaitEntry
	err := tx.Where("account_id = ? AND status IN ? AND to_at > ?", row.AccountID, []model.WaitStatus{model.WaitWaiting, model.WaitOffered}, s.store.Now()).Find(&held).Error
	if err != nil {
		return nil, err
	}
	for i, w := range held {
		if w.AttendeeID == row.AttendeeID && w.CounsellorID == row.CounsellorID && w.RoomID == row.RoomID && !w.FromAt.After(row.FromAt) && !w.ToAt.Before(row.ToAt) {
			return &held[i], nil
		}
	}
	most := maxWaiting
	if who.byStaff {
		most = maxStaffWaiting
	}
	if len(held) >= most {
		return nil, model.Conflict("too_many_waits", "您的候补已经够多了，请等一等消息，或先取消一个")
	}
	return nil, nil
}

// mustSeeTarget refuses a room or counsellor that the actor can't see.
func (s *Service) mustSeeTarget(ctx context.Context, actor model.Actor, row model.WaitEntry) error {
	if row.RoomID != 0 {
		var room model.Room
		err := s.store.Read(ctx).Where(s.roomsVisibleTo(actor)).Where("rooms.id = ? AND rooms.closed_at IS NULL", row.RoomID).Take(&room).Error
		if err != nil {
			return store.Found(err, "room")
		}
	}
	if row.CounsellorID == 0 {
		return nil
	}
	var c model.Counsellor
	err := s.store.Read(ctx).Scopes(s.working).Where(s.roomsVisibleTo(actor)).
		Where("counsellors.account_id = ? AND rooms.closed_at IS NULL", row.CounsellorID).Take(&c).Error
	return store.Found(err, "counsellor")
}

var newestWaits = store.Descending(func(e model.WaitEntry) store.Keys { return store.Keys{e.ID} }, "wait_entries.id")

// WaitList lists the actor's own entries, newest first.
func (s *Service) WaitList(ctx context.Context, actor model.Actor, in store.PageRequest) (store.Page[WaitEntry], error) {
	rows, next, err := newestWaits.Read(s.store.Read(ctx).Where(s.askedBy(actor, "wait_entries")), in)
	if err != nil {
		return store.Page[WaitEntry]{}, err
	}
	reads, err := s.waits(s.store.Read(ctx), actor, model.AuditRead, rows...)
	if err != nil {
		return store.Page[WaitEntry]{}, err
	}
	if err := s.log.Record(ctx, actor, reads...); err != nil {
		return store.Page[WaitEntry]{}, err
	}
	page := store.Page[WaitEntry]{Items: make([]WaitEntry, len(rows)), NextCursor: next}
	for i, row := range rows {
		if page.Items[i], err = s.waitView(ctx, row); err != nil {
			return store.Page[WaitEntry]{}, err
		}
	}
	return page, nil
}

// waitView shows an offer only while it holds, also before the job has ended it.
func (s *Service) waitView(ctx context.Context, e model.WaitEntry) (WaitEntry, error) {
	v := WaitEntry{ID: e.ID, CounsellorID: e.CounsellorID, RoomID: e.RoomID, PupilID: e.PupilID, From: e.FromAt.UTC(), To: e.ToAt.UTC(),
		Status: e.Status, BookingID: e.BookingID, Lapsed: e.LapsedSlotID != 0, CreatedAt: e.CreatedAt.UTC()}
	if e.Status != model.WaitOffered {
		return v, nil
	}
	if now := s.store.Now(); !e.Offered(now) {
		v.Status = model.WaitExpired
		if e.KeepsPlace(now) {
			v.Status, v.Lapsed = model.WaitWaiting, true
		}
		return v, nil
	}
	var slot model.Slot
	if err := s.store.Read(ctx).Where("id = ?", e.SlotID).Take(&slot).Error; err != nil {
		return v, fmt.Errorf("read the slot on offer: %w", err)
	}
	v.Offer = &Offer{Slot: slotView(slot), HeldUntil: e.HeldUntil.UTC()}
	return v, nil
}

func (s *Service) ownEntry(db *gorm.DB, actor model.Actor, id model.ID) (model.WaitEntry, error) {
	var e model.WaitEntry
	err := db.Where(s.askedBy(actor, "wait_entries")).Take(&e, "wait_entries.id = ?", id).Error
	return e, store.Found(err, "wait_entry")
}

// CancelWait gives up a place; a slot held for it goes to the next. Giving up twice is fine.
func (s *Service) CancelWait(ctx context.Context, actor model.Actor, id model.ID) (WaitEntry, error) {
	var e model.WaitEntry
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if e, err = s.ownEntry(tx, actor, id); err != nil {
			return err
		}
		if err := s.logWait(tx, actor, e); err != nil || e.Status == model.WaitCancelled {
			return err
		}
		if e.Status == model.WaitTaken || e.Status == model.WaitExpired {
			return errWaitOver
		}
		held := model.Slot{Status: model.SlotHeld, HeldFor: e.ID}
		if e.Status == model.WaitOffered {
			if err := tx.Where("id = ?", e.SlotID).Take(&held).Error; err != nil {
				return err
			}
			if _, err := s.lockCounsellor(tx, held.CounsellorID); err != nil {
				return err
			}
		}
		now := s.store.Now()
		cancelled := tx.Model(&model.WaitEntry{}).Where("id = ? AND status = ? AND slot_id = ?", e.ID, e.Status, e.SlotID).
			Updates(map[string]any{"status": model.WaitCancelled, "held_until": nil, "updated_at": now})
		if err := store.Changed(cancelled, errMoved); err != nil {
			return err
		}
		if e.Status == model.WaitOffered {
			held.Status, held.BookingID, held.HeldFor = model.SlotHeld, 0, e.ID
			if err := s.dropOffer(tx, e.ID); err != nil {
				return err
			}
			if err := s.free(tx, held); err != nil {
				return err
			}
		}
		e.Status = model.WaitCancelled
		return nil
	})
	if errors.Is(err, errMoved) {
		return s.CancelWait(ctx, actor, id) // an offer came or went in this moment: look again
	}
	if err != nil {
		return WaitEntry{}, err
	}
	return s.waitView(ctx, e)
}

// errMoved ends a transaction whose entry changed under its hands.
var errMoved = errors.New("wait-list entry has changed")
