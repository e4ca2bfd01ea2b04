package store

import (
	"gorm.io/gorm"

	"xinyu/model"
)

// Below is a scope that keeps rows whose column names a unit at or below one
// of the units. No units keep no rows.
func Below(column string, units []model.ID) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		if len(units) == 0 {
			return db.Where("1 = 0")
		}
		return db.Where(column+" IN (SELECT unit_id FROM unit_closure WHERE ancestor_id IN ?)", units)
	}
}

// Above is a scope that keeps rows whose column names a unit at or above one
// of the units: what a town publishes is there for its classes. No units keep no rows.
func Above(column string, units []model.ID) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		if len(units) == 0 {
			return db.Where("1 = 0")
		}
		return db.Where(column+" IN (SELECT ancestor_id FROM unit_closure WHERE unit_id IN ?)", units)
	}
}
