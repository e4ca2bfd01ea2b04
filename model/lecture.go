package model

import "time"

// Lecture is a numbered lecture of the programme (第4讲), to be held in many sessions.
type Lecture struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID    ID
	Number    int
	Title     string
	Summary   string
	Sides     `gorm:"embedded"`
	Term      Term
	CreatedBy ID
	CreatedAt time.Time
}

// Validate returns the rule that the row breaks, or nil.
func (l Lecture) Validate() error {
	switch {
	case l.Number < 1 || l.Number > 999:
		return Invalid("number", "number_invalid", "讲次应在 1 到 999 之间")
	case !l.ForPupils && !l.ForGuardians:
		return errNoSide
	}
	return nil
}

// Item is the lecture as a thing to be covered.
func (l Lecture) Item() Item { return Item{Kind: ItemLecture, ID: l.ID, UnitID: l.UnitID} }

// SessionMode is how a session is held.
type SessionMode string

// The modes of a session.
const (
	SessionOnline    SessionMode = "online"
	SessionOffline   SessionMode = "offline"
	SessionHomeVisit SessionMode = "home_visit"
)

// SessionStatus is where a session stands.
type SessionStatus string

// A session is scheduled, then held or cancelled. Whether it is open follows
// from its times: SessionOpen is never stored.
const (
	SessionScheduled SessionStatus = "scheduled"
	SessionOpen      SessionStatus = "open"
	SessionEnded     SessionStatus = "ended"
	SessionCancelled SessionStatus = "cancelled"
)

// SessionOpensBefore is how long before its start a session opens for check-ins.
const SessionOpensBefore = 15 * time.Minute

// LectureSession is one holding of a lecture.
type LectureSession struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	LectureID ID
	UnitID    ID // the unit that holds it
	HostID    ID // the account that shows the code and rolls the call
	Mode      SessionMode
	Status    SessionStatus
	Place     string
	JoinURL   string
	StartsAt  time.Time
	EndsAt    time.Time
	// MakeUpOf is the session whose missing pupils this one is for, or zero.
	MakeUpOf  ID
	Version   int // grows with every change, against lost edits
	CreatedBy ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// OpensAt is when check-ins begin.
func (s LectureSession) OpensAt() time.Time { return s.StartsAt.Add(-SessionOpensBefore) }

// StatusAt is where the session stands at now. It is open from OpensAt until
// EndsAt, which is exclusive; who ends a session early moves EndsAt.
func (s LectureSession) StatusAt(now time.Time) SessionStatus {
	switch {
	case s.Status == SessionCancelled:
		return SessionCancelled
	case s.Status == SessionEnded || !now.Before(s.EndsAt):
		return SessionEnded
	case now.Before(s.OpensAt()):
		return SessionScheduled
	}
	return SessionOpen
}

// Cover is how attending the session covers.
func (s LectureSession) Cover() Cover {
	switch {
	case s.MakeUpOf != 0:
		return CoverMakeUp
	case s.Mode == SessionHomeVisit:
		return CoverHomeVisit
	}
	return CoverSession
}

// SessionTarget is a unit whose classes a session is for.
type SessionTarget struct {
	SessionID ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID    ID `gorm:"primaryKey;autoIncrement:false"`
}

// SessionInvitee is a pupil for whom a make-up session is held.
type SessionInvitee struct {
	SessionID ID `gorm:"primaryKey;autoIncrement:false"`
	PupilID   ID `gorm:"primaryKey;autoIncrement:false"`
}

// CheckInMode is how someone's attendance was taken.
type CheckInMode string

// The modes of a check-in.
const (
	CheckInScan      CheckInMode = "scan"
	CheckInDigits    CheckInMode = "digits"
	CheckInRollCall  CheckInMode = "roll_call"
	CheckInHomeVisit CheckInMode = "home_visit"
)

// CheckIn says that a pupil, or one guardian of the pupil, attended a session.
type CheckIn struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	SessionID ID
	PupilID   ID
	Side      Side
	AccountID ID // who checked in, or the host who rolled the call
	Mode      CheckInMode
	At        time.Time // when the code was shown, or the call rolled
	// ReceivedAt is when the server heard of it.
	ReceivedAt time.Time
	// Late marks a code sent after its time, or after the host had taken a check-in
	// back there; it covers only once the host has confirmed it.
	Late        bool
	ConfirmedAt *time.Time
	RefusedAt   *time.Time // what was refused can still be confirmed; never the other way round
	DecidedBy   ID         // who confirmed or refused, or zero
}

// CheckInRetraction says that a check-in was taken back: which, by whom and why.
// The check-in itself is gone.
type CheckInRetraction struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	SessionID ID
	PupilID   ID
	Side      Side
	AccountID ID          // who had checked in, or rolled the call
	Mode      CheckInMode // as it had been taken
	At        time.Time   // as the check-in had it
	Reason    []byte      // sealed
	// RetractedBy is the account that took it back.
	RetractedBy ID
	RetractedAt time.Time
}

// RetractionReasonField names CheckInRetraction.Reason to the vault.
const RetractionReasonField = "check_in_retractions.reason"

// Counts reports whether the check-in is attendance, and not just the claim of it.
func (c CheckIn) Counts() bool { return !c.Late || c.ConfirmedAt != nil }

// Pending reports whether the check-in waits for the host's word.
func (c CheckIn) Pending() bool { return !c.Counts() && c.RefusedAt == nil }
