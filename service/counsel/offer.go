package counsel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

const (
	causeWait  = "wait_entry"
	kindOffer  = message.KindWaitOffer
	offerTries = 20
)

// offerOpened offers slots that have just become free to those who wait for
// them, in the order of their waiting. It runs in the transaction that freed
// the slots and holds the counsellor's row, so nobody else can get between.
func (s *Service) offerOpened(tx *gorm.DB, c model.Counsellor, slots []model.Slot) error {
	if len(slots) == 0 {
		return nil
	}
	waiting, err := store.Exists(tx.Model(&model.WaitEntry{}).Where("status = ? AND to_at > ?", model.WaitWaiting, s.store.Now()).
		Where("counsellor_id = ? OR counsellor_id = 0 AND room_id = ?", c.AccountID, c.RoomID))
	if err != nil || !waiting {
		return err
	}
	for _, slot := range slots {
		if err := s.offer(tx, slot); err != nil {
			return err
		}
	}
	return nil
}

// offer holds the slot for the first who waits for it and has the time, as far
// as they know: that nothing is offered must not tell of a booking by another. It
// stays open when nobody does, or too little time is left to accept.
func (s *Service) offer(tx *gorm.DB, slot model.Slot) error {
	now := s.store.Now()
	until, ok := slot.HoldUntil(now)
	if !ok {
		return nil
	}
	buckets := model.Buckets(slot.StartsAt, slot.EndsAt)
	var fitting []model.WaitEntry
	err := tx.Where("status = ? AND from_at <= ? AND to_at >= ?", model.WaitWaiting, slot.StartsAt, slot.EndsAt).
		Where("counsellor_id = ? OR counsellor_id = 0 AND room_id = ?", slot.CounsellorID, slot.RoomID).
		Where("attendee_id <> ? AND lapsed_slot_id <> ?", slot.CounsellorID, slot.ID).
		Where("NOT EXISTS (SELECT 1 FROM party_times p JOIN bookings b ON b.id = p.booking_id WHERE p.party_id = wait_entries.attendee_id AND b.account_id = wait_entries.account_id"+
			" AND p.bucket BETWEEN ? AND ?)", buckets[0], buckets[len(buckets)-1]).
		Where(canBeOffered, model.WaitOffered, now, maxOffers).
		Order("created_at, id").Limit(offerTries).Find(&fitting).Error
	if err != nil {
		return fmt.Errorf("look who waits for a slot: %w", err)
	}
	if len(fitting) == 0 {
		return nil
	}
	var room model.Room
	if err := tx.Select("unit_id", "talks_at_once").Where("id = ?", slot.RoomID).Take(&room).Error; err != nil {
		return fmt.Errorf("read the room of a slot: %w", err)
	}
	if err := s.occupyRoom(tx, slot, room.TalksAtOnce); errors.Is(err, errSlotTaken) {
		return nil // another counsellor has the room: who frees it looks again
	} else if err != nil {
		return err
	}
	for _, entry := range fitting {
		if ok, err := s.hasRoomForOffer(tx, entry); err != nil {
			return err
		} else if !ok {
			continue // another counsellor's slot was offered to them a moment ago
		}
		if ok, err := s.couldAskNow(tx, entry); err != nil {
			return err
		} else if !ok {
			if err := s.endWait(tx, entry.ID); err != nil {
				return err
			}
			continue
		}
		res := tx.Model(&model.WaitEntry{}).Where("id = ? AND status = ?", entry.ID, model.WaitWaiting).
			Updates(map[string]any{"status": model.WaitOffered, "slot_id": slot.ID, "held_until": until, "updated_at": now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			continue // another slot was offered to them a moment ago, or they gave up
		}
		held := tx.Model(&model.Slot{}).Where("id = ? AND status = ?", slot.ID, model.SlotOpen).
			Updates(map[string]any{"status": model.SlotHeld, "held_for": entry.ID, "held_until": until})
		if err := store.Changed(held, errors.New("a slot changed while its counsellor was locked")); err != nil {
			return err
		}
		return s.tellOffered(tx, entry, slot, room.UnitID, until)
	}
	return vacateRoom(tx, slot.ID)
}

// couldAskNow reports whether who waits could still ask for the pupil: the
// guardianship, the own account or the post of staff may have ended since.
func (s *Service) couldAskNow(tx *gorm.DB, e model.WaitEntry) (bool, error) {
	if e.PupilID == 0 {
		return true, nil
	}
	pupil, err := family.Pupil(tx, e.PupilID, family.OnRoster())
	if model.KindOf(err) == model.KindNotFound {
		return false, nil
	}
	if err != nil || pupil.AccountID != nil && *pupil.AccountID == e.AccountID {
		return err == nil, err
	}
	guards, err := family.IsGuardian(tx, e.AccountID, e.PupilID)
	if err != nil || guards {
		return guards, err
	}
	above := func(unitColumn string) store.Cond { return store.Above(unitColumn, []model.ID{pupil.ClassID}) }
	return s.accounts.Holds(tx, e.AccountID, s.store.Now(), model.PupilFinders, above)
}

// endWait ends the waiting of who can't be offered anything any more.
func (s *Service) endWait(tx *gorm.DB, entry model.ID) error {
	return tx.Model(&model.WaitEntry{}).Where("id = ? AND status = ?", entry, model.WaitWaiting).
		Updates(map[string]any{"status": model.WaitExpired, "updated_at": s.store.Now()}).Error
}

func (s *Service) tellOffered(tx *gorm.DB, entry model.WaitEntry, slot model.Slot, unit model.ID, until time.Time) error {
	return s.outbox.Enqueue(tx, message.Message{
		Kind: kindOffer, CauseKind: causeWait, CauseID: entry.ID, RecipientID: entry.AccountID, PupilID: entry.PupilID, UnitID: unit, OwnerID: slot.CounsellorID,
		Payload:   map[string]any{"waitEntryId": entry.ID, "slotId": slot.ID, "startsAt": slot.StartsAt.UTC(), "heldUntil": until.UTC()},
		SendAfter: s.store.Now(), CutoffAt: until,
	})
}

func (s *Service) dropOffer(tx *gorm.DB, entryID model.ID) error {
	return s.outbox.Drop(tx, causeWait, entryID, kindOffer)
}

// free gives back a slot that was booked or held, in a transaction that holds
// the counsellor's row. The slot is first withdrawn; the expansion then opens
// it again if a rule still wants it, and offers it on; then the slots of the
// others whom it kept out of the room are offered. expected is the slot's state
// as the caller knows it.
func (s *Service) free(tx *gorm.DB, expected model.Slot) error {
	res := tx.Model(&model.Slot{}).
		Where("id = ? AND status = ? AND booking_id = ? AND held_for = ?", expected.ID, expected.Status, expected.BookingID, expected.HeldFor).
		Updates(map[string]any{"status": model.SlotWithdrawn, "booking_id": 0, "held_for": 0, "held_until": nil})
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	if err := vacateRoom(tx, expected.ID); err != nil {
		return err
	}
	if err := s.expand(tx, expected.CounsellorID); err != nil {
		return err
	}
	return s.offerBeside(tx, expected.ID)
}

// expiryBatch is how many lapsed holds one run of the job looks at.
const expiryBatch = 500

// ExpireHolds is the job that ends holds that nobody accepted, passing each slot to
// the next who waits or opening it, and ends the waiting whose time is over.
func (s *Service) ExpireHolds(ctx context.Context) error {
	var lapsed []model.Slot
	err := s.store.Read(ctx).Where("status = ? AND held_until <= ?", model.SlotHeld, s.store.Now()).
		Order("held_until, id").Limit(expiryBatch).Find(&lapsed).Error
	if err != nil {
		return fmt.Errorf("look for lapsed holds: %w", err)
	}
	var errs []error
	for _, slot := range lapsed {
		if err := s.expireHold(ctx, slot); err != nil {
			errs = append(errs, fmt.Errorf("end a hold: %w", err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		now := s.store.Now()
		return tx.Model(&model.WaitEntry{}).Where("status = ? AND to_at <= ?", model.WaitWaiting, now).
			Updates(map[string]any{"status": model.WaitExpired, "updated_at": now}).Error
	})
	if err != nil {
		errs = append(errs, fmt.Errorf("end waiting whose time has passed: %w", err))
	}
	return errors.Join(errs...)
}

func (s *Service) expireHold(ctx context.Context, slot model.Slot) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockCounsellor(tx, slot.CounsellorID); err != nil {
			return err
		}
		// Only a hold that has truly lapsed, and is still there, ends.
		if lapsed, err := s.lapse(tx, slot); err != nil || !lapsed {
			return err
		}
		return s.free(tx, slot)
	})
}

// lapse ends the offer of a held slot whose time to answer is over, and reports
// whether there was one. Who let it lapse waits on in the old place for other
// slots, once; then the waiting ends.
func (s *Service) lapse(tx *gorm.DB, slot model.Slot) (bool, error) {
	var e model.WaitEntry
	now := s.store.Now()
	err := s.store.ForUpdate(tx).Where("id = ? AND status = ? AND slot_id = ? AND held_until <= ?", slot.HeldFor, model.WaitOffered, slot.ID, now).Take(&e).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	next := map[string]any{"status": model.WaitExpired, "updated_at": now}
	if e.KeepsPlace(now) {
		next = map[string]any{"status": model.WaitWaiting, "lapsed_slot_id": slot.ID, "slot_id": 0, "held_until": nil, "updated_at": now}
	}
	if err := tx.Model(&model.WaitEntry{}).Where("id = ?", e.ID).Updates(next).Error; err != nil {
		return false, err
	}
	return true, s.dropOffer(tx, e.ID)
}
