package family

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

const field = "account_phones.number"

// Phones keeps the telephone numbers of accounts, encrypted. It is safe for concurrent use.
type Phones struct {
	store *store.Store
	vault *vault.Vault
}

// NewPhones makes Phones.
func NewPhones(st *store.Store, v *vault.Vault) *Phones { return &Phones{store: st, vault: v} }

// Keep writes the account's number in place of a former one. It must be as
// model.NormalPhone returns it.
func (p *Phones) Keep(tx *gorm.DB, account model.ID, number string) error {
	sealed, err := p.vault.Seal(field, account, number)
	if err != nil {
		return err
	}
	row := model.AccountPhone{AccountID: account, Number: sealed, NumberHash: p.vault.LookupHash(field, number), CreatedAt: p.store.Now()}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "account_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"number", "number_hash", "created_at"}),
	}).Create(&row).Error
}

// Drop deletes the account's number.
func (p *Phones) Drop(tx *gorm.DB, account model.ID) error {
	return tx.Delete(&model.AccountPhone{}, "account_id = ?", account).Error
}

// Same reports whether both accounts left the same number.
func (p *Phones) Same(db *gorm.DB, a, b model.ID) (bool, error) {
	return store.Exists(db.Table("account_phones AS a").Joins("JOIN account_phones AS b ON b.number_hash = a.number_hash").
		Where("a.account_id = ? AND b.account_id = ?", a, b))
}

// Of returns the numbers of those of the accounts that left one. It is for the
// list of calls to make, and for nothing else.
func (p *Phones) Of(ctx context.Context, accounts ...model.ID) (map[model.ID]string, error) {
	var rows []model.AccountPhone
	if len(accounts) > 0 {
		if err := p.store.Read(ctx).Where("account_id IN ?", accounts).Find(&rows).Error; err != nil {
			return nil, err
		}
	}
	numbers := make(map[model.ID]string, len(rows))
	for _, r := range rows {
		number, err := p.vault.Unseal(field, r.AccountID, r.Number)
		if err != nil {
			return nil, fmt.Errorf("decrypt a telephone number: %w", err)
		}
		numbers[r.AccountID] = number
	}
	return numbers, nil
}

// tailDigits is how much of a number its owner is shown.
const tailDigits = 4

// PhoneTail returns the end of a number, by which its owner knows it again.
func PhoneTail(number string) string {
	if len(number) <= tailDigits {
		return number
	}
	return number[len(number)-tailDigits:]
}
