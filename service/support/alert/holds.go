package alert

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Holds reports whether an alert was raised by what the account said.
func Holds(tx *gorm.DB, account model.ID) (bool, error) {
	return store.Exists(tx.Model(&model.Alert{}).Where("account_id = ?", account))
}
