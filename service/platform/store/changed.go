package store

import "gorm.io/gorm"

// Changed returns the error of a conditional UPDATE or DELETE, or none where it
// changed no row: another was quicker.
func Changed(done *gorm.DB, none error) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return none
	}
	return done.Error
}
