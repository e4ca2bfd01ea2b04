package counsel

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// hasSpace keeps the slots whose talk the room has space for: those by telephone
// and video, and those for which a booth is free all along.
func hasSpace() store.Cond {
	return store.Where("(slots.mode <> ? OR EXISTS (SELECT 1 FROM rooms AS r WHERE r.id = slots.room_id AND r.talks_at_once >"+
		" (SELECT COUNT(DISTINCT t.booth) FROM room_times AS t WHERE t.room_id = slots.room_id AND t.at >= slots.starts_at AND t.at < slots.ends_at"+
		" AND t.slot_id <> slots.id AND t.booth <= r.talks_at_once)))", model.CounselInPerson)
}

// occupyRoom writes down that a talk in person in the slot takes the first booth
// of its room that is free all along; errSlotTaken where there is none. The
// primary key decides between two who want the same one.
func (s *Service) occupyRoom(tx *gorm.DB, slot model.Slot, booths int) error {
	if slot.Mode != model.CounselInPerson {
		return nil
	}
	for booth := 1; booth <= booths; booth++ {
		var times []model.RoomTime
		for at := slot.StartsAt; at.Before(slot.EndsAt); at = at.Add(model.BucketMinutes * time.Minute) {
			times = append(times, model.RoomTime{RoomID: slot.RoomID, At: at, Booth: booth, SlotID: slot.ID})
		}
		if err := tx.Create(&times).Error; !store.IsDuplicate(err) {
			return err
		}
	}
	return errSlotTaken
}

// keepRoom occupies the room for a slot that was on offer, and should have it already.
func (s *Service) keepRoom(tx *gorm.DB, slot placedSlot) error {
	has, err := store.Exists(tx.Model(&model.RoomTime{}).Where("slot_id = ?", slot.ID))
	if err != nil || has {
		return err
	}
	return s.occupyRoom(tx, slot.Slot, slot.TalksAtOnce)
}

// vacateRoom gives back what the slot has of its room.
func vacateRoom(tx *gorm.DB, slotID model.ID) error {
	return tx.Where("slot_id = ?", slotID).Delete(&model.RoomTime{}).Error
}

// roomStretch is a stretch of a room's time.
type roomStretch struct {
	RoomID   model.ID
	From, To time.Time
	Except   model.ID // a counsellor whose slots are left out, or zero
}

// offerBeside offers the slots of other counsellors that the slot, which has just
// given its room back, kept from being had.
func (s *Service) offerBeside(tx *gorm.DB, slotID model.ID) error {
	var slot model.Slot
	if err := tx.Take(&slot, "id = ?", slotID).Error; err != nil || slot.Mode != model.CounselInPerson {
		return err
	}
	return s.offerInRoom(tx, roomStretch{RoomID: slot.RoomID, From: slot.StartsAt, To: slot.EndsAt, Except: slot.CounsellorID})
}

// offerInRoom offers the free slots of talks in person in the stretch to those
// who wait. It locks their counsellors; where two lock each other out, store.Tx
// tries anew.
func (s *Service) offerInRoom(tx *gorm.DB, in roomStretch) error {
	open := store.All(store.Where("slots.room_id = ? AND slots.mode = ? AND slots.status = ?", in.RoomID, model.CounselInPerson, model.SlotOpen),
		store.Where("slots.starts_at > ? AND slots.starts_at < ? AND slots.ends_at > ?", in.From.Add(-model.MaxSlotMinutes*time.Minute), in.To, in.From),
		store.Where("slots.counsellor_id <> ?", in.Except))
	var counsellors []model.ID
	waited := "EXISTS (SELECT 1 FROM wait_entries AS w WHERE w.status = ? AND w.to_at > ? AND (w.counsellor_id = slots.counsellor_id OR w.counsellor_id = 0 AND w.room_id = slots.room_id))"
	err := tx.Model(&model.Slot{}).Where(open).Where(waited, model.WaitWaiting, s.store.Now()).Distinct().Order("counsellor_id").Pluck("counsellor_id", &counsellors).Error
	if err != nil {
		return err
	}
	for _, id := range counsellors {
		c, err := s.lockCounsellor(tx, id)
		if err != nil {
			return err
		}
		var slots []model.Slot
		if err := tx.Where(open).Where("slots.counsellor_id = ?", id).Order("starts_at, id").Find(&slots).Error; err != nil {
			return err
		}
		if err := s.offerOpened(tx, c, slots); err != nil {
			return err
		}
	}
	return nil
}
