package model

import "time"

// Sharer is in which capacity someone shared a lesson.
type Sharer string

// The capacities. A share tells no more of who made it.
const (
	SharerSchool Sharer = "school"
	SharerFamily Sharer = "family"
)

// LessonShare is a card by which a lesson is shown to whoever gets it in a
// chat. One person makes one a day of one lesson.
type LessonShare struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	Token     string
	LessonID  ID
	AccountID ID
	Sharer    Sharer
	OnDate    Date
	Opened    int64 // how often the card was opened
	CreatedAt time.Time
	ExpiresAt time.Time
}

// LessonForward is one line of the ledger (台账) of lessons forwarded by
// schools: who sent which lesson to the families of which unit, and when. A
// unit gets a lesson once a day.
type LessonForward struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	LessonID  ID
	UnitID    ID
	AccountID ID
	OnDate    Date
	Families  int // pupils of the unit with a guardian then
	CreatedAt time.Time
}
