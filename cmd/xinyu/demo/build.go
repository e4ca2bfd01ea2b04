package demo

import (
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/calendar"
	"xinyu/service/counsel"
	"xinyu/service/family"
	"xinyu/service/identity"
	"xinyu/service/lecture"
	"xinyu/service/lesson"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// builder writes the demo's rows in one transaction.
type builder struct {
	*Demo
	tx        *gorm.DB
	units     map[string]*model.Unit  // by code
	above     map[model.ID][]model.ID // all units above each
	tree      []*model.Unit
	pupils    []model.Pupil
	accounts  map[string]model.ID // by login code
	holders   []*model.Account
	grants    []*model.Grant
	published []*model.Lesson
	lecture   lecture.Seed
	counsel   counsel.Seed
}

func (b *builder) build() error {
	b.units, b.above, b.accounts = map[string]*model.Unit{}, map[model.ID][]model.ID{}, map[string]model.ID{}
	root := b.unit(model.UnitCounty, nil, b.county.Name, b.county.Code)
	b.unit(model.UnitAcademy, root, b.county.Academy, academyCode)
	if err := b.schools(root, b.county.Schools); err != nil {
		return err
	}
	for _, t := range b.county.Towns {
		code := b.county.Code + t.Code
		unit := b.unit(model.UnitTown, root, t.Name, code)
		if t.Station != "" {
			b.unit(model.UnitStation, unit, t.Name+t.Station, code+"Z")
		}
		if err := b.schools(unit, t.Schools); err != nil {
			return err
		}
	}
	b.people()
	b.rooms()
	b.talks()
	b.lectures()
	if err := b.lessons(); err != nil {
		return err
	}
	return b.write()
}

// schools adds schools with their classes and pupils.
func (b *builder) schools(parent *model.Unit, list []school) error {
	for _, s := range list {
		unit := b.unit(model.UnitSchool, parent, s.Name, b.county.schoolCode(s))
		for _, k := range s.Classes {
			if err := b.class(unit, k, b.county.classCode(s, k)); err != nil {
				return err
			}
		}
	}
	return nil
}

// unit adds a unit and its place in the tree.
func (b *builder) unit(kind model.UnitKind, parent *model.Unit, name, code string) *model.Unit {
	u := &model.Unit{ID: b.Store.NewID(), Kind: kind, Name: name, Code: code, CreatedAt: b.now}
	if parent == nil {
		// The numbers follow each other, so that claims would wait for a teacher:
		// who tries the demo alone is to bind a child at once.
		u.ConfirmClaims = new(bool)
	} else {
		u.ParentID = parent.ID
		b.above[u.ID] = append([]model.ID{parent.ID}, b.above[parent.ID]...)
	}
	b.units[code] = u
	b.tree = append(b.tree, u)
	return u
}

// class adds a class with its pupils.
func (b *builder) class(school *model.Unit, k class, code string) error {
	u := b.unit(model.UnitClass, school, k.Name, code)
	u.PupilCount = k.Pupils
	today := model.DateOf(b.now)
	for i := range k.Pupils {
		seat := len(b.pupils)
		p := model.Pupil{
			ID: b.Store.NewID(), ClassID: u.ID, CountyID: b.tree[0].ID, Name: pupilName(code, seat, i), Gender: model.GenderMale,
			CreatedAt: b.now, UpdatedAt: b.now,
			// First-graders are six; birthdays spread over a school year.
			BirthDate: model.DateOf(today.Start().AddDate(-(k.Grade + 5), 0, -20-(i*37)%320)),
		}
		if seat%2 == 0 {
			p.Gender = model.GenderFemale
		}
		number := studentNo(seat)
		sealed, err := b.Vault.Seal(model.StudentNoField, p.ID, number)
		if err != nil {
			return fmt.Errorf("seal a student number: %w", err)
		}
		p.StudentNo, p.StudentNoHash = sealed, b.Vault.LookupHash(model.StudentNoField, number)
		b.pupils = append(b.pupils, p)
	}
	return nil
}

// write stores everything.
func (b *builder) write() error {
	units := store.Each(b.tree, func(u *model.Unit) model.Unit { return *u })
	for _, write := range []func() error{
		func() error {
			return unit.InsertWithCodes(b.tx, units, func(id model.ID) []model.ID { return b.above[id] })
		},
		func() error { return identity.Seed(b.tx, b.holders, b.grants) },
		b.consents, // before there are pupils: demo-pupil may be under 14
		func() error { return family.Enrol(b.tx, b.pupils) },
		b.guardians,
		func() error { return b.counsel.Write(b.tx) },
		func() error { return b.lecture.Write(b.tx) },
		func() error { return lesson.Seed(b.tx, b.published) },
		b.calendar,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// calendar writes the next New Year's Day, which the law makes a holiday. The
// list of this year is left to who tries the calendar: the demo has free times
// on all coming days.
func (b *builder) calendar() error {
	next := b.now.In(model.Shanghai).Year() + 1
	return calendar.Seed(b.tx, b.tree[0].ID, next, b.now,
		[]calendar.Day{{Date: model.Date(fmt.Sprintf("%d-01-01", next)), Kind: model.CalendarHoliday, Name: "元旦"}})
}

// pupilsOf are the pupils of a class, by its code.
func (b *builder) pupilsOf(classCode string) []*model.Pupil {
	var list []*model.Pupil
	for i := range b.pupils {
		if b.pupils[i].ClassID == b.units[classCode].ID {
			list = append(list, &b.pupils[i])
		}
	}
	return list
}
