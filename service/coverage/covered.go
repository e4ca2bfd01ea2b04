package coverage

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// LeftJoinCovered joins, under the alias, the fact that the pupil whom the
// column names is covered on a side of the item: alias.pupil_id is NULL for
// those who are not.
func LeftJoinCovered(db *gorm.DB, alias string, item model.Item, side model.Side, pupilColumn string) *gorm.DB {
	return db.Joins("LEFT JOIN coverage_facts AS "+alias+" ON "+alias+".item_kind = ? AND "+alias+".item_id = ? AND "+alias+".side = ? AND "+
		alias+".pupil_id = "+pupilColumn+" AND "+alias+".covered_at IS NOT NULL", item.Kind, item.ID, side)
}

// Owed names one side of an item that concerns a pupil.
type Owed struct {
	ItemID, PupilID model.ID
	Side            model.Side
}

// Covered returns what of the items, all of one kind, covers which of the
// pupils. Both are to fit into one statement: some hundreds.
func Covered(db *gorm.DB, kind model.ItemKind, items, pupils []model.ID) (map[Owed]bool, error) {
	if len(items) == 0 || len(pupils) == 0 {
		return nil, nil
	}
	var rows []Owed
	err := db.Model(&model.CoverageFact{}).Select("item_id", "side", "pupil_id").
		Where("item_kind = ? AND item_id IN ? AND pupil_id IN ? AND covered_at IS NOT NULL", kind, items, pupils).Scan(&rows).Error
	covered := make(map[Owed]bool, len(rows))
	for _, r := range rows {
		covered[r] = true
	}
	return covered, store.Translate(err)
}
