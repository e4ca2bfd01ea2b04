package org

import (
	"context"
	"strings"
	"unicode/utf8"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// FoundPupil is a pupil whom staff look for by name.
type FoundPupil struct {
	ID         model.ID `json:"id"`
	Name       string   `json:"name"`
	Mark       string   `gorm:"-" json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID    model.ID `json:"classId"`
	ClassName  string   `json:"className"`
	SchoolName string   `json:"schoolName"`
}

// FindPupils asks for pupils whose names begin so.
type FindPupils struct {
	Name string `query:"name" required:"true" maxLength:"50" doc:"The name or its beginning, two signs at least"`
	store.PageRequest
}

var foundInOrder = store.Ascending(func(p FoundPupil) store.Keys { return store.Keys{p.ID} }, "p.id")

// literally escapes what LIKE reads as patterns.
var literally = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// minFindRunes keeps a look-up from listing everybody.
const minFindRunes = 2

// beginsSo keeps the pupils p whose name begins like the key. Only where there
// are letters that can be capitals is each name looked at; else an index finds them.
func beginsSo(key string) store.Cond {
	column := "p.name"
	if key != strings.ToUpper(key) {
		column = "LOWER(p.name)"
	}
	return store.Where(column+" LIKE ? ESCAPE '!'", literally.Replace(key)+"%")
}

// FindPupils finds pupils of the actor's units by the beginning of the name.
func (s *Service) FindPupils(ctx context.Context, actor model.Actor, in FindPupils) (store.Page[FoundPupil], error) {
	name := model.NameKey(in.Name)
	if utf8.RuneCountInString(name) < minFindRunes {
		return store.Page[FoundPupil]{}, model.Invalid("name", "name_too_short", "请至少输入姓名的前两个字")
	}
	db, now := s.store.Read(ctx), s.store.Now()
	q := family.Enrolled(db).Joins(unit.Join("c", "p.class_id")).Joins(unit.Join("s", "c.parent_id")).
		Where(store.Below("p.class_id", actor.UnitsAs(now, model.PupilFinders...))).
		Where(beginsSo(name)).
		Select("p.id, p.name, p.class_id, c.name AS class_name, s.name AS school_name")
	rows, next, err := foundInOrder.Read(q, in.PageRequest)
	if err != nil {
		return store.Page[FoundPupil]{}, err
	}
	if err != nil || len(rows) == 0 {
		return store.Page[FoundPupil]{Items: rows}, err
	}
	if err := s.logList(ctx, actor, model.AuditPupil, actor.UnitsAs(now, actor.Holding(now, model.PupilFinders...))[0], model.PupilFinders); err != nil {
		return store.Page[FoundPupil]{}, err
	}
	marks, err := s.marks.Of(db, store.Each(rows, func(p FoundPupil) model.ID { return p.ID }))
	for i := range rows {
		rows[i].Mark = marks[rows[i].ID]
	}
	return store.Page[FoundPupil]{Items: rows, NextCursor: next}, err
}
