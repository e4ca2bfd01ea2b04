package message

import (
	"gorm.io/gorm"

	"xinyu/model"
)

// Accounts is what messages need of people's accounts. service/identity has it.
type Accounts interface {
	// ByID returns those of the accounts that there are: with their open ids,
	// union id and whether they are disabled.
	ByID(db *gorm.DB, ids []model.ID) (map[model.ID]model.Account, error)
	// ByOpenID returns the account of the person with that openid of the
	// mini-program, or zero.
	ByOpenID(db *gorm.DB, openID string) (model.ID, error)
	// SetUnionID notes the union id of the person with that openid of the
	// official account, where none is known.
	SetUnionID(tx *gorm.DB, officialOpenID, unionID string) error
}
