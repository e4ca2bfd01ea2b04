package identity

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// Seed writes accounts and their roles as they are given, for the demo: nobody
// has logged in and nobody is there yet to grant a role.
func Seed(tx *gorm.DB, accounts []*model.Account, grants []*model.Grant) error {
	if err := tx.CreateInBatches(accounts, 100).Error; err != nil {
		return err
	}
	return tx.CreateInBatches(grants, 100).Error
}

// AccountsByOpenID returns the accounts of the mini-program's openids. Those
// that have no account are left out.
func AccountsByOpenID(db *gorm.DB, openIDs ...string) (map[string]model.ID, error) {
	var rows []model.Account
	err := db.Select("id", "open_id").Where("open_id IN ?", openIDs).Find(&rows).Error
	ids := make(map[string]model.ID, len(rows))
	for _, r := range rows {
		ids[r.OpenID] = r.ID
	}
	return ids, err
}

// ProlongGrants lets the account hold the role until a later time where it
// would end before one.
func ProlongGrants(tx *gorm.DB, account model.ID, role model.Role, before, until time.Time) error {
	return tx.Model(&model.Grant{}).Where("account_id = ? AND role = ? AND ends_at < ?", account, role, before).Update("ends_at", until).Error
}
