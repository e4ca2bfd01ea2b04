package model

import "time"

// AuditAction is what was done with confidential data.
type AuditAction string

// The actions.
const (
	AuditRead   AuditAction = "read"
	AuditWrite  AuditAction = "write"
	AuditExport AuditAction = "export"
	AuditGrant  AuditAction = "grant"
	AuditLogin  AuditAction = "login"
	// AuditLoginRefused is the login of an account that is locked.
	AuditLoginRefused AuditAction = "login_refused"
)

// AuditSubject is what kind of thing was read or written.
type AuditSubject string

// The subjects.
const (
	AuditBooking AuditSubject = "booking"
	AuditRecord  AuditSubject = "record" // the counsellors' notes on a booking, by its id
	AuditAlert   AuditSubject = "alert"
	AuditContact AuditSubject = "contact" // a telephone number
	AuditPupil   AuditSubject = "pupil"
	AuditRoster  AuditSubject = "roster"  // of a unit, or an import with its counts
	AuditAccount AuditSubject = "account" // of a member of staff, or of a pupil's family
)

// AuditPurpose is the relation or the task by which the actor may do it.
type AuditPurpose string

// The purposes.
const (
	AuditOwn         AuditPurpose = "own" // the person's own, or their child's
	AuditCounselling AuditPurpose = "counselling"
	AuditTeaching    AuditPurpose = "teaching"
	AuditManagement  AuditPurpose = "management"
	AuditDuty        AuditPurpose = "duty"
	AuditCalling     AuditPurpose = "calling" // telephoning those whom no message reaches
)

// AuditEntry says that somebody read or wrote confidential data. It holds no
// text that a person wrote, and is never changed.
type AuditEntry struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	At        time.Time
	ActorID   ID   // the account; zero for jobs and commands
	ActorRole Role // the role by which the actor could do it; empty for an account without one
	TokenID   ID   // of the login
	Action    AuditAction
	Subject   AuditSubject
	SubjectID ID // zero for a list
	PupilID   ID // about whom; zero where it is about no pupil
	UnitID    ID // whose it is
	Purpose   AuditPurpose
	// Withheld entries are not shown to the pupil's guardians: the pupil sought
	// help alone, or a guardian may be the reason.
	Withheld  bool
	Operation string // of the API, as the contract names it; empty for jobs and commands
	Address   string // the caller's network address
	// Salt is random and shown to nobody, so that what an entry says can't be found
	// out by trying what its hash in the tree may be of.
	Salt []byte
}

// AuditPending marks an entry that is not in the tree yet.
type AuditPending struct {
	EntryID ID     `gorm:"primaryKey;autoIncrement:false"`
	MAC     []byte // of the entry, under a key that the database does not hold
}

// AuditLeaf is the place of an entry in the tree, an RFC 6962 Merkle tree.
type AuditLeaf struct {
	Position int64 `gorm:"primaryKey;autoIncrement:false"` // from zero, without gaps
	EntryID  ID
	// Hashes are the hash of the entry and those of the subtrees that this leaf
	// completes, from the smallest on, 32 bytes each.
	Hashes []byte
}

// AuditCheckpoint is the newest signed statement of a day on the tree's size and root.
type AuditCheckpoint struct {
	Day  Date  `gorm:"primaryKey"`
	Size int64 // how many entries it covers
	Note string
}

// TableName names the table of the leaves.
func (AuditLeaf) TableName() string { return "audit_leaves" }
