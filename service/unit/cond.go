package unit

import (
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// The conditions below are on rows of units, for Get, List and the like.

// IDs keeps the units of the ids.
func IDs(ids ...model.ID) store.Cond { return store.In("units.id", ids) }

// InQuery keeps the units whose ids the query selects.
func InQuery(query *gorm.DB) store.Cond { return store.InQuery("units.id", query) }

// Below keeps the units at or below one of the ids.
func Below(ids ...model.ID) store.Cond { return store.Below("units.id", ids) }

// Above keeps the units at or above one of the ids.
func Above(ids ...model.ID) store.Cond { return store.Above("units.id", ids) }

// Around keeps the units at, above or below one of the ids.
func Around(ids ...model.ID) store.Cond { return store.Around("units.id", ids) }

// Tops keeps those of the ids that stand below no other of them.
func Tops(ids ...model.ID) store.Cond {
	if len(ids) == 0 {
		return store.Nothing()
	}
	return store.All(IDs(ids...), store.Not(store.BelowOther("units.id", ids)))
}

// Roots keeps the roots of the trees.
func Roots() store.Cond { return store.Where("units.parent_id = 0") }

// IsRoot keeps the rows whose column names a unit that stands below no other.
func IsRoot(column string) store.Cond {
	return store.Where(column + " IN (SELECT id FROM units WHERE parent_id = 0)")
}

// NearClass keeps the rows whose column names a class in which, or in whose
// school, one of the units is itself.
func NearClass(column string, ids []model.ID) store.Cond {
	if len(ids) == 0 {
		return store.Nothing()
	}
	return store.Where(column+" IN (SELECT c.id FROM units AS c WHERE c.id IN ? OR c.parent_id IN (SELECT s.id FROM units AS s WHERE s.id IN ? AND s.kind = ?))", ids, ids, model.UnitSchool)
}

// ChildOf keeps the units right below the parent.
func ChildOf(parent model.ID) store.Cond { return store.Where("units.parent_id = ?", parent) }

// Coded keeps the unit of that code.
func Coded(code string) store.Cond { return store.Where("units.code = ?", code) }

// Named keeps the units of the name.
func Named(name string) store.Cond { return store.Where("units.name = ?", name) }

// OfKind keeps the units of the kind.
func OfKind(kind model.UnitKind) store.Cond { return store.Where("units.kind = ?", kind) }

// InUse keeps the units that are not archived.
func InUse() store.Cond { return store.Where("units.archived_at IS NULL") }

// After keeps the units whose ids come after one.
func After(id model.ID) store.Cond { return store.Where("units.id > ?", id) }

// Join is the SQL of a join of the unit that the column names, under the
// alias: for queries that show the name of a row's unit or class.
func Join(alias, column string) string {
	return "JOIN units AS " + alias + " ON " + alias + ".id = " + column
}
