package model

import (
	"slices"
	"time"
)

// Role is what a person may do, always within a unit and what lies below it.
type Role string

// The roles. Guardian and pupil follow from a bound child and from a pupil's
// own account; the others are granted.
const (
	RoleGuardian   Role = "guardian"
	RolePupil      Role = "pupil"
	RoleCounsellor Role = "counsellor"
	RoleTeacher    Role = "teacher"
	RoleVolunteer  Role = "volunteer"
	RoleManager    Role = "manager"
	RoleInspector  Role = "inspector"
	RoleDuty       Role = "duty"
)

// The sets of roles that share a right, each named once. At which unit a role
// must be held is for the row scopes to say.
var (
	// Staff are the roles that a manager can give.
	Staff = []Role{RoleCounsellor, RoleTeacher, RoleVolunteer, RoleManager, RoleInspector, RoleDuty}
	// Families follow from a child or from being a pupil; nobody gives them.
	Families = []Role{RoleGuardian, RolePupil}
	// FromAbove are the roles that the managers of a unit neither give nor take at
	// that unit: those above do. A manager must not appoint the next one, nor an own
	// second account to whom alerts are shown. A county's managers, whom nobody
	// stands above, do.
	FromAbove = []Role{RoleManager, RoleDuty}
	// Hosts hold sessions of lectures, know the names of their pupils, and forward lessons.
	Hosts = []Role{RoleTeacher, RoleManager}
	// FigureReaders know of units' figures.
	FigureReaders = []Role{RoleTeacher, RoleManager, RoleInspector}
	// LessonReaders see lessons' figures and share lessons.
	LessonReaders = slices.Concat(FigureReaders, Families)
	// SceneMakers make the codes that lead to a session, a lesson or a class.
	SceneMakers = slices.Concat(Families, Hosts)
	// Debaters take part in the discussion under a session for guardians. Never
	// pupils: who lets minors publish must hold proof of who each of them is
	// (未成年人网络保护条例 31).
	Debaters = append(slices.Clone(Hosts), RoleGuardian)
	// PupilFinders look for a pupil, to book for one who came or called.
	PupilFinders = append(slices.Clone(Hosts), RoleCounsellor)
	// Visitors are who counselling is for, and those who book for them.
	Visitors = slices.Concat(Families, []Role{RoleCounsellor}, Hosts)
	// Schedulers set availability: counsellors for themselves, managers for theirs.
	Schedulers = []Role{RoleCounsellor, RoleManager}
	// Callers telephone those whom no message reaches.
	Callers = []Role{RoleTeacher, RoleCounsellor, RoleManager, RoleDuty}
	// AlertReaders see alerts.
	AlertReaders = []Role{RoleDuty, RoleManager}
)

// Grantable reports whether a manager can give the role.
func (r Role) Grantable() bool { return slices.Contains(Staff, r) }

// Actor is who makes a call: an account with the roles it holds. The zero
// Actor is nobody.
type Actor struct {
	AccountID ID `json:"a"`
	// TokenID is the login token by which the call came; zero for jobs and commands.
	TokenID ID `json:"t"`
	// PupilID is the pupil whose own account this is; zero for adults.
	PupilID ID `json:"p,omitempty"`
	// Roles are the roles with their units. Some may have ended since they were loaded: Has and UnitsAs look at the time.
	Roles []RoleAt `json:"r,omitempty"`
	// Operation is the API's name for the call and, where a member of staff makes it,
	// Address the network address it came from, for the audit log; empty for jobs and commands.
	Operation string `json:"-"`
	Address   string `json:"-"`
}

// RoleAt is a role at a unit, until EndsAt where that is set. A guardian's
// unit is the class of the child.
type RoleAt struct {
	Role   Role       `json:"role"`
	UnitID ID         `json:"unitId"`
	EndsAt *time.Time `json:"endsAt,omitempty"`
}

// InForce reports whether the role still holds at now.
func (r RoleAt) InForce(now time.Time) bool { return r.EndsAt == nil || now.Before(*r.EndsAt) }

// Has reports whether the actor holds any of the roles anywhere at now.
func (a Actor) Has(now time.Time, roles ...Role) bool {
	return slices.ContainsFunc(a.Roles, func(r RoleAt) bool { return slices.Contains(roles, r.Role) && r.InForce(now) })
}

// Holding returns the first of the roles that the actor holds anywhere at now; empty
// where they hold none.
func (a Actor) Holding(now time.Time, roles ...Role) Role {
	for _, role := range roles {
		if a.Has(now, role) {
			return role
		}
	}
	return ""
}

// UnitsAs are the units at which the actor holds any of the roles at now.
// An empty result must be read as "none", never as "no limit".
func (a Actor) UnitsAs(now time.Time, roles ...Role) []ID {
	var ids []ID
	for _, r := range a.Roles {
		if slices.Contains(roles, r.Role) && r.InForce(now) && !slices.Contains(ids, r.UnitID) {
			ids = append(ids, r.UnitID)
		}
	}
	return ids
}
