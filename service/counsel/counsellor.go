package counsel

import (
	"cmp"
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var errNoGrant = model.Conflict("counsellor_role_missing", "这个账号还没有本单位的咨询师身份，请先授予")

// Profiled is what a manager writes of a counsellor.
type Profiled struct {
	Name         string
	Introduction string
	// Version is the one that the manager saw; zero where the counsellor has no profile yet.
	Version int
}

// Assign puts a counsellor into a room that the actor manages, and sets what
// families see of them; without an introduction the one that the counsellor
// wrote stays. The account must hold the counsellor's role at the
// room's unit or above it. A counsellor has one room: rules and free slots
// move along, what is booked stays where it is. One who works in another room
// is moved by those only who manage that room too. A profile that has changed since
// it was seen is refused with version_conflict.
func (s *Service) Assign(ctx context.Context, actor model.Actor, roomID, accountID model.ID, in Profiled) (CounsellorCard, error) {
	name, ok := model.TitleText(in.Name)
	if !ok {
		return CounsellorCard{}, errRoomName
	}
	introduction, ok := model.PostText(in.Introduction)
	if !ok {
		return CounsellorCard{}, errIntroductionText
	}
	var row model.Counsellor
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		room, err := s.managedRoom(tx, actor, roomID)
		if err != nil {
			return err
		}
		now := s.store.Now()
		granted, err := s.hasGrant(tx, accountID, room.UnitID, now)
		if err != nil {
			return err
		}
		if !granted {
			return errNoGrant
		}
		row = model.Counsellor{AccountID: accountID, RoomID: roomID, Name: name, Introduction: introduction, Version: 1, CreatedAt: now, UpdatedAt: now}
		made := in.Version == 0
		if made {
			err := tx.Create(&row).Error
			if made = err == nil; !made && !store.IsDuplicate(err) {
				return err
			}
		}
		if row, err = s.lockCounsellor(tx, accountID); err != nil {
			return err
		}
		if err := s.mustRelease(tx, actor, row, roomID); err != nil {
			return err
		}
		if !made {
			if err := mustBeCurrent(row, in.Version); err != nil {
				return err
			}
			row.Version++
		}
		row.RoomID, row.Name, row.UpdatedAt = roomID, name, now
		row.Introduction = cmp.Or(introduction, row.Introduction)
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
		err = tx.Model(&model.AvailabilityRule{}).Where("counsellor_id = ? AND ended_at IS NULL AND room_id <> ?", accountID, roomID).Update("room_id", roomID).Error
		if err != nil {
			return err
		}
		return s.expand(tx, accountID)
	})
	return counsellorCard(row), err
}

// mustRelease refuses to take a counsellor out of another room, where they still
// hold the role, unless the actor manages that room too.
func (s *Service) mustRelease(tx *gorm.DB, actor model.Actor, c model.Counsellor, roomID model.ID) error {
	if c.RoomID == roomID {
		return nil
	}
	var present model.Room
	if err := tx.Take(&present, "id = ?", c.RoomID).Error; err != nil {
		return err
	}
	works, err := s.hasGrant(tx, c.AccountID, present.UnitID, s.store.Now())
	if err != nil || !works {
		return err
	}
	_, err = s.managedRoom(tx, actor, c.RoomID)
	if model.KindOf(err) == model.KindNotFound {
		return model.Conflict("counsellor_elsewhere", "这位咨询师在另一个咨询室工作，请由同时管理两处的管理员调整")
	}
	return err
}

// hasGrant reports whether the account is a counsellor at the unit at now, by a grant there or above.
func (s *Service) hasGrant(tx *gorm.DB, accountID, unitID model.ID, now time.Time) (bool, error) {
	here := func(unitColumn string) store.Cond { return store.Above(unitColumn, []model.ID{unitID}) }
	return s.accounts.Holds(tx, accountID, now, []model.Role{model.RoleCounsellor}, here)
}

// working keeps the counsellors who hold the role at their room's unit now.
func (s *Service) working(db *gorm.DB) *gorm.DB {
	return db.Joins("JOIN rooms ON rooms.id = counsellors.room_id").
		Where(s.accounts.Working("counsellors.account_id", "rooms.unit_id", s.store.Now(), model.RoleCounsellor))
}

// keeper finds the counsellor whose availability the actor sets: themselves
// (id zero or their own), or one of a room that they manage.
func (s *Service) keeper(tx *gorm.DB, actor model.Actor, id model.ID) (model.Counsellor, error) {
	id = cmp.Or(id, actor.AccountID)
	works := store.All(store.Where("counsellors.account_id = ?", actor.AccountID), store.Below("rooms.unit_id", actor.UnitsAs(s.store.Now(), model.RoleCounsellor)))
	if id != actor.AccountID {
		works = s.managedBy(actor, "rooms.unit_id")
	}
	var c model.Counsellor
	err := tx.Joins("JOIN rooms ON rooms.id = counsellors.room_id").Where(works).Take(&c, "counsellors.account_id = ?", id).Error
	return c, store.Found(err, "counsellor")
}
