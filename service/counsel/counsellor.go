package counsel

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var errNoGrant = model.Conflict("counsellor_role_missing", "这个账号还没有本单位的咨询师身份，请先授予")

// Assign puts a counsellor into a room that the actor manages, and sets what
// families see of them; without an introduction the one that the counsellor
// wrote stays. The account must hold the counsellor's role at the
// room's unit or above it. A counsellor has one room: rules and free slots
// move along, what is booked stays where it is.
func (s *Service) Assign(ctx context.Context, actor model.Actor, roomID, accountID model.ID, name, introduction string) (CounsellorCard, error) {
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
		row = model.Counsellor{AccountID: accountID, RoomID: roomID, Name: name, Introduction: introduction, CreatedAt: now, UpdatedAt: now}
		set := []string{"room_id", "name", "updated_at"}
		if introduction != "" {
			set = append(set, "introduction")
		}
		err = tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "account_id"}},
			DoUpdates: clause.AssignmentColumns(set),
		}).Create(&row).Error
		if err != nil {
			return err
		}
		if err := tx.Take(&row, "account_id = ?", accountID).Error; err != nil {
			return err
		}
		err = tx.Model(&model.AvailabilityRule{}).Where("counsellor_id = ? AND ended_at IS NULL AND room_id <> ?", accountID, roomID).Update("room_id", roomID).Error
		if err != nil {
			return err
		}
		return s.expand(tx, accountID)
	})
	if err != nil {
		return CounsellorCard{}, err
	}
	return counsellorCard(row), nil
}

// hasGrant reports whether the account is a counsellor at the unit at now, by a grant there or above.
func (s *Service) hasGrant(tx *gorm.DB, accountID, unitID model.ID, now time.Time) (bool, error) {
	here := func(unitColumn string) store.Cond { return store.Above(unitColumn, []model.ID{unitID}) }
	return s.accounts.Holds(tx, accountID, now, []model.Role{model.RoleCounsellor}, here)
}

// keeper finds the counsellor whose availability the actor sets: themselves
// (id zero or their own), or one of a room that they manage.
func (s *Service) keeper(tx *gorm.DB, actor model.Actor, id model.ID) (model.Counsellor, error) {
	if id == 0 {
		id = actor.AccountID
	}
	q := tx.Where("counsellors.account_id = ?", id)
	if id != actor.AccountID {
		q = q.Joins("JOIN rooms ON rooms.id = counsellors.room_id").Where(s.managedBy(actor, "rooms.unit_id"))
	}
	var c model.Counsellor
	err := q.Take(&c).Error
	return c, store.Found(err, "counsellor")
}
