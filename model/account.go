package model

import "time"

// Account is a WeChat user. It holds no personal data but, for staff, a name.
type Account struct {
	ID ID `gorm:"primaryKey;autoIncrement:false"`
	// OpenID and OfficialOpenID are who the person is to the mini-program and
	// to the official account. NULL, and never "", where they have not come
	// that way: each is unique.
	OpenID         string `gorm:"default:null"`
	OfficialOpenID string `gorm:"default:null"`
	// UnionID is the same in both, where WeChat tells it. Two accounts may
	// share one: those that were in use before it was known.
	UnionID     string
	Name        string // shown for staff ("王老师"); empty for families
	CreatedAt   time.Time
	LastLoginAt time.Time
	DisabledAt  *time.Time
	LockReason  []byte // sealed; nil while it is not locked by a manager
	LockedBy    ID     // zero alike
}

// OfficialFollower is a person who follows the official account, or did.
type OfficialFollower struct {
	OpenID    string `gorm:"primaryKey"`
	UnionID   string // empty until it was looked up, or where there is none
	Following bool
	ChangedAt time.Time // WeChat's time, by which an old event is told from a new one
	// LookupAt is when to ask WeChat for the union id; nil where that is done with.
	LookupAt *time.Time
	Lookups  int
}

// LoginToken is a token of one signed-in phone. Only its hash is kept.
type LoginToken struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	AccountID ID
	// LoginID is the first token's of the login, which renewals carry on;
	// zero on rows from before there was such a column.
	LoginID   ID
	TokenHash []byte // SHA-256 of the token
	Device    string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
}

// Login is the id of the login that the token belongs to.
func (t LoginToken) Login() ID {
	if t.LoginID == 0 {
		return t.ID
	}
	return t.LoginID
}

// Grant gives an account a role at a unit for a time.
type Grant struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	AccountID ID
	Role      Role
	UnitID    ID
	StartsAt  time.Time
	EndsAt    *time.Time
	GrantedBy ID
	CreatedAt time.Time
	RevokedAt *time.Time
	RevokedBy ID // zero where nobody took it back, or before this was kept
}

// Guardianship says that an account is a guardian's of the pupil. A pupil has
// at most MaxGuardians of them; the unique seat, counted from 1, decides a race
// for the last one.
type Guardianship struct {
	AccountID ID `gorm:"primaryKey;autoIncrement:false"`
	PupilID   ID `gorm:"primaryKey;autoIncrement:false"`
	Seat      int
	Relation  Relation
	CreatedAt time.Time
	// WithheldAt is since when the guardian must not see or hear anything of
	// the pupil; nil while the guardianship is in force.
	WithheldAt *time.Time
}

// MaxGuardians is how many guardians one pupil can have.
const MaxGuardians = 2

// Relation is what the guardian is to the child.
type Relation string

// The relations.
const (
	RelationMother      Relation = "mother"
	RelationFather      Relation = "father"
	RelationGrandparent Relation = "grandparent"
	RelationOther       Relation = "other"
)

// BindingKind is what an account was to a pupil.
type BindingKind string

// The kinds of ties between an account and a pupil.
const (
	BindingGuardian BindingKind = "guardian"
	BindingPupil    BindingKind = "pupil" // the pupil's own account
)

// BindingEnd is a guardianship, or a pupil's own account, that was ended: by
// whom and when. It is never changed.
type BindingEnd struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	PupilID   ID
	AccountID ID
	Kind      BindingKind
	Relation  Relation   // empty for the pupil's own account
	BoundAt   *time.Time // nil for the pupil's own account
	EndedAt   time.Time
	EndedBy   ID // AccountID itself where the account left of its own will
}

// BindingClaim is a right claim to a pupil that waits, or has waited, for a
// teacher. It gives no right before one confirms it.
type BindingClaim struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	PupilID   ID
	AccountID ID // who asks
	Kind      BindingKind
	Relation  Relation // empty for the pupil's own account
	// Waits is true while nobody has decided, and nil since then: an account
	// waits once for a pupil, by a unique index.
	Waits     *bool
	Outcome   ClaimOutcome
	CreatedAt time.Time
	ExpiresAt time.Time // nobody can confirm it from then on
	DecidedAt *time.Time
	DecidedBy ID // AccountID itself where it was taken back; zero while it waits
}

// ClaimOutcome is what became of a BindingClaim; empty while it waits.
type ClaimOutcome string

// The outcomes of claims.
const (
	ClaimConfirmed ClaimOutcome = "confirmed"
	ClaimRefused   ClaimOutcome = "refused"
	ClaimTakenBack ClaimOutcome = "taken_back"
	ClaimExpired   ClaimOutcome = "expired"
)

// ClaimTry is how many wrong claims there were on a day to the pupil of that name, or
// of that student number, in that class, whether or not there is such a pupil.
type ClaimTry struct {
	ID     ID     `gorm:"primaryKey;autoIncrement:false"`
	Target []byte // a keyed hash of the class's code and the name or the number
	Day    Date
	Tries  int
}

// InviteCode is what a person reads out to a manager who is to give them a
// role. An account has one at most, good for one use.
type InviteCode struct {
	AccountID ID `gorm:"primaryKey;autoIncrement:false"`
	Code      string
	ExpiresAt time.Time
}
