package model

import "time"

// PushStatus is where a push of WeChat's stands.
type PushStatus string

// The states of a push.
const (
	PushPending PushStatus = "pending"
	PushDone    PushStatus = "done"
	PushIgnored PushStatus = "ignored" // nobody here reads its kind
	PushFailed  PushStatus = "failed"  // given up
)

// PushEvent is a push of WeChat's that was taken, to be worked off. Its key is
// unique: a push that WeChat repeats, or that someone replays, is known by it.
type PushEvent struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	EventKey   string
	App        string
	Kind       string
	Payload    string // JSON; emptied when done
	Status     PushStatus
	Attempts   int
	DueAt      time.Time
	ReceivedAt time.Time
	LastError  string
}
