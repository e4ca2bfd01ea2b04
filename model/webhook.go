package model

import "time"

// WebhookStatus is where a webhook call of WeChat's stands.
type WebhookStatus string

// The states of a webhook call.
const (
	WebhookPending WebhookStatus = "pending"
	WebhookDone    WebhookStatus = "done"
	WebhookIgnored WebhookStatus = "ignored" // nobody here reads its kind
	WebhookFailed  WebhookStatus = "failed"  // given up
)

// WebhookEvent is a webhook call of WeChat's that was taken, to be worked off. Its key is
// unique: a webhook call that WeChat repeats, or that someone replays, is known by it.
type WebhookEvent struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	EventKey   string
	App        string
	Kind       string
	Payload    string // JSON; emptied when done
	Status     WebhookStatus
	Attempts   int
	DueAt      time.Time
	ReceivedAt time.Time
	LastError  string
}

// TableName names the table.
func (WebhookEvent) TableName() string { return "push_events" }
