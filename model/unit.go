package model

import (
	"slices"
	"time"
)

// UnitKind is the kind of a unit.
type UnitKind string

// The kinds of units.
const (
	UnitCounty  UnitKind = "county"
	UnitTown    UnitKind = "town"
	UnitSchool  UnitKind = "school"
	UnitStation UnitKind = "station" // 校外教育辅导站
	UnitAcademy UnitKind = "academy" // 崇德少年法学苑
	UnitVillage UnitKind = "village"
	UnitClass   UnitKind = "class"
)

// unitParents says below which kinds a kind may stand.
var unitParents = map[UnitKind][]UnitKind{
	UnitCounty:  nil,
	UnitTown:    {UnitCounty},
	UnitSchool:  {UnitCounty, UnitTown}, // a county's own schools (县直学校) stand right below it
	UnitStation: {UnitTown, UnitVillage},
	UnitAcademy: {UnitCounty, UnitTown},
	UnitVillage: {UnitTown},
	UnitClass:   {UnitSchool, UnitStation},
}

// Valid reports whether k is a known kind.
func (k UnitKind) Valid() bool { _, ok := unitParents[k]; return ok }

// MayStandBelow reports whether a unit of kind k may be a child of one of kind parent.
func (k UnitKind) MayStandBelow(parent UnitKind) bool { return slices.Contains(unitParents[k], parent) }

// Unit is a node of the tree of organisations. A unit never moves to another parent.
type Unit struct {
	ID       ID `gorm:"primaryKey;autoIncrement:false"`
	ParentID ID // zero for the root
	Kind     UnitKind
	Name     string
	// CountingKey is CountingKey(Name), by which lists are sorted; empty until the
	// program has filled it on rows of before there was such a column.
	CountingKey string
	// Code is a short unique code; a class's is what a guardian types to bind a child.
	Code string
	// PupilCount is the number of pupils on the roster of a class now; zero for other kinds.
	PupilCount int
	// ConfirmClaims says whether a claim to a pupil here waits for a teacher; nil
	// leaves it to the unit above.
	ConfirmClaims *bool
	Version       int // grows with every change of name, code or use, against lost edits
	CreatedAt     time.Time
	ArchivedAt    *time.Time
}

// UnitAncestor is a pair of the closure of the unit tree: AncestorID stands
// above UnitID or is the same unit.
type UnitAncestor struct {
	AncestorID ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID     ID `gorm:"primaryKey;autoIncrement:false"`
}

// TableName names the closure table.
func (UnitAncestor) TableName() string { return "unit_closure" }

// Pupil is a line of a class's roster.
type Pupil struct {
	ID            ID `gorm:"primaryKey;autoIncrement:false"`
	ClassID       ID
	Name          string
	Gender        Gender
	BirthDate     Date   // empty where the roster does not tell
	StudentNo     []byte // 学籍号, sealed
	StudentNoHash []byte // keyed hash, for look-ups; unique in the county
	CountyID      ID     // the root of the tree in which the pupil is, or was before departing
	AccountID     *ID    // the pupil's own account
	// AccountSince is when it became theirs; nil for none, and for one of before this was kept.
	AccountSince *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
	DepartedAt   *time.Time // set when the pupil left every roster; the row stays
}

// StudentNoField names Pupil.StudentNo to the vault, for its seal and for its look-up hash.
const StudentNoField = "pupils.student_no"

// UnderAgeOfConsent reports whether only a guardian can consent for the pupil
// on the day. An unknown birth date counts as under age: the safe side.
func (p Pupil) UnderAgeOfConsent(day Date) bool {
	return p.BirthDate == "" || AgeOn(p.BirthDate, day) < AgeOfConsent
}

// Gender as the roster has it.
type Gender string

// The genders a roster can hold; empty where it does not tell.
const (
	GenderMale   Gender = "male"
	GenderFemale Gender = "female"
)

// RosterImport is one file on its way into the roster.
type RosterImport struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	UnitID    ID // the file covers this unit: a county, a town or a school
	AccountID ID // zero when a command imported it
	Status    ImportStatus
	// NewTowns says that the import also makes the towns that are not there yet.
	NewTowns bool
	// What the file does to the roster: Total rows of which each is one of
	// Added … Unchanged, and Departed pupils who are not in it.
	Total, Added, Changed, Transferred, Returned, Departed, Unchanged int
	NewUnits                                                          int
	FaultCount                                                        int
	Units                                                             string // JSON: the names of new units and of the schools left alone
	Faults                                                            string // JSON, without any cell's content
	// PlanDigest is of all that the previewed import does: it is applied so or not at all.
	PlanDigest string
	// ErrorCode and LastError (plain Chinese) say why it failed.
	ErrorCode, LastError string
	// Holder is the process that applies it, as long as it renews LeaseUntil.
	Holder     string
	LeaseUntil *time.Time
	CreatedAt  time.Time
	AppliedAt  *time.Time
	UndoneAt   *time.Time
	UndoneBy   ID // zero where a command undid it, or nobody
}

// RosterImportPart is a piece of what is kept of an import, sealed: its rows
// until it is over, and what was before as long as it can be undone.
type RosterImportPart struct {
	ImportID ID  `gorm:"primaryKey;autoIncrement:false"`
	Part     int `gorm:"primaryKey;autoIncrement:false"`
	Content  []byte
}

// ImportStatus is how far a roster import has come.
type ImportStatus string

// The states of an import: previewed → applying → applied or failed, or
// previewed → discarded; applied → undone; refused when the file has faults.
const (
	ImportPreviewed ImportStatus = "previewed"
	ImportRefused   ImportStatus = "refused"
	ImportApplying  ImportStatus = "applying"
	ImportApplied   ImportStatus = "applied"
	ImportFailed    ImportStatus = "failed"
	ImportDiscarded ImportStatus = "discarded"
	ImportUndone    ImportStatus = "undone"
)
