package coverage

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// LeftJoinFact joins, under the alias, the fact of one side of an item about
// the pupil whom the column names, if there is one: alias.started_at and
// alias.covered_at say how far the pupil has come, and are null where the pupil
// has not begun.
func LeftJoinFact(alias, pupilColumn string, kind model.ItemKind, id model.ID, side model.Side) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		return db.Joins("LEFT JOIN coverage_facts AS "+alias+" ON "+alias+".item_kind = ? AND "+alias+".item_id = ? AND "+alias+".side = ? AND "+
			alias+".pupil_id = "+pupilColumn, kind, id, side)
	}
}

// NotCovered keeps the rows whose fact, joined under the alias by LeftJoinFact,
// is missing or does not cover the pupil.
func NotCovered(alias string) store.Cond { return store.Where(alias + ".covered_at IS NULL") }

// Fact names a fact of items of one kind.
type Fact struct {
	ItemID, PupilID model.ID
	Side            model.Side
}

// Covered returns which of the items cover which of the pupils, on which side.
func Covered(db *gorm.DB, kind model.ItemKind, items, pupils []model.ID) (map[Fact]bool, error) {
	var rows []model.CoverageFact
	err := db.Select("item_id", "side", "pupil_id").
		Where("item_kind = ? AND item_id IN ? AND pupil_id IN ? AND covered_at IS NOT NULL", kind, items, pupils).Find(&rows).Error
	return store.Keyed(rows, func(r model.CoverageFact) (Fact, bool) { return Fact{r.ItemID, r.PupilID, r.Side}, true }), err
}
