package store

import "gorm.io/gorm"

// Exists reports whether the query finds a row. The query must not have run,
// nor select anything.
func Exists(query *gorm.DB) (bool, error) {
	var found []int
	err := query.Select("1").Limit(1).Scan(&found).Error
	return len(found) > 0, err
}
