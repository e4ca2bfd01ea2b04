package counsel

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Holds reports whether the account has booked, or waits for a slot.
func Holds(tx *gorm.DB, account model.ID) (bool, error) {
	found, err := store.Exists(tx.Model(&model.Booking{}).Where("account_id = ?", account))
	if err != nil || found {
		return found, err
	}
	return store.Exists(tx.Model(&model.WaitEntry{}).Where("account_id = ?", account))
}
