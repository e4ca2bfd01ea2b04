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

// CoveredTimes counts, of each of the pupils, the items and sides that cover the
// pupil. Those whom none covers are left out.
func (*Engine) CoveredTimes(db *gorm.DB, pupils []model.ID) (map[model.ID]int, error) {
	type row struct {
		PupilID model.ID
		N       int
	}
	rows, err := store.InParts(pupils, func(part []model.ID, rows *[]row) error {
		return db.Model(&model.CoverageFact{}).Where("pupil_id IN ? AND covered_at IS NOT NULL", part).
			Select("pupil_id, COUNT(*) AS n").Group("pupil_id").Scan(rows).Error
	})
	return store.Keyed(rows, func(r row) (model.ID, int) { return r.PupilID, r.N }), err
}

// Begun returns those of the pupils of whom anything is known: an item that
// covers them, or that they have begun.
func (*Engine) Begun(db *gorm.DB, pupils []model.ID) ([]model.ID, error) {
	return store.InParts(pupils, func(part []model.ID, ids *[]model.ID) error {
		return db.Model(&model.CoverageFact{}).Where("pupil_id IN ?", part).Distinct().Pluck("pupil_id", ids).Error
	})
}
