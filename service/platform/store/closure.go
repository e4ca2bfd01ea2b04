package store

import (
	"gorm.io/gorm"

	"xinyu/model"
)

// The closure of the tree of units has a row for each unit and each unit above
// it, itself included. Only this package names its table.

// insertChunk bounds the rows of an insert: the SQLite driver's time grows with
// the square of the values in a statement.
const insertChunk = 200

// JoinAbove is the SQL of a join of the units at or above the one that the
// column names: alias.ancestor_id is each of them.
func JoinAbove(alias, column string) string {
	return "JOIN unit_closure AS " + alias + " ON " + alias + ".unit_id = " + column
}

// JoinBelow is the SQL of a join of the units at or below the one that the
// column names: alias.unit_id is each of them.
func JoinBelow(alias, column string) string {
	return "JOIN unit_closure AS " + alias + " ON " + alias + ".ancestor_id = " + column
}

// Around keeps the rows whose column names a unit at, above or below one of
// the units. No units keep no rows.
func Around(column string, units []model.ID) Cond {
	return Any(Above(column, units), Below(column, units))
}

// AboveQuery is Above for the units whose ids the query selects. The query is
// one of GORM's that has not run.
func AboveQuery(column string, query *gorm.DB) Cond {
	return Where(column+" IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN (?))", query)
}

// AboveColumn keeps the rows whose column names a unit at or above the one
// that the other column names.
func AboveColumn(column, other string) Cond {
	return Where(column + " IN (SELECT ancestor_id FROM unit_closure WHERE unit_id = " + other + ")")
}

// BelowOther keeps the rows whose column names a unit that stands below one of
// the units and is not that unit itself.
func BelowOther(column string, units []model.ID) Cond {
	if len(units) == 0 {
		return Nothing()
	}
	return Where("EXISTS (SELECT 1 FROM unit_closure AS above_other WHERE above_other.unit_id = "+column+
		" AND above_other.ancestor_id <> "+column+" AND above_other.ancestor_id IN ?)", units)
}

// AncestorsOf reads the pairs of each of the units and the units above it,
// itself included.
func AncestorsOf(db *gorm.DB, units []model.ID) ([]model.UnitAncestor, error) {
	return InParts(units, func(part []model.ID, pairs *[]model.UnitAncestor) error {
		return db.Where("unit_id IN ?", part).Find(pairs).Error
	})
}

// AmongBelow reads which of the units stand at or below one of the roots.
func AmongBelow(db *gorm.DB, units, roots []model.ID) (map[model.ID]bool, error) {
	if len(roots) == 0 {
		return map[model.ID]bool{}, nil
	}
	found, err := InParts(units, func(part []model.ID, found *[]model.ID) error {
		return db.Model(&model.UnitAncestor{}).Where("unit_id IN ? AND ancestor_id IN ?", part, roots).Distinct().Pluck("unit_id", found).Error
	})
	return Set(found), err
}

// AddToTree writes the place of new units in the tree. above returns the ids
// of all units above one.
func AddToTree(tx *gorm.DB, units []model.ID, above func(unit model.ID) []model.ID) error {
	var pairs []model.UnitAncestor
	for _, id := range units {
		pairs = append(pairs, model.UnitAncestor{AncestorID: id, UnitID: id})
		for _, ancestor := range above(id) {
			pairs = append(pairs, model.UnitAncestor{AncestorID: ancestor, UnitID: id})
		}
	}
	return tx.CreateInBatches(pairs, insertChunk).Error
}

// LowestAbove returns the lowest unit at or above all of the units, which are
// distinct and stand in one tree.
func LowestAbove(db *gorm.DB, units []model.ID) (model.ID, error) {
	var shared []model.ID
	err := db.Model(&model.UnitAncestor{}).Where("unit_id IN ?", units).
		Group("ancestor_id").Having("COUNT(*) = ?", len(units)).Pluck("ancestor_id", &shared).Error
	if err != nil {
		return 0, err
	}
	var lowest model.UnitAncestor // the one with the most units above it
	err = db.Select("unit_id").Where("unit_id IN ?", shared).Group("unit_id").Order("COUNT(*) DESC").Take(&lowest).Error
	return lowest.UnitID, Found(err, "unit")
}
