package identity

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

var errLockSelf = model.Conflict("lock_of_self", "不能停用自己的账号，请由上级管理员操作")

// LockAccount shuts out an account that holds roles in units which the actor
// manages, and in no others: all its logins end, and it can't log in. Its roles
// stay for when it is unlocked. Errors: account_not_found, lock_of_self,
// last_manager_role.
func (s *Service) LockAccount(ctx context.Context, actor model.Actor, account model.ID) error {
	return s.setLocked(ctx, actor, account, func(tx *gorm.DB, now time.Time) error {
		err := tx.Model(&model.Account{}).Where("id = ? AND disabled_at IS NULL", account).Update("disabled_at", now).Error
		if err != nil {
			return err
		}
		return tx.Model(&model.LoginToken{}).Where("account_id = ? AND revoked_at IS NULL", account).Update("revoked_at", now).Error
	})
}

// UnlockAccount lets an account log in again that the actor could lock.
func (s *Service) UnlockAccount(ctx context.Context, actor model.Actor, account model.ID) error {
	return s.setLocked(ctx, actor, account, func(tx *gorm.DB, _ time.Time) error {
		return tx.Model(&model.Account{}).Where("id = ?", account).Update("disabled_at", nil).Error
	})
}

func (s *Service) setLocked(ctx context.Context, actor model.Actor, account model.ID, change func(tx *gorm.DB, now time.Time) error) error {
	if account == actor.AccountID {
		return errLockSelf
	}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockAccount(tx, account); err != nil {
			return store.Found(err, "account")
		}
		if err := s.mustManageAll(tx, actor, account); err != nil {
			return err
		}
		return s.keepingManagers(tx, account, func() error {
			if err := change(tx, s.store.Now()); err != nil {
				return err
			}
			return s.postsChanged(tx, account)
		})
	})
	if err == nil {
		s.authCache.Forget(ctx, account)
	}
	return err
}

// mustManageAll returns account_not_found unless the account holds a role and the
// actor could take all its roles, those to come among them. It reads
// what the actor manages from SQL: they may have been a manager a minute ago.
func (s *Service) mustManageAll(tx *gorm.DB, actor model.Actor, account model.ID) error {
	now := s.store.Now()
	var held []model.Grant
	if err := tx.Where("account_id = ?", account).Where(notOver(now)).Find(&held).Error; err != nil {
		return err
	}
	units := make([]model.ID, len(held))
	for i, g := range held {
		var err error
		if units[i], err = deciders(tx, g.Role, g.UnitID); err != nil {
			return err
		}
	}
	present, err := s.actors(tx, []model.ID{actor.AccountID})
	if err != nil {
		return err
	}
	managed, err := store.AmongBelow(tx, units, present[actor.AccountID].UnitsAs(now, model.RoleManager))
	if err != nil {
		return err
	}
	if len(units) == 0 || slices.ContainsFunc(units, func(id model.ID) bool { return !managed[id] }) {
		return model.NotFound("account")
	}
	return nil
}
