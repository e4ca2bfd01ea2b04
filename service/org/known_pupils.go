package org

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// known is a pupil as the database has it.
type known struct {
	model.Pupil
	listed   bool // is in the file
	asked    bool // it is asked whether it is one of the file
	numbered bool // has a student number
}

// knownPupils reads, by the hash of their number, the pupils of the file's
// schools and those elsewhere in the county whom the file names.
func (s *Service) knownPupils(db *gorm.DB, f *forest, lines []line) (map[string]*known, error) {
	pupils := make(map[string]*known, len(lines))
	add := func(found []model.Pupil, err error) error {
		for _, p := range found {
			pupils[string(p.StudentNoHash)] = &known{Pupil: p, numbered: family.HasNumber(s.vault, p)}
		}
		return err
	}
	var classes []model.ID
	for _, school := range f.schools {
		if school.named {
			for _, class := range school.children {
				if !class.fresh {
					classes = append(classes, class.ID)
				}
			}
		}
	}
	slices.Sort(classes)
	for part := range slices.Chunk(classes, lookupChunk) {
		if err := add(family.ByClasses(db, part)); err != nil {
			return nil, err
		}
	}
	var others [][]byte
	for _, l := range lines {
		if l.hash != "" && pupils[l.hash] == nil {
			others = append(others, []byte(l.hash))
		}
	}
	slices.SortFunc(others, slices.Compare[[]byte]) // neighbours in the index
	for part := range slices.Chunk(others, lookupChunk) {
		if err := add(family.ByStudentNo(db, f.county, part)); err != nil {
			return nil, err
		}
	}
	return pupils, nil
}

// outsideOf are the classes of the pupils that lie neither in the forest nor in the scope.
func (s *Service) outsideOf(db *gorm.DB, f *forest, pupils map[string]*known, scope []model.ID) (map[model.ID]bool, error) {
	inside := map[model.ID]bool{}
	for _, school := range f.schools {
		for _, class := range school.children {
			inside[class.ID] = true
		}
	}
	outside := map[model.ID]bool{}
	for _, pupil := range pupils {
		if !inside[pupil.ClassID] {
			outside[pupil.ClassID] = true
		}
	}
	managed, err := store.AmongBelow(db, slices.Sorted(maps.Keys(outside)), scope)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(outside, func(id model.ID, _ bool) bool { return managed[id] })
	return outside, nil
}

// same reports whether the line names the pupil by name and, where it is known,
// birth date. Numbers come in sequence: who types one of another school must
// not get its child, and who has bound to an invented pupil not the true one.
func (p *known) same(l line) bool {
	return p.Name == l.Name && (p.BirthDate == "" || p.BirthDate == l.Birth)
}

// another reports whether the line can't mean this pupil, not even with a slip: the
// name is another and so, where both are known, is the birth date.
func (p *known) another(l line) bool {
	return !model.SameName(p.Name, l.Name) && (p.BirthDate == "" || l.Birth == "" || p.BirthDate != l.Birth)
}

// freeNumbers are the departed pupils outside to whom no family is bound: their
// numbers may go to others. Else a pupil whom one school has invented, and let
// depart, would keep the true bearer of the number out of every other school.
func freeNumbers(db *gorm.DB, pupils map[string]*known, outside map[model.ID]bool) (map[model.ID]bool, error) {
	var departed []model.ID
	for _, pupil := range pupils {
		if pupil.DepartedAt != nil && outside[pupil.ClassID] {
			departed = append(departed, pupil.ID)
		}
	}
	slices.Sort(departed)
	free := make(map[model.ID]bool, len(departed))
	for part := range slices.Chunk(departed, lookupChunk) {
		ids, err := family.Unbound(db, part)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			free[id] = true
		}
	}
	return free, nil
}
