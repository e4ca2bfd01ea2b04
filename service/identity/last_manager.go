package identity

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// keepingManagers makes a change to what the account holds, and returns
// last_manager_role where by it a county would lose its last manager: one who
// is not locked out and whose role has no end. Only the operator could help
// then. The county's locked row keeps such changes apart.
func (s *Service) keepingManagers(tx *gorm.DB, account model.ID, change func() error) error {
	var counties []model.ID
	err := lasting(tx).Where("g.account_id = ?", account).Order("g.unit_id").Pluck("g.unit_id", &counties).Error
	if err != nil {
		return err
	}
	for _, county := range counties {
		if err := unit.LockTree(s.store, tx, county); err != nil {
			return err
		}
	}
	if err := change(); err != nil {
		return err
	}
	for _, county := range counties {
		found, err := store.Exists(lasting(tx).Where("g.unit_id = ?", county))
		if err != nil {
			return err
		}
		if !found {
			return errLastManager
		}
	}
	return nil
}

// lasting is a query over the grants g that make someone the manager of a unit
// with none above it, without an end.
func lasting(tx *gorm.DB) *gorm.DB {
	return tx.Table("grants AS g").Where("g.role = ? AND g.revoked_at IS NULL AND g.ends_at IS NULL", model.RoleManager).
		Where(notLocked("g.account_id")).Where(unit.IsRoot("g.unit_id"))
}

// mustKeepAManagerRole refuses to leave the actor without any manager's role.
func (s *Service) mustKeepAManagerRole(tx *gorm.DB, actor model.Actor, but model.ID, now time.Time) error {
	if err := s.lockAccount(tx, actor.AccountID); err != nil {
		return err
	}
	var others int64
	err := tx.Model(&model.Grant{}).Where("account_id = ? AND role = ? AND id <> ?", actor.AccountID, model.RoleManager, but).Where(inForce(now)).Count(&others).Error
	if err == nil && others == 0 {
		return errLastManager
	}
	return err
}
