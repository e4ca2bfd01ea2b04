// Package unit owns the rows of the units: counties, towns, schools, classes.
// Whoever needs a unit, its name or its place in a query asks this package; the
// tree itself is in store. The functions take a reading handle or a transaction.
package unit

import (
	"cmp"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// lookupChunk bounds the values of one IN list.
const lookupChunk = 500

// Get reads the unit of the id if it meets the conditions. The error is
// unit_not_found where there is none.
func Get(db *gorm.DB, id model.ID, conds ...store.Cond) (model.Unit, error) {
	return take(db, append(conds, IDs(id)))
}

// ByCode reads the unit of the code if it meets the conditions. The error is
// unit_not_found where there is none.
func ByCode(db *gorm.DB, code string, conds ...store.Cond) (model.Unit, error) {
	return take(db, append(conds, Coded(code)))
}

// RootByName reads the root of a tree by its name. The error is
// unit_not_found where there is none.
func RootByName(db *gorm.DB, name string) (model.Unit, error) {
	return take(db, []store.Cond{Roots(), Named(name)})
}

// RootOf reads the root of the tree in which the unit stands. The error is
// unit_not_found where there is no such unit.
func RootOf(db *gorm.DB, id model.ID) (model.Unit, error) {
	return take(db, []store.Cond{Roots(), Above(id)})
}

func take(db *gorm.DB, conds []store.Cond) (model.Unit, error) {
	var u model.Unit
	err := db.Where(store.All(conds...)).Take(&u).Error
	return u, store.Found(err, "unit")
}

// unlimited is how GORM is told that all rows are wanted.
const unlimited = -1

// List reads the units that meet the conditions, in the order of their ids;
// limit 0 means all of them.
func List(db *gorm.DB, limit int, conds ...store.Cond) ([]model.Unit, error) {
	var rows []model.Unit
	err := db.Where(store.All(conds...)).Order("units.id").Limit(cmp.Or(limit, unlimited)).Find(&rows).Error
	return rows, err
}

var inOrder = store.Ascending(func(u model.Unit) store.Keys { return store.Keys{u.CountingKey, u.ID} }, "units.counting_key", "units.id")

// Page lists the units that meet all conditions, by name as people count. Next is the cursor of the next page, empty on the last.
func Page(db *gorm.DB, page store.PageRequest, conds ...store.Cond) (units []model.Unit, next string, err error) {
	return inOrder.Read(db.Where(store.All(conds...)), page)
}

// ListIDs reads the ids of the units that meet the conditions, in their order.
func ListIDs(db *gorm.DB, conds ...store.Cond) ([]model.ID, error) {
	return pluck(db, 0, conds)
}

// Children reads the units right below one that are in use, by name as people count.
func Children(db *gorm.DB, parent model.ID) ([]model.Unit, error) {
	var rows []model.Unit
	err := db.Where(store.All(ChildOf(parent), InUse())).Order("units.counting_key, units.id").Find(&rows).Error
	return rows, err
}

// Path reads the unit and those above it, the root first. It is empty where
// there is no such unit.
func Path(db *gorm.DB, id model.ID) ([]model.Unit, error) {
	above, err := List(db, 0, Above(id))
	if err != nil {
		return nil, err
	}
	byID := store.Keyed(above, func(u model.Unit) (model.ID, model.Unit) { return u.ID, u })
	path := make([]model.Unit, 0, len(above))
	for u, ok := byID[id]; ok; u, ok = byID[u.ParentID] {
		path = append(path, u)
	}
	slices.Reverse(path)
	return path, nil
}

// Name is what a unit is called, and the unit right above it; a root has none.
type Name struct{ Name, Above string }

// Names reads the names of the units.
func Names(db *gorm.DB, ids []model.ID) (map[model.ID]Name, error) {
	type row struct {
		ID model.ID
		Name
	}
	rows, err := store.InParts(ids, func(part []model.ID, rows *[]row) error {
		return db.Table("units").Joins("LEFT JOIN units AS p ON p.id = units.parent_id").Where(IDs(part...)).
			Select("units.id, units.name, COALESCE(p.name, '') AS above").Scan(rows).Error
	})
	return store.Keyed(rows, func(r row) (model.ID, Name) { return r.ID, r.Name }), err
}

// NextClasses reads the ids of the next classes after one, in the order of the
// ids, that meet the conditions; limit 0 means all of them. Whoever has many
// pupils to go through does so class by class: an index finds each class's pupils.
func NextClasses(db *gorm.DB, after model.ID, limit int, conds ...store.Cond) ([]model.ID, error) {
	conds = append(slices.Clone(conds), OfKind(model.UnitClass))
	if after != 0 {
		conds = append(conds, After(after))
	}
	return pluck(db, limit, conds)
}

// Counted are ids of classes with their keys, sorted as people count.
type Counted struct {
	ID          model.ID
	CountingKey string
}

// InOrder sorts the ids of units by their names as people count.
func InOrder(db *gorm.DB, ids []model.ID) ([]Counted, error) {
	rows, err := store.InParts(ids, func(part []model.ID, rows *[]Counted) error {
		return db.Table("units").Where(IDs(part...)).Select("id, counting_key").Scan(rows).Error
	})
	slices.SortFunc(rows, Counted.Compare)
	return rows, err
}

// Compare is the order of InOrder.
func (c Counted) Compare(other Counted) int {
	return cmp.Or(cmp.Compare(c.CountingKey, other.CountingKey), cmp.Compare(c.ID, other.ID))
}

func pluck(db *gorm.DB, limit int, conds []store.Cond) ([]model.ID, error) {
	var ids []model.ID
	err := db.Model(&model.Unit{}).Where(store.All(conds...)).Order("units.id").Limit(cmp.Or(limit, unlimited)).Pluck("units.id", &ids).Error
	return ids, err
}

// Rosters adds up the pupils on the rosters of the classes at or below each of
// the units, for all units where units is nil. Units without pupils are left out.
func Rosters(db *gorm.DB, units []model.ID) (map[model.ID]int, error) {
	q := db.Table("units AS u").Joins(store.JoinAbove("c", "u.id")).Where("u.pupil_count <> 0").
		Select("c.ancestor_id AS unit_id, SUM(u.pupil_count) AS pupils").Group("c.ancestor_id")
	if units != nil {
		q = q.Where("c.ancestor_id IN ?", units)
	}
	type row struct {
		UnitID model.ID
		Pupils int
	}
	var rows []row
	err := q.Scan(&rows).Error
	return store.Keyed(rows, func(r row) (model.ID, int) { return r.UnitID, r.Pupils }), err
}
