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

// ListPupils asks for a page of a class's roster.
type ListPupils struct {
	ClassID model.ID
	store.PageRequest
}

var pupilsInOrder = store.Ascending(func(p model.Pupil) store.Keys { return store.Keys{p.ID} }, "pupils.id")

// Pupils lists the pupils now on the roster of a class, for its teachers and
// the managers above.
func (s *Service) Pupils(ctx context.Context, actor model.Actor, in ListPupils) (store.Page[Pupil], error) {
	db := s.store.Read(ctx)
	class, err := unit.Get(db, in.ClassID, unit.Below(actor.UnitsAs(s.store.Now(), codeRoles...)...))
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	if class.Kind != model.UnitClass {
		return store.Page[Pupil]{}, errNotClass
	}
	rows, next, err := pupilsInOrder.Read(db.Where("class_id = ? AND departed_at IS NULL", in.ClassID), in.PageRequest)
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	list := store.Page[Pupil]{Items: make([]Pupil, len(rows)), NextCursor: next}
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
		return store.Page[Pupil]{}, store.Translate(err)
	}
	guardians := make(map[model.ID]int, len(counts))
	for _, c := range counts {
		guardians[c.PupilID] = c.N
	}
	for i, r := range rows {
		no, err := s.vault.Unseal(model.StudentNoField, r.ID, r.StudentNo)
		if err != nil {
			return store.Page[Pupil]{}, err
		}
		list.Items[i] = Pupil{ID: r.ID, Name: r.Name, Gender: r.Gender, StudentNo: mask(no), Guardians: guardians[r.ID]}
	}
	return list, nil
}

// mask shows the last four signs, and of a short number fewer.
func mask(no string) string {
	shown := min(4, len(no)/2)
	return "****" + no[len(no)-shown:]
}
