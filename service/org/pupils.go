package org

import (
	"context"
	"time"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Pupil is a line of a class's roster, as its teachers see it.
type Pupil struct {
	ID     model.ID     `json:"id"`
	Name   string       `json:"name"`
	Mark   string       `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	Gender model.Gender `json:"gender" doc:"male, female, or empty where the roster does not tell"`
	// StudentNo shows the last four signs only.
	StudentNo string `json:"studentNo" doc:"All but the last four signs hidden; empty where the pupil has no number yet"`
	Guardians int    `json:"guardians" doc:"Number of guardians bound"`
	// BoundAt and OwnAccount show the school a binding that it did not expect.
	BoundAt    *time.Time `json:"boundAt,omitempty" doc:"When the newest of the guardians was bound"`
	OwnAccount bool       `json:"ownAccount" doc:"Whether the pupil has an account of their own"`
	// WrongClaims says that somebody may be guessing.
	WrongClaims int `json:"wrongClaims,omitempty" doc:"Wrong claims to this pupil today, by anybody; after 6 of them further ones wait until tomorrow"`
}

var pupilsInOrder = store.Ascending(func(p model.Pupil) store.Keys { return store.Keys{p.ID} }, "p.id")

// Pupils lists the pupils now on the roster of a class, for its teachers and
// the managers above.
func (s *Service) Pupils(ctx context.Context, actor model.Actor, classID model.ID, page store.PageRequest) (store.Page[Pupil], error) {
	db := s.store.Read(ctx)
	class, err := unit.Get(db, classID, unit.Below(actor.UnitsAs(s.store.Now(), model.Hosts...)...))
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	if class.Kind != model.UnitClass {
		return store.Page[Pupil]{}, errNotClass
	}
	rows, next, err := pupilsInOrder.Read(family.Enrolled(db).Where(family.InClasses([]model.ID{classID})), page)
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	if err := s.logList(ctx, actor, model.AuditRoster, classID, model.Hosts); err != nil {
		return store.Page[Pupil]{}, err
	}
	list := store.Page[Pupil]{Items: make([]Pupil, len(rows)), NextCursor: next}
	ids := store.Each(rows, func(r model.Pupil) model.ID { return r.ID })
	guardians, err := family.GuardiansOf(db, ids)
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	wrong, err := s.tries.Wrong(db, class.Code, rows)
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	marks, err := s.marks.Of(db, ids)
	if err != nil {
		return store.Page[Pupil]{}, err
	}
	for i, r := range rows {
		no, err := s.vault.Unseal(model.StudentNoField, r.ID, r.StudentNo)
		if err != nil {
			return store.Page[Pupil]{}, err
		}
		list.Items[i] = Pupil{ID: r.ID, Name: r.Name, Mark: marks[r.ID], Gender: r.Gender, StudentNo: mask(no), Guardians: len(guardians[r.ID]), OwnAccount: r.AccountID != nil, WrongClaims: wrong[r.ID]}
		for _, g := range guardians[r.ID] {
			if at := g.CreatedAt.UTC(); list.Items[i].BoundAt == nil || at.After(*list.Items[i].BoundAt) {
				list.Items[i].BoundAt = &at
			}
		}
	}
	return list, nil
}

// mask shows the last four signs, and of a short number fewer; nothing where
// there is none.
func mask(no string) string {
	if no == "" {
		return ""
	}
	shown := min(4, len(no)/2)
	return "****" + no[len(no)-shown:]
}
