package org

import (
	"cmp"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// arrival is a line of which no student number tells whose it is.
type arrival struct {
	line
	class *node
}

// question asks whether a pupil of the roster is the one of a line, who has
// another number.
type question struct {
	arrival
	pupil *known
	// several says that another line or pupil fits as well.
	several bool
	answer  *bool
}

// fit is how well a line and a pupil of the same name go together.
type fit struct {
	arrival int // index
	pupil   *known
	score   int
}

// recognise finds the pupils of the lines that no number tells. Where name and
// class, or name and birth date, say that it may be one of the file's schools,
// the manager is asked; of one who has had no number the same class, name and
// birth date are enough.
func (p *plan) recognise(arrivals []arrival, pupils map[string]*known, answers answers) {
	fits := p.fits(arrivals, pupils)
	ofArrival, ofPupil := map[int][]fit{}, map[*known][]fit{}
	for _, f := range fits {
		ofArrival[f.arrival], ofPupil[f.pupil] = append(ofArrival[f.arrival], f), append(ofPupil[f.pupil], f)
	}
	taken := make([]bool, len(arrivals))
	for _, f := range fits {
		if taken[f.arrival] || f.pupil.listed || f.pupil.asked {
			continue
		}
		a := arrivals[f.arrival]
		several := slices.ContainsFunc(slices.Concat(ofArrival[f.arrival], ofPupil[f.pupil]), func(other fit) bool {
			return other != f && other.score == f.score
		})
		same := a.sure(f.pupil) && !several
		if !same {
			q := question{arrival: a, pupil: f.pupil, several: several, answer: answers.to(f.pupil.ID, several)}
			p.questions = append(p.questions, q)
			f.pupil.asked = true
			same = q.answer != nil && *q.answer
		}
		taken[f.arrival] = true
		if !same {
			p.add(a)
			continue
		}
		f.pupil.listed = true
		p.compare(a.line, f.pupil, a.class)
	}
	for i, a := range arrivals {
		if !taken[i] {
			p.add(a)
		}
	}
}

func (p *plan) add(a arrival) {
	p.counts.added++
	p.added = append(p.added, addition{a.line, a.class})
}

// fits are all pairs of a line and a pupil that may be one, the best first.
func (p *plan) fits(arrivals []arrival, pupils map[string]*known) []fit {
	byName := map[string][]*known{}
	within := p.forest.namedClasses()
	for _, pupil := range pupils {
		if !pupil.listed && within[pupil.ClassID] {
			key := model.NameKey(pupil.Name)
			byName[key] = append(byName[key], pupil)
		}
	}
	var fits []fit
	for i, a := range arrivals {
		for _, pupil := range byName[model.NameKey(a.Name)] {
			if score := a.score(pupil); score > 0 {
				fits = append(fits, fit{i, pupil, score})
			}
		}
	}
	slices.SortFunc(fits, func(a, b fit) int {
		return cmp.Or(b.score-a.score, a.arrival-b.arrival, cmp.Compare(a.pupil.ID, b.pupil.ID))
	})
	return fits
}

// score tells how well the line's pupil and one of the roster with the same name
// go together; 0 is not at all.
func (a arrival) score(pupil *known) int {
	bothBorn := a.Birth != "" && pupil.BirthDate != ""
	sameClass := pupil.ClassID == a.class.ID
	switch {
	case bothBorn && a.Birth != pupil.BirthDate,
		a.Gender != "" && pupil.Gender != "" && model.Gender(a.Gender) != pupil.Gender,
		!bothBorn && (!sameClass || pupil.DepartedAt != nil):
		return 0
	}
	score := 1
	for _, also := range []struct {
		holds bool
		worth int
	}{{bothBorn, 8}, {sameClass, 4}, {pupil.DepartedAt == nil, 2}} {
		if also.holds {
			score += also.worth
		}
	}
	return score
}

// sure reports whether a pupil who fits is the line's beyond doubt: of the same
// class, and either has had no number or the file leaves it out.
func (a arrival) sure(pupil *known) bool {
	if pupil.ClassID != a.class.ID || pupil.DepartedAt != nil {
		return false
	}
	return a.StudentNo == "" || !pupil.numbered && a.Birth != "" && a.Birth == pupil.BirthDate
}

// namedClasses are the classes that were there before of the schools that the file names.
func (f *forest) namedClasses() map[model.ID]bool {
	within := map[model.ID]bool{}
	for _, school := range f.schools {
		if school.named {
			for _, class := range school.children {
				within[class.ID] = true
			}
		}
	}
	return within
}

// SamePupil asks whether a pupil of the roster is one of the file who has
// another student number, or none.
type SamePupil struct {
	PupilID   model.ID `json:"pupilId" doc:"The pupil of the roster"`
	Name      string   `json:"name"`
	ClassName string   `json:"className" doc:"The class on the roster"`
	StudentNo string   `json:"studentNo" doc:"The number on the roster, all but the last four signs hidden; empty for none"`
	Departed  bool     `json:"departed" doc:"Whether the pupil had left the roster already"`

	Sheet        string `json:"sheet,omitempty"`
	Row          int    `json:"row" doc:"The row in the file"`
	NewClassName string `json:"newClassName"`
	NewStudentNo string `json:"newStudentNo" doc:"The number in the file, all but the last four signs hidden; empty for none"`

	SameBirthDate bool `json:"sameBirthDate"`
	SameClass     bool `json:"sameClass"`
	Several       bool `json:"several" doc:"Whether another pupil or row fits as well: then only an answer to this one counts"`
	Guardians     int  `json:"guardians" doc:"Guardians who keep the pupil where it is the same"`
	Covered       int  `json:"covered" doc:"Lessons and lectures, for pupil and guardian each, that cover the pupil and stay so where it is the same"`
	// Same is the answer, missing while there is none.
	Same *bool `json:"same,omitempty" doc:"The answer; missing while there is none"`
}

// questionsListed bounds the questions of a preview; those without an answer come first.
const questionsListed = 500

// review seals what a preview shows of pupils.
func (s *Service) review(db *gorm.DB, id model.ID, p *plan) ([]model.RosterImportPart, error) {
	if len(p.questions) == 0 {
		return nil, nil
	}
	questions := slices.Clone(p.questions)
	slices.SortStableFunc(questions, func(a, b question) int {
		if (a.answer == nil) != (b.answer == nil) {
			if a.answer == nil {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Sheet, b.Sheet), a.Line-b.Line)
	})
	questions = questions[:min(len(questions), questionsListed)]
	ids := store.Each(questions, func(q question) model.ID { return q.pupil.ID })
	guardians, err := family.GuardiansOf(db, ids)
	if err != nil {
		return nil, err
	}
	facts, err := s.coverage.CoveredTimes(db, ids)
	if err != nil {
		return nil, err
	}
	sealed, err := family.NumbersOf(db, ids)
	if err != nil {
		return nil, err
	}
	numbers := map[model.ID]string{}
	for _, n := range sealed {
		if numbers[n.PupilID], err = s.vault.Unseal(model.StudentNoField, n.PupilID, n.StudentNo); err != nil {
			return nil, err
		}
	}
	list := store.Each(questions, func(q question) SamePupil {
		return SamePupil{PupilID: q.pupil.ID, Name: q.pupil.Name, ClassName: p.forest.className(q.pupil.ClassID), StudentNo: mask(numbers[q.pupil.ID]), Departed: q.pupil.DepartedAt != nil,
			Sheet: q.Sheet, Row: q.Line, NewClassName: q.class.Name, NewStudentNo: mask(q.StudentNo),
			SameBirthDate: q.Birth != "" && q.Birth == q.pupil.BirthDate, SameClass: q.class.ID == q.pupil.ClassID, Several: q.several,
			Guardians: len(guardians[q.pupil.ID]), Covered: facts[q.pupil.ID], Same: q.answer}
	})
	return s.sealParts(id, reviewPart, list)
}

func (f *forest) className(id model.ID) string {
	for _, school := range f.schools {
		for _, class := range school.children {
			if class.ID == id {
				return class.Name
			}
		}
	}
	return ""
}
