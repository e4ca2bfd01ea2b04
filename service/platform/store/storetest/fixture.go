package storetest

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Fixture fills a database with rows that services would have written.
type Fixture struct {
	t  testing.TB
	st *store.Store
}

// NewFixture fills st for t.
func NewFixture(t testing.TB, st *store.Store) *Fixture { return &Fixture{t: t, st: st} }

// Insert writes rows in one transaction.
func (f *Fixture) Insert(rows ...any) {
	f.t.Helper()
	require.NoError(f.t, f.st.Tx(f.t.Context(), func(tx *gorm.DB) error {
		for _, row := range rows {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// Set changes a column of the row that has the key of row, or of those for which the condition holds.
func (f *Fixture) Set(row any, column string, value any, where ...any) {
	f.t.Helper()
	require.NoError(f.t, f.st.Tx(f.t.Context(), func(tx *gorm.DB) error { return only(tx.Model(row), where).Update(column, value).Error }))
}

// Count returns how many rows there are in the table of row, or how many of them for which the condition holds.
func (f *Fixture) Count(row any, where ...any) int {
	f.t.Helper()
	var n int64
	require.NoError(f.t, only(f.st.Read(f.t.Context()).Model(row), where).Count(&n).Error)
	return int(n)
}

func only(db *gorm.DB, where []any) *gorm.DB {
	if len(where) == 0 {
		return db
	}
	return db.Where(where[0], where[1:]...)
}

// Unit adds a unit of a kind below parent (nil for the root).
func (f *Fixture) Unit(kind model.UnitKind, parent *model.Unit) *model.Unit {
	f.t.Helper()
	id := f.st.NewID()
	u := &model.Unit{ID: id, Kind: kind, Name: string(kind) + label(id), Code: "C" + label(id), Version: 1, CreatedAt: f.st.Now()}
	if parent != nil {
		u.ParentID = parent.ID
	} else {
		u.ConfirmClaims = new(bool) // no claim waits where a test does not say so
	}
	require.NoError(f.t, f.st.Tx(f.t.Context(), func(tx *gorm.DB) error {
		if err := tx.Create(u).Error; err != nil {
			return err
		}
		if err := tx.Create(&model.UnitAncestor{AncestorID: id, UnitID: id}).Error; err != nil {
			return err
		}
		return tx.Exec("INSERT INTO unit_closure (ancestor_id, unit_id) SELECT ancestor_id, ? FROM unit_closure WHERE unit_id = ?", id, u.ParentID).Error
	}))
	return u
}

// Tree is a small county: one town, one school, two classes.
type Tree struct{ County, Town, School, Class, OtherClass *model.Unit }

// Tree adds a small county.
func (f *Fixture) Tree() Tree {
	f.t.Helper()
	county := f.Unit(model.UnitCounty, nil)
	town := f.Unit(model.UnitTown, county)
	school := f.Unit(model.UnitSchool, town)
	return Tree{County: county, Town: town, School: school, Class: f.Unit(model.UnitClass, school), OtherClass: f.Unit(model.UnitClass, school)}
}

// Pupil adds a twelve-year-old pupil to a class.
func (f *Fixture) Pupil(class *model.Unit) *model.Pupil {
	f.t.Helper()
	id := f.st.NewID()
	hash := sha256.Sum256([]byte(id.String()))
	var county model.ID
	require.NoError(f.t, f.st.Read(f.t.Context()).Raw("SELECT u.id FROM unit_closure AS k JOIN units AS u ON u.id = k.ancestor_id WHERE k.unit_id = ? AND u.parent_id = 0", class.ID).Scan(&county).Error)
	p := &model.Pupil{ID: id, CountyID: county, ClassID: class.ID, Name: "学生" + label(id), BirthDate: model.DateOf(f.st.Now().AddDate(-12, 0, -1)),
		StudentNo: []byte("sealed"), StudentNoHash: hash[:], CreatedAt: f.st.Now(), UpdatedAt: f.st.Now()}
	require.NoError(f.t, f.st.Tx(f.t.Context(), func(tx *gorm.DB) error {
		if err := tx.Create(p).Error; err != nil {
			return err
		}
		return tx.Model(&model.Unit{}).Where("id = ?", class.ID).Update("pupil_count", gorm.Expr("pupil_count + 1")).Error
	}))
	return p
}

// Account adds an account with roles at units, given in pairs.
func (f *Fixture) Account(roles ...model.RoleAt) model.Actor {
	f.t.Helper()
	id, now := f.st.NewID(), f.st.Now()
	f.Insert(&model.Account{ID: id, OpenID: "o" + id.String(), CreatedAt: now, LastLoginAt: now})
	for _, r := range roles {
		f.Insert(&model.Grant{ID: f.st.NewID(), AccountID: id, Role: r.Role, UnitID: r.UnitID, StartsAt: now, EndsAt: r.EndsAt, CreatedAt: now})
	}
	return model.Actor{AccountID: id, Roles: roles}
}

// Staff adds an account with one role at a unit.
func (f *Fixture) Staff(role model.Role, unit *model.Unit) model.Actor {
	f.t.Helper()
	return f.Account(model.RoleAt{Role: role, UnitID: unit.ID})
}

// Guardian adds a guardian of the pupils, with every consent given.
func (f *Fixture) Guardian(pupils ...*model.Pupil) model.Actor {
	f.t.Helper()
	actor := f.Account()
	for _, p := range pupils {
		f.Bind(actor, p)
		actor.Roles = append(actor.Roles, model.RoleAt{Role: model.RoleGuardian, UnitID: p.ClassID})
	}
	f.Consent(actor)
	return actor
}

// Bind makes the account a guardian of the pupil, in the first free seat.
func (f *Fixture) Bind(actor model.Actor, pupil *model.Pupil) {
	f.t.Helper()
	var taken int64
	require.NoError(f.t, f.st.Read(f.t.Context()).Model(&model.Guardianship{}).Where("pupil_id = ?", pupil.ID).Count(&taken).Error)
	f.Insert(&model.Guardianship{AccountID: actor.AccountID, PupilID: pupil.ID, Seat: int(taken) + 1, Relation: model.RelationMother, CreatedAt: f.st.Now()})
}

// Consent gives every consent of the account.
func (f *Fixture) Consent(actor model.Actor) {
	f.t.Helper()
	for _, purpose := range model.Purposes {
		f.Insert(&model.Consent{AccountID: actor.AccountID, Purpose: purpose, Version: "test", GivenAt: f.st.Now()})
	}
}

// PupilAccount adds the pupil's own account.
func (f *Fixture) PupilAccount(pupil *model.Pupil) model.Actor {
	f.t.Helper()
	actor := f.Account()
	require.NoError(f.t, f.st.Tx(f.t.Context(), func(tx *gorm.DB) error {
		return tx.Model(&model.Pupil{}).Where("id = ?", pupil.ID).Update("account_id", actor.AccountID).Error
	}))
	actor.PupilID = pupil.ID
	actor.Roles = []model.RoleAt{{Role: model.RolePupil, UnitID: pupil.ClassID}}
	return actor
}

// Lesson adds a published lesson of the unit for the sides.
func (f *Fixture) Lesson(unit *model.Unit, seconds int, sides ...model.Side) *model.Lesson {
	f.t.Helper()
	now := f.st.Now()
	l := &model.Lesson{ID: f.st.NewID(), UnitID: unit.ID, Title: "微课", Sides: model.SidesOf(sides), Term: model.TermOf(now), VideoKey: "lessons/test.mp4",
		DurationSeconds: seconds, PassPercent: 90, MaxRatePercent: 200, Status: model.LessonPublished, Version: 1, CreatedAt: now, UpdatedAt: now}
	f.Insert(l)
	return l
}

// Lecture adds a lecture of the unit for the sides.
func (f *Fixture) Lecture(unit *model.Unit, number int, sides ...model.Side) *model.Lecture {
	f.t.Helper()
	now := f.st.Now()
	l := &model.Lecture{ID: f.st.NewID(), UnitID: unit.ID, Number: number, Title: "讲座", Sides: model.SidesOf(sides), Term: model.TermOf(now), CreatedAt: now}
	f.Insert(l)
	return l
}
