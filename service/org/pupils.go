package org

import (
	"context"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Pupil is a line of a class's roster, as its teachers see it.
type Pupil struct {
	ID     model.ID     `json:"id"`
	Name   string       `json:"name"`
	Gender model.Gender `json:"gender" doc:"male, female, or empty where the roster does not tell"`
	// StudentNo shows the last four signs only.
	StudentNo string `json:"studentNo" doc:"All but the last four signs hidden"`
	Guardians int    `json:"guardians" doc:"Number of guardians bound"`
}

// PupilList is a page of pupils.
type PupilList struct {
	Items      []Pupil  `json:"items"`
	NextCursor model.ID `json:"nextCursor,omitempty" doc:"Give it as cursor for the next page; missing on the last"`
}

// ListPupils asks for a page of a class's roster.
type ListPupils struct {
	ClassID model.ID
	Cursor  model.ID
	Limit   int
}

// Pupils lists the pupils now on the roster of a class, for its teachers and
// the managers above.
func (s *Service) Pupils(ctx context.Context, actor model.Actor, in ListPupils) (PupilList, error) {
	db := s.store.Read(ctx)
	class, err := unit.Get(db, in.ClassID, unit.Below(actor.UnitsAs(s.store.Now(), codeRoles...)...))
	if err != nil {
		return PupilList{}, err
	}
	if class.Kind != model.UnitClass {
		return PupilList{}, errNotClass
	}
	var rows []model.Pupil
	err = db.Where("class_id = ? AND departed_at IS NULL AND id > ?", in.ClassID, in.Cursor).Order("id").Limit(in.Limit + 1).Find(&rows).Error
	if err != nil {
		return PupilList{}, store.Translate(err)
	}
	list := PupilList{Items: []Pupil{}}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		list.NextCursor = rows[in.Limit-1].ID
	}
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var counts []struct {
		PupilID model.ID
		N       int
	}
	err = db.Model(&model.Guardianship{}).Where("pupil_id IN ?", ids).Select("pupil_id, COUNT(*) AS n").Group("pupil_id").Scan(&counts).Error
	if err != nil {
		return PupilList{}, store.Translate(err)
	}
	guardians := make(map[model.ID]int, len(counts))
	for _, c := range counts {
		guardians[c.PupilID] = c.N
	}
	for _, r := range rows {
		no, err := s.vault.Unseal(model.StudentNoField, r.ID, r.StudentNo)
		if err != nil {
			return PupilList{}, err
		}
		list.Items = append(list.Items, Pupil{ID: r.ID, Name: r.Name, Gender: r.Gender, StudentNo: mask(no), Guardians: guardians[r.ID]})
	}
	return list, nil
}

// mask shows the last four signs, and of a short number fewer.
func mask(no string) string {
	shown := min(4, len(no)/2)
	return "****" + no[len(no)-shown:]
}
