package model

import (
	"slices"
	"time"
)

// Side says for whom an item is: the pupils themselves, or one guardian of each.
type Side string

// The two sides.
const (
	SidePupil    Side = "pupil"
	SideGuardian Side = "guardian"
)

// Valid reports whether s is a known side.
func (s Side) Valid() bool { return slices.Contains(s.Values(), s) }

// Sides is the pair of flags by which a lesson or lecture is for pupils, guardians, or both.
type Sides struct {
	ForPupils    bool
	ForGuardians bool
}

// SidesOf makes the flags from a list.
func SidesOf(sides []Side) Sides {
	return Sides{ForPupils: slices.Contains(sides, SidePupil), ForGuardians: slices.Contains(sides, SideGuardian)}
}

// List gives the sides in a fixed order, never nil.
func (s Sides) List() []Side {
	list := make([]Side, 0, 2)
	if s.ForPupils {
		list = append(list, SidePupil)
	}
	if s.ForGuardians {
		list = append(list, SideGuardian)
	}
	return list
}

var errNoSide = Invalid("sides", "sides_missing", "请选择面向学生还是家长")

// Include reports whether side is one of them.
func (s Sides) Include(side Side) bool {
	return side == SidePupil && s.ForPupils || side == SideGuardian && s.ForGuardians
}

// ItemKind is the kind of a thing to be covered.
type ItemKind string

// The kinds of items.
const (
	ItemLesson  ItemKind = "lesson"
	ItemLecture ItemKind = "lecture"
)

// Valid reports whether k is a known kind.
func (k ItemKind) Valid() bool { return slices.Contains(k.Values(), k) }

// Item names a lesson or a lecture as a thing to be covered. It is owed by
// the classes below UnitID.
type Item struct {
	Kind   ItemKind
	ID     ID
	UnitID ID
}

// Cover says how a fact came about.
type Cover string

// The ways to be covered.
const (
	CoverWatch     Cover = "watch"
	CoverSession   Cover = "session"
	CoverMakeUp    Cover = "make_up"
	CoverHomeVisit Cover = "home_visit"
)

// CoverageFact says that a pupil (or, on the guardian side, one guardian of
// the pupil) has begun an item and, once CoveredAt is set, is covered by it.
// It belongs to the pupil, not to the class. What was watched is never taken back.
// A check-in can be: where nothing else covers the pupil, the fact then goes with
// it, as if it had never been; what was taken back, by whom and why is kept with
// the check-ins.
type CoverageFact struct {
	ItemKind  ItemKind `gorm:"primaryKey"`
	ItemID    ID       `gorm:"primaryKey;autoIncrement:false"`
	Side      Side     `gorm:"primaryKey"`
	PupilID   ID       `gorm:"primaryKey;autoIncrement:false"`
	StartedAt time.Time
	CoveredAt *time.Time
	How       Cover
	CauseID   ID // the watch or check-in that covered
}

// CoverageTally counts the facts of the pupils now on a class's roster. It
// changes in the transaction that changes what it counts.
type CoverageTally struct {
	ItemKind ItemKind `gorm:"primaryKey"`
	ItemID   ID       `gorm:"primaryKey;autoIncrement:false"`
	Side     Side     `gorm:"primaryKey"`
	ClassID  ID       `gorm:"primaryKey;autoIncrement:false"`
	Started  int
	Covered  int
	// Version is one more with every change of the counts, and never goes back: it
	// says of a reading which changes are in it.
	Version int64
}
