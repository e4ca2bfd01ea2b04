package lecture

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Holds reports whether the account has written in a discussion.
func Holds(tx *gorm.DB, account model.ID) (bool, error) {
	return store.Exists(tx.Model(&model.SessionPost{}).Where("account_id = ?", account))
}
