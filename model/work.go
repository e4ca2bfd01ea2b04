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

// OutboxStatus is where a message stands.
type OutboxStatus string

// The states of a message.
const (
	OutboxPending OutboxStatus = "pending"
	OutboxSent    OutboxStatus = "sent"
	OutboxDropped OutboxStatus = "dropped" // past its cut-off, or its cause is gone
	OutboxFailed  OutboxStatus = "failed"
)

// OutboxMessage is a message to a person, written in the transaction of its
// cause and unique by cause, kind and recipient.
type OutboxMessage struct {
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
	Kind        string
	CauseKind   string
	CauseID     ID
	RecipientID ID     // an account
	Payload     string // JSON: ids and times only, never names or free text
	SendAfter   time.Time
	CutoffAt    time.Time // not sent after this
	Status      OutboxStatus
	Attempts    int
	Holder      string
	LeaseUntil  *time.Time
	SentAt      *time.Time
	LastError   string
	CreatedAt   time.Time
}
