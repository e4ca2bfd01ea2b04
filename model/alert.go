package model

import "time"

// AlertLevel is a deadline for a human to acknowledge it, and nothing else: no score, no ranking.
type AlertLevel string

// The levels.
const (
	AlertImmediate AlertLevel = "immediate"
	AlertUrgent    AlertLevel = "urgent"
	AlertWatch     AlertLevel = "watch"
)

// alertDeadlines are the programme's proposals for the county to sign off.
var alertDeadlines = map[AlertLevel]time.Duration{
	AlertImmediate: 10 * time.Minute,
	AlertUrgent:    2 * time.Hour,
	AlertWatch:     3 * 24 * time.Hour,
}

// Deadline is how long a human has to acknowledge an alert of the level.
func (l AlertLevel) Deadline() time.Duration { return alertDeadlines[l] }

// AlertStatus is where an alert stands.
type AlertStatus string

// An alert is raised by a cause and acknowledged by a human, never closed by a
// machine. A human may reopen it: it is raised again then.
const (
	AlertRaised       AlertStatus = "raised"
	AlertAcknowledged AlertStatus = "acknowledged"
)

// Alert is a call for help that a human must acknowledge before DueAt.
type Alert struct {
	ID             ID `gorm:"primaryKey;autoIncrement:false"`
	Level          AlertLevel
	Status         AlertStatus
	UnitID         ID   // the pupil's class, or the room's unit: who is responsible
	PupilID        ID   // zero where an adult asked for themselves
	AccountID      ID   // who asked
	Claimed        bool // the account's claim to the pupil waits for a teacher
	Loose          bool // the account is tied to no pupil and holds no role
	SourceKind     string
	SourceID       ID // the booking, where it was not refused; else of nothing
	RaisedAt       time.Time
	DueAt          time.Time
	Times          int        `gorm:"default:1"` // how often it was said
	RepeatedAt     *time.Time // when it was last said again
	AcknowledgedAt *time.Time
	AcknowledgedBy ID
}

// AlertReopening keeps an acknowledgement of an alert that was taken back, so
// that the alert waits again. It is never changed.
type AlertReopening struct {
	ID             ID `gorm:"primaryKey;autoIncrement:false"`
	AlertID        ID
	DueAt          time.Time // by when the alert had to be acknowledged then
	AcknowledgedAt time.Time
	AcknowledgedBy ID
	ReopenedAt     time.Time
	ReopenedBy     ID
}
