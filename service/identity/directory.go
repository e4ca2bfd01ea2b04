package identity

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Directory tells other domains what they need to know of accounts. The
// functions take a reading handle or a transaction.
type Directory struct{}

// OpenID returns who the account is to the mini-program; empty for one that has
// not used it.
func (Directory) OpenID(db *gorm.DB, account model.ID) (string, error) {
	var row model.Account
	err := db.Select("open_id").Take(&row, "id = ?", account).Error
	return row.OpenID, err
}

// Names returns the names of those of the accounts that have one: staff.
func (Directory) Names(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error) {
	names := make(map[model.ID]string, len(accounts))
	if len(accounts) == 0 {
		return names, nil
	}
	var rows []model.Account
	if err := db.Select("id", "name").Where("id IN ?", accounts).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, nil
}

// Lock locks the row of the account until the transaction ends, which keeps the
// calls of one account apart.
func (Directory) Lock(st *store.Store, tx *gorm.DB, account model.ID) error {
	return st.ForUpdate(tx).Select("id").Take(&model.Account{}, "id = ?", account).Error
}

// Holds reports whether the account is not locked and has been granted one of
// the roles, at that moment, at a unit that where keeps; where is told the
// column of the unit.
func (Directory) Holds(db *gorm.DB, account model.ID, at time.Time, roles []model.Role, where func(unitColumn string) store.Cond) (bool, error) {
	return store.Exists(db.Model(&model.Grant{}).Where("account_id = ? AND role IN ?", account, roles).Where(inForce(at)).Where(where("unit_id")).
		Where(notLocked("account_id")))
}

// Holders returns who holds one of the roles at each of the units itself at that
// moment and is not locked, by unit and sorted.
func (Directory) Holders(db *gorm.DB, units []model.ID, at time.Time, roles ...model.Role) (map[model.ID][]model.ID, error) {
	var rows []model.Grant
	err := db.Distinct("unit_id", "account_id").Where(store.In("unit_id", units)).Where("role IN ?", roles).Where(inForce(at)).Where(notLocked("account_id")).
		Order("unit_id, account_id").Find(&rows).Error
	byUnit := map[model.ID][]model.ID{}
	for _, g := range rows {
		byUnit[g.UnitID] = append(byUnit[g.UnitID], g.AccountID)
	}
	return byUnit, err
}

// UnitsOf returns the units at which the account, if it is not locked, holds one of
// the roles at that moment.
func (Directory) UnitsOf(db *gorm.DB, account model.ID, at time.Time, roles ...model.Role) ([]model.ID, error) {
	var units []model.ID
	err := db.Model(&model.Grant{}).Distinct("unit_id").Where("account_id = ? AND role IN ?", account, roles).Where(inForce(at)).Where(notLocked("account_id")).
		Order("unit_id").Pluck("unit_id", &units).Error
	return units, err
}

// Posted keeps the rows whose account column names an account that holds one of
// the roles, at that moment, at or above the unit that the unit column names. It
// may be locked.
func (Directory) Posted(account, unit string, at time.Time, roles ...model.Role) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM grants AS h WHERE h.account_id = "+account+" AND h.role IN ? AND ? AND ?)",
		roles, inForce(at), store.AboveColumn("h.unit_id", unit))
}

// Working keeps those of Posted whose account is not locked.
func (d Directory) Working(account, unit string, at time.Time, roles ...model.Role) store.Cond {
	return store.All(d.Posted(account, unit, at, roles...), notLocked(account))
}

// Succeeds keeps the rows whose owner column names an account that holds the role no
// more, at that moment, at or above the unit that the unit column names, and where the
// account may do what is left: whoever took the role from the owner did not give it
// to the account, or one manager could so become the next.
func (d Directory) Succeeds(account model.ID, owner, unit string, at time.Time, role model.Role) store.Cond {
	took := store.Where("EXISTS (SELECT 1 FROM grants AS r WHERE r.account_id = "+owner+" AND r.role = ? AND r.revoked_by <> 0 AND r.revoked_by = h.granted_by AND ?)",
		role, store.AboveColumn("r.unit_id", unit))
	return store.All(store.Not(d.Posted(owner, unit, at, role)),
		store.Where("EXISTS (SELECT 1 FROM grants AS h WHERE h.account_id = ? AND h.role = ? AND ? AND ? AND ?)",
			account, role, inForce(at), store.AboveColumn("h.unit_id", unit), store.Not(took)))
}

// AnotherWorks keeps the rows at or above whose unit column another account
// than that one, not locked, holds one of the roles at that moment.
func (Directory) AnotherWorks(account model.ID, unit string, at time.Time, roles ...model.Role) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM grants AS h WHERE h.account_id <> ? AND h.role IN ? AND ? AND ?)",
		account, roles, store.All(inForce(at), notLocked("h.account_id")), store.AboveColumn("h.unit_id", unit))
}

func notLocked(account string) store.Cond {
	return store.Where(account + " IN (SELECT id FROM accounts WHERE disabled_at IS NULL)")
}

// ByID returns those of the accounts that there are.
func (Directory) ByID(db *gorm.DB, ids []model.ID) (map[model.ID]model.Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []model.Account
	err := db.Select("id", "open_id", "official_open_id", "union_id", "disabled_at").Where("id IN ?", ids).Find(&rows).Error
	accounts := make(map[model.ID]model.Account, len(rows))
	for _, a := range rows {
		accounts[a.ID] = a
	}
	return accounts, err
}

// ByOpenID returns the account of the person with that openid of the
// mini-program, or zero.
func (Directory) ByOpenID(db *gorm.DB, openID string) (model.ID, error) {
	var found []model.ID
	err := db.Model(&model.Account{}).Where("open_id = ?", openID).Limit(1).Pluck("id", &found).Error
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0], nil
}

// SetUnionID notes the union id of the person with that openid of the official
// account, where none is known. Two accounts of one person become one when
// they next log in.
func (Directory) SetUnionID(tx *gorm.DB, officialOpenID, unionID string) error {
	return tx.Model(&model.Account{}).Where("official_open_id = ? AND union_id = ''", officialOpenID).Update("union_id", unionID).Error
}
