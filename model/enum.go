package model

// The enums of the wire: the contract lists their values in this order.

// Values are all relations.
func (Relation) Values() []Relation {
	return []Relation{RelationMother, RelationFather, RelationGrandparent, RelationOther}
}

// Values are all kinds.
func (BindingKind) Values() []BindingKind {
	return []BindingKind{BindingGuardian, BindingPupil}
}

// Values are all purposes.
func (Purpose) Values() []Purpose {
	return Purposes
}

// Values are all levels.
func (AlertLevel) Values() []AlertLevel {
	return []AlertLevel{AlertImmediate, AlertUrgent, AlertWatch}
}

// Values are all states.
func (AlertStatus) Values() []AlertStatus {
	return []AlertStatus{AlertRaised, AlertAcknowledged, AlertInReview, AlertClosed}
}

// Values are all modes.
func (CounselMode) Values() []CounselMode {
	return []CounselMode{CounselInPerson, CounselPhone, CounselVideo}
}

// Values are all states.
func (BookingStatus) Values() []BookingStatus {
	return []BookingStatus{BookingBooked, BookingCancelled, BookingCompleted, BookingNoShow}
}

// Values are all states.
func (WaitStatus) Values() []WaitStatus {
	return []WaitStatus{WaitWaiting, WaitOffered, WaitTaken, WaitExpired, WaitCancelled}
}

// Values are all replies.
func (Helped) Values() []Helped {
	return []Helped{HelpedYes, HelpedPartly, HelpedNo}
}

// Values are all sides.
func (Side) Values() []Side {
	return []Side{SidePupil, SideGuardian}
}

// Values are all kinds.
func (ItemKind) Values() []ItemKind {
	return []ItemKind{ItemLesson, ItemLecture}
}

// Values are all reasons.
func (RejectReason) Values() []RejectReason {
	return []RejectReason{RejectMalformed, RejectBeyondEnd, RejectFasterThanTime, RejectRateNotAllowed, RejectSeqReplayed, RejectSuperseded}
}

// Values are all modes.
func (SessionMode) Values() []SessionMode {
	return []SessionMode{SessionOnline, SessionOffline, SessionHomeVisit}
}

// Values are all states.
func (SessionStatus) Values() []SessionStatus {
	return []SessionStatus{SessionScheduled, SessionOpen, SessionEnded, SessionCancelled}
}

// Values are all modes.
func (CheckInMode) Values() []CheckInMode {
	return []CheckInMode{CheckInScan, CheckInDigits, CheckInRollCall, CheckInHomeVisit}
}

// Values are all states.
func (LessonStatus) Values() []LessonStatus {
	return []LessonStatus{LessonDraft, LessonPublished, LessonWithdrawn}
}

// Values are all judgements.
func (CoverStatus) Values() []CoverStatus {
	return []CoverStatus{CoverUnchecked, CoverPass, CoverReview, CoverRisky}
}

// Values are all outcomes.
func (CallOutcome) Values() []CallOutcome {
	return []CallOutcome{CallReached, CallNoAnswer, CallNotNeeded}
}

// Values are all states.
func (PostStatus) Values() []PostStatus {
	return []PostStatus{PostShown, PostHeld, PostHidden}
}

// Values are all reasons.
func (PostReportReason) Values() []PostReportReason {
	return []PostReportReason{ReportPrivate, ReportAbuse, ReportAd, ReportOther}
}

// Values are all kinds.
func (SceneKind) Values() []SceneKind {
	return []SceneKind{SceneSession, SceneLesson, SceneClass}
}

// Values are all capacities.
func (Sharer) Values() []Sharer {
	return []Sharer{SharerSchool, SharerFamily}
}

// Values are all kinds.
func (UnitKind) Values() []UnitKind {
	return []UnitKind{UnitCounty, UnitTown, UnitSchool, UnitStation, UnitAcademy, UnitVillage, UnitClass}
}

// Values are all roles.
func (Role) Values() []Role {
	return []Role{RoleGuardian, RolePupil, RoleCounsellor, RoleTeacher, RoleVolunteer, RoleManager, RoleInspector, RoleDuty}
}

// Values are all states.
func (ImportStatus) Values() []ImportStatus {
	return []ImportStatus{ImportPreviewed, ImportRefused, ImportApplying, ImportApplied, ImportFailed, ImportDiscarded, ImportUndone}
}

// Values are all actions.
func (AuditAction) Values() []AuditAction {
	return []AuditAction{AuditRead, AuditWrite, AuditExport, AuditGrant, AuditLogin, AuditLoginRefused}
}

// Values are all subjects.
func (AuditSubject) Values() []AuditSubject {
	return []AuditSubject{AuditBooking, AuditRecord, AuditAlert, AuditContact, AuditPupil, AuditRoster, AuditAccount}
}

// Values are all purposes.
func (AuditPurpose) Values() []AuditPurpose {
	return []AuditPurpose{AuditOwn, AuditCounselling, AuditTeaching, AuditManagement, AuditDuty, AuditCalling}
}

// Values are all kinds of days.
func (CalendarKind) Values() []CalendarKind { return []CalendarKind{CalendarHoliday, CalendarWorking} }

// Values are all kinds.
func (StepKind) Values() []StepKind {
	return []StepKind{StepTell, StepBreach, StepSilence, StepReview}
}

// Values are all outcomes.
func (StepOutcome) Values() []StepOutcome {
	return []StepOutcome{StepTold, StepJoined, StepNobody, StepBreached, StepAcknowledged, StepReopened}
}

// Values are all kinds.
func (EntryKind) Values() []EntryKind {
	return []EntryKind{EntryNote, EntryContact, EntryHandOver, EntryDecision, EntryReport, EntryRaised, EntrySaid, EntryAcknowledged, EntryWithheld, EntryDisclosed,
		EntryClosed, EntryReviewed, EntryReopened}
}

// Values are all companies.
func (Company) Values() []Company {
	return []Company{CompanyFamily, CompanyTeacher, CompanyCounsellor, CompanyFriend, CompanyOther, CompanyAlone, CompanyUnknown}
}

// Values are all who can be reached.
func (Contacted) Values() []Contacted {
	return []Contacted{ContactPupil, ContactGuardian, ContactTeacher, ContactCounsellor, ContactHospital, ContactPolice, ContactOther}
}

// Values are all decisions.
func (AlertDecision) Values() []AlertDecision {
	return []AlertDecision{DecisionRefer, DecisionNoReferral, DecisionPlanNow, DecisionPlanLater}
}

// Values are all recipients.
func (ReportRecipient) Values() []ReportRecipient {
	return []ReportRecipient{RecipientPolice, RecipientProsecutor, RecipientCivilAffairs, RecipientEducation}
}

// Values are all reasons.
func (ReopenReason) Values() []ReopenReason {
	return []ReopenReason{ReopenByHand, ReopenSilence, ReopenNewSign}
}
