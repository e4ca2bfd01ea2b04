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

var errLockReason = model.Invalid("reason", "lock_reason_needed", "请用一句话写明停用的原因")

// LockAccount shuts out an account that holds roles in units which the actor
// manages, and in no others: all its logins end, and it can't log in. Its roles
// stay for when it is unlocked. The reason is kept sealed, for those who could unlock
// it; of one that is locked already the first stays. Errors: account_not_found,
// lock_of_self, lock_reason_needed, last_manager_role.
func (s *Service) LockAccount(ctx context.Context, actor model.Actor, account model.ID, reason string) error {
	reason, ok := model.TitleText(reason)
	if !ok {
		return errLockReason
	}
	return s.setLocked(ctx, actor, account, func(tx *gorm.DB, now time.Time) error {
		sealed, err := s.vault.Seal(fieldLockReason, account, reason)
		if err != nil {
			return err
		}
		err = tx.Model(&model.Account{}).Where("id = ? AND disabled_at IS NULL", account).
			Updates(map[string]any{"disabled_at": now, "lock_reason": sealed, "locked_by": actor.AccountID}).Error
		if err != nil {
			return err
		}
		return tx.Model(&model.LoginToken{}).Where("account_id = ? AND revoked_at IS NULL", account).Update("revoked_at", now).Error
	})
}

// UnlockAccount lets an account log in again that the actor could lock.
func (s *Service) UnlockAccount(ctx context.Context, actor model.Actor, account model.ID) error {
	return s.setLocked(ctx, actor, account, func(tx *gorm.DB, _ time.Time) error {
		return tx.Model(&model.Account{}).Where("id = ?", account).
			Updates(map[string]any{"disabled_at": nil, "lock_reason": nil, "locked_by": 0}).Error
	})
}

// LockView says of an account that it is locked. By and Reason are for those who could
// unlock it.
type LockView struct {
	Since  time.Time `json:"since"`
	By     string    `json:"by,omitempty" doc:"The name of who locked it; absent for who could not unlock it, and where it is not known"`
	Reason string    `json:"reason,omitempty" doc:"Absent alike"`
}

// locks returns those of the accounts that are locked, as the actor may know it.
func (s *Service) locks(db *gorm.DB, actor model.Actor, accounts []model.ID) (map[model.ID]*LockView, error) {
	var rows []model.Account
	err := db.Select("id", "disabled_at", "lock_reason", "locked_by").Where(store.In("id", accounts)).Where("disabled_at IS NOT NULL").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	names, err := Directory{}.Names(db, store.Each(rows, func(a model.Account) model.ID { return a.LockedBy }))
	if err != nil {
		return nil, err
	}
	locked := make(map[model.ID]*LockView, len(rows))
	for _, a := range rows {
		view := &LockView{Since: a.DisabledAt.UTC()}
		locked[a.ID] = view
		_, err := s.mustManageAll(db, actor, a.ID)
		if model.KindOf(err) == model.KindNotFound || err == nil && a.LockReason == nil {
			continue
		}
		if err == nil {
			view.By = names[a.LockedBy]
			view.Reason, err = s.vault.Unseal(fieldLockReason, a.ID, a.LockReason)
		}
		if err != nil {
			return nil, err
		}
	}
	return locked, nil
}

func (s *Service) setLocked(ctx context.Context, actor model.Actor, account model.ID, change func(tx *gorm.DB, now time.Time) error) error {
	if account == actor.AccountID {
		return errLockSelf
	}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockAccount(tx, account); err != nil {
			return store.Found(err, "account")
		}
		at, err := s.mustManageAll(tx, actor, account)
		if err != nil {
			return err
		}
		if err := s.log.Write(tx, actor, managedEntry(model.AuditWrite, account, at)); err != nil {
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
// what the actor manages from SQL: they may have been a manager a minute ago. It
// returns the unit of the first of the roles.
func (s *Service) mustManageAll(tx *gorm.DB, actor model.Actor, account model.ID) (model.ID, error) {
	now := s.store.Now()
	var held []model.Grant
	if err := tx.Where("account_id = ?", account).Where(notOver(now)).Order("id").Find(&held).Error; err != nil {
		return 0, err
	}
	units := make([]model.ID, len(held))
	for i, g := range held {
		var err error
		if units[i], err = deciders(tx, g.Role, g.UnitID); err != nil {
			return 0, err
		}
	}
	present, err := s.present(tx, actor)
	if err != nil {
		return 0, err
	}
	managed, err := store.AmongBelow(tx, units, s.managed(present))
	if err != nil {
		return 0, err
	}
	if len(units) == 0 || slices.ContainsFunc(units, func(id model.ID) bool { return !managed[id] }) {
		return 0, model.NotFound("account")
	}
	return held[0].UnitID, nil
}
