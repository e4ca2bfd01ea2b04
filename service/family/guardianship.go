package family

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// inForce is the one rule by which a guardianship counts. Every reading of
// guardianships, under the alias g, goes through it: a guardian who may be the
// abuser sees and hears nothing of the pupil.
const inForce = "g.withheld_at IS NULL"

// guardianships is a query over the guardianships in force, under the alias g.
func guardianships(db *gorm.DB) *gorm.DB { return db.Table("guardianships AS g").Where(inForce) }

// ChildOf keeps the rows whose column names a pupil of whom the account is a guardian.
func ChildOf(column string, account model.ID) store.Cond {
	return store.Where(column+" IN (SELECT g.pupil_id FROM guardianships AS g WHERE g.account_id = ? AND "+inForce+")", account)
}

// PupilOf keeps the rows whose column names the actor's own pupil, where the
// account is a pupil's, and else a child of the actor.
func PupilOf(column string, actor model.Actor) store.Cond {
	if actor.PupilID != 0 {
		return store.Where(column+" = ?", actor.PupilID)
	}
	return ChildOf(column, actor.AccountID)
}

// HasGuardian keeps the rows whose column names a pupil with at least one guardian.
func HasGuardian(column string) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM guardianships AS g WHERE g.pupil_id = " + column + " AND " + inForce + ")")
}

// NotWithheld keeps the rows whose account is not a guardian of the row's pupil
// who must not see or hear anything of the pupil.
func NotWithheld(pupilColumn, accountColumn string) store.Cond {
	return store.Where("NOT EXISTS (SELECT 1 FROM guardianships AS g WHERE g.pupil_id = " + pupilColumn + " AND g.account_id = " + accountColumn +
		" AND NOT (" + inForce + "))")
}

// LeftJoinGuardianship joins, under the alias g, the guardianship of the account
// over the pupil, where there is one: both are columns, or a question mark with
// its argument.
func LeftJoinGuardianship(pupilColumn, accountColumn string, args ...any) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		return db.Joins("LEFT JOIN guardianships AS g ON g.pupil_id = "+pupilColumn+" AND g.account_id = "+accountColumn+" AND "+inForce, args...)
	}
}

// IsGuardian reports whether the account is a guardian of the pupil.
func IsGuardian(db *gorm.DB, account, pupil model.ID) (bool, error) {
	var found []model.ID
	err := guardianships(db).Where("g.account_id = ? AND g.pupil_id = ?", account, pupil).Pluck("g.pupil_id", &found).Error
	return len(found) > 0, err
}

// HasGuardianship reports whether the account is a guardian of any pupil, be it
// in force or withheld.
func HasGuardianship(db *gorm.DB, account model.ID) (bool, error) {
	return store.Exists(db.Model(&model.Guardianship{}).Where("account_id = ?", account))
}

// Children returns the pupils of whom the accounts are guardians, by account,
// in the order of the pupils' ids; those who have left the rosters are among them.
func Children(db *gorm.DB, accounts []model.ID) (map[model.ID][]model.ID, error) {
	children := map[model.ID][]model.ID{}
	pairs, err := store.InParts(accounts, func(part []model.ID, pairs *[]Pair) error {
		return guardianships(db).Where("g.account_id IN ?", part).Select("g.account_id, g.pupil_id").Order("g.account_id, g.pupil_id").Scan(pairs).Error
	})
	for _, p := range pairs {
		children[p.AccountID] = append(children[p.AccountID], p.PupilID)
	}
	return children, err
}

// Guardians returns the guardianships of one pupil, in the order of their seats.
func Guardians(db *gorm.DB, pupil model.ID) ([]model.Guardianship, error) {
	var rows []model.Guardianship
	err := guardianships(db).Where("g.pupil_id = ?", pupil).Order("g.seat").Scan(&rows).Error
	return rows, err
}

// GuardiansOf returns the guardianships of many pupils, by pupil, in the order
// of their seats. Pupils without a guardian are left out.
func GuardiansOf(db *gorm.DB, pupils []model.ID) (map[model.ID][]model.Guardianship, error) {
	rows, err := store.InParts(pupils, func(part []model.ID, rows *[]model.Guardianship) error {
		return guardianships(db).Where("g.pupil_id IN ?", part).Order("g.pupil_id, g.seat").Scan(rows).Error
	})
	of := make(map[model.ID][]model.Guardianship, len(pupils))
	for _, g := range rows {
		of[g.PupilID] = append(of[g.PupilID], g)
	}
	return of, err
}

