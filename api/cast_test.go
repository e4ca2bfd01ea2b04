package api

import (
	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// member is a person who may or may not be allowed something.
type member struct {
	name  string // "manager of own school", for the names of subtests
	role  model.Role
	place string // "own", "near", "other", "former" or "none"
	actor model.Actor
	token string
	pupil *model.Pupil // whose guardian or account a former member was
}

// cast is two counties that know nothing of each other, each with one person
// of every role, and a person without any.
type cast struct {
	own, other           storetest.Tree
	ownPupil, otherPupil *model.Pupil
	members              []member
}

// roleUnits says at which kind of unit of a tree a granted role usually stands.
func roleUnits(tree storetest.Tree) map[model.Role]*model.Unit {
	return map[model.Role]*model.Unit{
		model.RoleCounsellor: tree.School, model.RoleTeacher: tree.Class, model.RoleVolunteer: tree.Town,
		model.RoleManager: tree.School, model.RoleInspector: tree.County, model.RoleDuty: tree.County,
	}
}

// cast makes the people, logged in: own is the tree that a test's things
// belong to, other the tree next door.
func (w *world) cast() cast {
	w.t.Helper()
	c := cast{own: w.Tree(), other: w.Tree()}
	c.ownPupil, c.otherPupil = w.Pupil(c.own.Class), w.Pupil(c.other.Class)
	add := func(role model.Role, place string, actor model.Actor) {
		name := string(role) + " " + place
		if role == "" {
			name = "no role"
		}
		c.members = append(c.members, member{name: name, role: role, place: place, actor: actor, token: w.as(actor)})
	}
	for _, at := range []struct {
		place string
		tree  storetest.Tree
		pupil *model.Pupil
	}{{"own", c.own, c.ownPupil}, {"other", c.other, c.otherPupil}} {
		units := roleUnits(at.tree)
		for _, role := range model.Staff {
			add(role, at.place, w.Staff(role, units[role]))
		}
		add(model.RoleGuardian, at.place, w.Guardian(at.pupil))
		add(model.RolePupil, at.place, w.PupilAccount(w.Pupil(at.tree.Class)))
	}
	add("", "none", w.Account())
	return c
}

// member is the one with the role at the place.
func (c cast) member(role model.Role, place string) member {
	for _, m := range c.members {
		if m.role == role && m.place == place {
			return m
		}
	}
	panic("no such member of the cast")
}
