package model

import "time"

// Job is a recurring task that one replica at a time claims through the database.
type Job struct {
	Name       string `gorm:"primaryKey"`
	DueAt      time.Time
	Holder     string
	LeaseUntil *time.Time
	LastRunAt  *time.Time
	LastError  string
}
