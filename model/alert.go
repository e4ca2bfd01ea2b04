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

// An alert is raised by a cause and acknowledged by a human. A human closes it and
// another one reviews that; a machine never does. A human or a new sign may reopen
// it, and so does silence after it was acknowledged: it is raised again then.
const (
	AlertRaised       AlertStatus = "raised"
	AlertAcknowledged AlertStatus = "acknowledged"
	AlertInReview     AlertStatus = "in_review" // closed by one person, not yet reviewed by a second
	AlertClosed       AlertStatus = "closed"
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
	Episode        int        `gorm:"default:1"` // how often it was raised: it counts up when the alert is reopened
	Times          int        `gorm:"default:1"` // how often it was said
	RepeatedAt     *time.Time // when it was last said again
	AcknowledgedAt *time.Time
	AcknowledgedBy ID
	Drill          bool       // practice: it counts in no figure
	EntryAt        *time.Time // when a human last wrote what they do
	NextAt         *time.Time // by when a human must write again; set while it is acknowledged
	HandedTo       ID         // who was asked to take it over; zero for nobody
	ClosedAt       *time.Time
	ClosedBy       ID
	ReviewedAt     *time.Time
	ReviewedBy     ID
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
	ReopenedBy     ID // zero where silence or a new sign did it
}

// StepKind is what an alert's step does when it is due.
type StepKind string

// The kinds of steps.
const (
	StepTell   StepKind = "tell"   // tell who is on duty, and the next ones after a while
	StepBreach StepKind = "breach" // note that nobody acknowledged the alert in time
	// StepSilence has an acknowledged alert wait again of which nobody wrote in time.
	StepSilence StepKind = "silence"
	StepReview  StepKind = "review" // tell who is on duty that a closed alert waits for its review
)

// StepOutcome is what came of a step.
type StepOutcome string

// The outcomes.
const (
	StepTold         StepOutcome = "told"         // a message and a call each, on their way
	StepJoined       StepOutcome = "joined"       // the same people know of another alert of an unknown account
	StepNobody       StepOutcome = "nobody"       // nobody was there to be told
	StepBreached     StepOutcome = "breached"     // the deadline has passed
	StepAcknowledged StepOutcome = "acknowledged" // a human had done before what it waited for
	StepReopened     StepOutcome = "reopened"     // the alert waits again
)

// AlertStep is a step of an alert's escalation. It is done once.
type AlertStep struct {
	ID      ID `gorm:"primaryKey;autoIncrement:false"`
	AlertID ID
	// Episode counts from 1 how often the alert was raised: the steps of an
	// earlier episode mean nothing after the alert was reopened.
	Episode int
	Kind    StepKind
	DueAt   time.Time
	DoneAt  *time.Time
	Outcome StepOutcome
	// UnitID and Layer say whose turn it was: of whose rota, and which of its
	// layers from 1 on. Layer zero is everybody on duty at the unit or above.
	UnitID ID
	Layer  int
}

// AlertTelling is a person whom a step told.
type AlertTelling struct {
	StepID    ID `gorm:"primaryKey;autoIncrement:false"`
	AccountID ID `gorm:"primaryKey;autoIncrement:false"`
}

// DutyRota is a unit's rota, of which the version changes with each edit.
type DutyRota struct {
	UnitID    ID `gorm:"primaryKey;autoIncrement:false"`
	Version   int
	UpdatedAt time.Time
	UpdatedBy ID
}

// DutyShift is a weekly rule of a rota: the account is on duty from a minute of
// the weekday on, in Asia/Shanghai.
type DutyShift struct {
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID      ID
	Layer       int // from 1 on: the next layer is told where this one is silent
	AccountID   ID
	Weekday     int // 1 is Monday, 7 Sunday, OnHolidays the holidays of the county's calendar
	StartMinute int // of the day
	Minutes     int // how long it lasts, up to a day; it may end on the next one
}

// OnHolidays is the weekday of shifts on holidays.
const OnHolidays = 8

// DutyOverride puts an account in the place of who else is on duty in a layer
// of a rota for a time.
type DutyOverride struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID    ID
	Layer     int
	AccountID ID
	StartsAt  time.Time
	EndsAt    time.Time
}
