package model

import "time"

// OutboxStatus is where a message stands.
type OutboxStatus string

// The states of a message. It is pending until a replica claims it, and
// sending from just before it goes to WeChat until the result is recorded.
const (
	OutboxPending OutboxStatus = "pending"
	OutboxClaimed OutboxStatus = "claimed" // a replica has it and has not sent it; pending again when the lease ends
	OutboxSending OutboxStatus = "sending" // it may have been sent; uncertain when the lease ends
	OutboxSent    OutboxStatus = "sent"
	// OutboxUncertain is a message of which nobody knows whether it arrived:
	// the process died, or the answer did not come. It is never sent again.
	OutboxUncertain OutboxStatus = "uncertain"
	OutboxCalled    OutboxStatus = "called"  // no message can reach the person: it is in a call queue
	OutboxDropped   OutboxStatus = "dropped" // past its cut-off, or its cause is gone
	OutboxFailed    OutboxStatus = "failed"  // WeChat says no for good
)

// OutboxMessage is a message to a person, written in the transaction of its
// cause and unique by cause, kind and recipient.
type OutboxMessage struct {
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
	Kind        string
	CauseKind   string
	CauseID     ID
	RecipientID ID // an account
	PupilID     ID // the pupil it is about, or zero
	UnitID      ID // whose call queue it falls back to
	OwnerID     ID // the account responsible beside the unit, or zero
	Payload     string
	SendAfter   time.Time // also when to try again
	CutoffAt    time.Time // not sent after this
	Status      OutboxStatus
	Channel     string // by which it was last tried
	Attempts    int
	Holder      string
	LeaseUntil  *time.Time
	SentAt      *time.Time
	LastError   string // a code, never WeChat's text
	CreatedAt   time.Time
}

// MessageCredit is how many messages of a template WeChat lets us send to an
// account: one for each tap on "allow".
type MessageCredit struct {
	AccountID  ID     `gorm:"primaryKey;autoIncrement:false"`
	TemplateID string `gorm:"primaryKey"`
	Credits    int
	UpdatedAt  time.Time
}

// MessageCreditEvent is one line of the history of credits, never changed.
type MessageCreditEvent struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	AccountID  ID
	TemplateID string
	Word       string // what happened: accepted, refused, turned_off, taken, returned, none_left
	Source     string // who reported it: phone, push, sender
	Delta      int
	MessageID  ID      // the outbox row that took or returned it, or zero
	SameTap    *ID     // the event by which the same tap was reported before
	RequestKey *string // Idempotency-Key of the phone's call
	At         time.Time
}

// CallQueue says who makes a call.
type CallQueue string

// The call queues. Managers of the unit see that a call of the first two waits.
const (
	// QueueClass is that of the teachers of the pupil's class.
	QueueClass CallQueue = "class"
	// QueueCounsel is that of a booking's counsellor: no teacher learns of it.
	QueueCounsel CallQueue = "counsel"
	// QueueDuty is that of the duty officers of the unit: no manager learns of it
	// but who is told.
	QueueDuty CallQueue = "duty"
)

// CallOutcome is what came of a call.
type CallOutcome string

// The outcomes of a call.
const (
	CallReached   CallOutcome = "reached"
	CallNoAnswer  CallOutcome = "no_answer"
	CallNotNeeded CallOutcome = "not_needed"
)

// CallTask is a person to be telephoned. It is unique by cause, step (Kind) and
// recipient.
type CallTask struct {
	ID          ID        `gorm:"primaryKey;autoIncrement:false"`
	Queue       CallQueue `gorm:"column:desk"`
	UnitID      ID
	OwnerID     ID     // the counsellor of QueueCounsel
	PupilID     ID     // the pupil it is about, or zero
	RecipientID ID     // the account of the person to call
	Kind        string // the step of the cause: the kind of message that it stands for
	CauseKind   string
	CauseID     ID
	Reason      string // why there is no message: a code
	DueAt       time.Time
	CreatedAt   time.Time
	DoneAt      *time.Time
	DoneBy      ID
	Outcome     CallOutcome
}

// Nudge says that the family of a pupil was reminded of something that day:
// an item not covered, or a session. There is one a day at most.
type Nudge struct {
	ID          ID     `gorm:"primaryKey;autoIncrement:false"`
	SubjectKind string // lesson, lecture or session
	SubjectID   ID
	Side        Side // empty for a session
	PupilID     ID
	Day         Date
	NudgedBy    ID
	CreatedAt   time.Time
}

// SessionAnnouncement is how far the families of a session have been written
// to: those of the classes up to LastClass.
type SessionAnnouncement struct {
	SessionID ID     `gorm:"primaryKey;autoIncrement:false"`
	Kind      string `gorm:"primaryKey"`
	LastClass ID
	CreatedAt time.Time
	DoneAt    *time.Time
}
