package model

import "time"

// FileRemoval says that a file of the media store is to be removed, as nothing
// names it: an upload not yet taken over, or what another one has replaced.
type FileRemoval struct {
	ID      ID     `gorm:"primaryKey;autoIncrement:false"`
	FileKey string // unique; no file is named again once it has been removed
	// DueAt is when no link to the file works any more.
	DueAt time.Time
}