// Member is an account that belongs to a pupil.
type Member struct {
	PupilID, AccountID model.ID
	// ClassID is the pupil's class.
	ClassID model.ID
	// Own says that it is the pupil's own account, not a guardian's.
	Own bool
}

// Members returns who belongs to the pupils on a roster now: their guardians
// and their own accounts, in the order of the ids, a pupil's own account last.
// The pupils are to fit into one statement: some five hundred.
func Members(db *gorm.DB, pupils []model.ID) ([]Member, error) {
	return members(db, "g.pupil_id IN ?", "p.id IN ?", pupils)
}

// PupilsOf returns the pupils on a roster now to whom the accounts belong, as
// Members does.
func PupilsOf(db *gorm.DB, accounts []model.ID) ([]Member, error) {
	return members(db, "g.account_id IN ?", "p.account_id IN ?", accounts)
}

func members(db *gorm.DB, guardians, own string, ids []model.ID) ([]Member, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []Member
	err := db.Raw("SELECT g.pupil_id, g.account_id, p.class_id, 0 AS own FROM guardianships AS g JOIN pupils AS p ON p.id = g.pupil_id"+
		" WHERE "+guardians+" AND p.departed_at IS NULL AND "+inForce+
		" UNION ALL SELECT p.id AS pupil_id, p.account_id, p.class_id, 1 AS own FROM pupils AS p WHERE "+own+" AND p.account_id IS NOT NULL AND p.departed_at IS NULL"+
		" ORDER BY pupil_id, own, account_id", ids, ids).Scan(&found).Error
	return found, err
}

// Accounts returns the accounts that belong to the pupils, be they on a roster
// or not, each once.
func Accounts(db *gorm.DB, pupils []model.ID) ([]model.ID, error) {
	accounts, err := store.InParts(pupils, func(part []model.ID, accounts *[]model.ID) error {
		return db.Raw("SELECT g.account_id FROM guardianships AS g WHERE g.pupil_id IN ? AND "+inForce+
			" UNION SELECT account_id FROM pupils WHERE id IN ? AND account_id IS NOT NULL", part, part).Scan(accounts).Error
	})
	slices.Sort(accounts)
	return slices.Compact(accounts), err
}

// Pair is an account and a pupil.
type Pair struct{ AccountID, PupilID model.ID }

// TakenAway returns those pairs of the accounts and the pupils that the family
// or the school has ended at any time, or withholds now. An account may be a
// guardian again since: see Members.
func TakenAway(db *gorm.DB, pupils, accounts []model.ID) (map[Pair]bool, error) {
	if len(pupils) == 0 || len(accounts) == 0 {
		return nil, nil
	}
	var rows []Pair
	err := db.Raw("SELECT account_id, pupil_id FROM binding_ends WHERE pupil_id IN ? AND account_id IN ? AND ended_by <> account_id"+
		" UNION ALL SELECT g.account_id, g.pupil_id FROM guardianships AS g WHERE g.pupil_id IN ? AND g.account_id IN ? AND NOT ("+inForce+")",
		pupils, accounts, pupils, accounts).Scan(&rows).Error
	taken := make(map[Pair]bool, len(rows))
	for _, r := range rows {
		taken[r] = true
	}
	return taken, err
}

// GuardianAccounts reads the accounts of the guardians of the pupil: those from
// whom the pupil is withheld, and the others.
func GuardianAccounts(db *gorm.DB, pupil model.ID) (withheld, others []model.ID, err error) {
	var rows []model.Guardianship
	err = db.Where("pupil_id = ?", pupil).Order("account_id").Find(&rows).Error
	for _, g := range rows {
		if g.WithheldAt != nil {
			withheld = append(withheld, g.AccountID)
		} else {
			others = append(others, g.AccountID)
		}
	}
	return withheld, others, err
}

// Withhold hides the pupil, in tx, from all of the pupil's guardians from now on, on
// every page and in every message and call. With withheld false it shows the pupil
// to them again.
func Withhold(tx *gorm.DB, pupil model.ID, withheld bool, now time.Time) error {
	q := tx.Model(&model.Guardianship{}).Where("pupil_id = ?", pupil)
	if withheld {
		return q.Where("withheld_at IS NULL").Update("withheld_at", now).Error
	}
	return q.Update("withheld_at", nil).Error
}
