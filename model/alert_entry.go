package model

import "time"

// EntryKind is what an entry of an alert tells.
type EntryKind string

// The kinds of entries. Those up to EntryReport are written by hand; the others
// belong to an act of their own.
const (
	EntryNote         EntryKind = "note"
	EntryContact      EntryKind = "contact"      // a person the officer called, and whether they answered
	EntryHandOver     EntryKind = "hand_over"    // who is asked to take it over
	EntryDecision     EntryKind = "decision"     // what was decided, also not to refer, and why
	EntryReport       EntryKind = "report"       // a mandatory report: its recipient, time and reference
	EntryRaised       EntryKind = "raised"       // what was said when it was raised by hand
	EntrySaid         EntryKind = "said"         // it was said again
	EntryAcknowledged EntryKind = "acknowledged" // what who took it on does now, and who is with the pupil
	EntryWithheld     EntryKind = "withheld"     // a guardian may be the reason: they are told nothing
	EntryDisclosed    EntryKind = "disclosed"    // that was taken back
	EntryClosed       EntryKind = "closed"
	EntryReviewed     EntryKind = "reviewed"
	EntryReopened     EntryKind = "reopened"
)

// Company is who is with the person an alert is about.
type Company string

// The companies.
const (
	CompanyFamily     Company = "family"
	CompanyTeacher    Company = "teacher"
	CompanyCounsellor Company = "counsellor"
	CompanyFriend     Company = "friend"
	CompanyOther      Company = "other"
	CompanyAlone      Company = "alone"
	CompanyUnknown    Company = "unknown"
)

// Contacted is the person an officer tried to reach.
type Contacted string

// Who can be reached.
const (
	ContactPupil      Contacted = "pupil"
	ContactGuardian   Contacted = "guardian"
	ContactTeacher    Contacted = "teacher"
	ContactCounsellor Contacted = "counsellor"
	ContactHospital   Contacted = "hospital"
	ContactPolice     Contacted = "police"
	ContactOther      Contacted = "other"
)

// AlertDecision is what was decided about an alert.
type AlertDecision string

// The decisions.
const (
	DecisionRefer      AlertDecision = "refer"       // to a hospital or a specialist
	DecisionNoReferral AlertDecision = "no_referral" // not to refer
	DecisionPlanNow    AlertDecision = "plan_now"    // a safety plan was agreed
	DecisionPlanLater  AlertDecision = "plan_later"  // a safety plan is still to be agreed
)

// ReportRecipient is who receives a mandatory report.
type ReportRecipient string

// The recipients that the rules on mandatory reports name (关于建立侵害未成年人案件强制报告制度的意见（试行）, 2020).
const (
	RecipientPolice       ReportRecipient = "police"
	RecipientProsecutor   ReportRecipient = "prosecutor"
	RecipientCivilAffairs ReportRecipient = "civil_affairs"
	RecipientEducation    ReportRecipient = "education"
)

// ReopenReason is why an alert waits again.
type ReopenReason string

// The reasons.
const (
	ReopenByHand  ReopenReason = "by_hand"
	ReopenSilence ReopenReason = "silence"  // nobody wrote in time
	ReopenNewSign ReopenReason = "new_sign" // the same person said it again
)

// AlertEntry is one line of an alert's chronology. It is never changed.
type AlertEntry struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	AlertID    ID
	Episode    int // of the alert when it was written
	Kind       EntryKind
	At         time.Time
	AccountID  ID         // who wrote it, or said it again; zero for the program
	Choice     string     // Company, Contacted, AlertDecision, ReportRecipient or ReopenReason, by kind
	Reached    bool       // of a contact
	ToID       ID         // of a hand-over
	SourceID   ID         // of what was said again: the booking, if one was made
	HappenedAt *time.Time // of a contact or report, where it was not at At
	Content    []byte     // sealed text; nil for none
}

// AlertTimes are a unit's own times for a level, in place of the programme's.
// Each change is a row; the newest one of the nearest unit on the way up counts.
type AlertTimes struct {
	ID              ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID          ID
	Level           AlertLevel
	DeadlineMinutes int // by when a human must take it on
	PatienceMinutes int // how long a rung may be silent
	QuietMinutes    int // by when who took it on must write again
	ChangedAt       time.Time
	ChangedBy       ID
}
