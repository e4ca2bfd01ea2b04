package org

import (
	"context"
	"strings"
	"unicode/utf8"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// FoundPupil is a pupil whom staff look for by name.
type FoundPupil struct {
	ID         model.ID `json:"id"`
	Name       string   `json:"name"`
	ClassID    model.ID `json:"classId"`
	ClassName  string   `json:"className"`
	SchoolName string   `json:"schoolName"`
}

// FoundPupilList is a page of pupils found.
type FoundPupilList struct {
	Items      []FoundPupil
	NextCursor model.ID
}

// FindPupils asks for pupils whose names begin so.
type FindPupils struct {
	Name   string
	Cursor model.ID
	Limit  int
}

// finders look for pupils of their units: to book for one who came or called.
var finders = []model.Role{model.RoleCounsellor, model.RoleTeacher, model.RoleManager}

// literally takes their meaning from what LIKE reads as patterns.
var literally = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// minFindRunes keeps a look-up from being a list of everybody.
const minFindRunes = 2

// FindPupils finds pupils of the actor's units by the beginning of the name.
func (s *Service) FindPupils(ctx context.Context, actor model.Actor, in FindPupils) (FoundPupilList, error) {
	name := strings.TrimSpace(in.Name)
	if utf8.RuneCountInString(name) < minFindRunes {
		return FoundPupilList{}, model.Invalid("name", "name_too_short", "请至少输入姓名的前两个字")
	}
	list := FoundPupilList{Items: []FoundPupil{}}
	err := s.store.Read(ctx).Table("pupils").Joins("JOIN units AS c ON c.id = pupils.class_id").Joins("JOIN units AS s ON s.id = c.parent_id").
		Where(store.Below("pupils.class_id", actor.UnitsAs(s.store.Now(), finders...))).
		Where("pupils.departed_at IS NULL AND pupils.name LIKE ? ESCAPE '!' AND pupils.id > ?", literally.Replace(name)+"%", in.Cursor).
		Select("pupils.id, pupils.name, pupils.class_id, c.name AS class_name, s.name AS school_name").
		Order("pupils.id").Limit(in.Limit + 1).Scan(&list.Items).Error
	if err != nil {
		return FoundPupilList{}, store.Translate(err)
	}
	if len(list.Items) > in.Limit {
		list.Items = list.Items[:in.Limit]
		list.NextCursor = list.Items[in.Limit-1].ID
	}
	return list, nil
}
