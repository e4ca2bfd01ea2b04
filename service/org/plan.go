package org

import (
	"cmp"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/org/rosterfile"
	"xinyu/service/platform/store"
)

// Sizes of statements: values in a list, and rows of an insert. The SQLite
// driver's time grows with the square of the values in a statement.
const (
	lookupChunk = 500
	insertChunk = 200
)

// line is a row of the file with the hash by which its pupil is found; it is
// empty where the pupil has no number yet.
type line struct {
	rosterfile.Row
	hash string
}

// linesOf hashes the rows' student numbers.
func (s *Service) linesOf(rows []rosterfile.Row) []line {
	return store.Each(rows, func(r rosterfile.Row) line {
		if r.StudentNo == "" {
			return line{Row: r}
		}
		return line{Row: r, hash: string(s.vault.LookupHash(model.StudentNoField, r.StudentNo))}
	})
}

// plan is what a file does to the roster as it stands.
type plan struct {
	forest                      *forest
	counts                      counts
	added                       []addition
	changes                     []family.Correction // of name, gender or birth date
	before                      []family.Correction // what changes overwrites
	numbers                     []renumbering
	questions                   []question
	left                        map[model.ID]int // of each class, how many depart
	withoutNumber, withoutBirth int              // lines
	moves                       []coverage.Move  // transfers, returns and departures; arrivals are added
	freed                       []model.ID       // departed pupils elsewhere whose number goes to one who is added
	claimed                     []model.ID       // of those who return or move, the ones whose families must bind anew
	alone                       []string         // schools of the unit that have pupils but no rows
	faults                      []rosterfile.Fault
	count                       int // of faults, of which the first are listed
}

type counts struct{ added, changed, transferred, returned, departed, unchanged int }

// renumbering gives a pupil the number of a line.
type renumbering struct {
	pupil model.ID
	line  line
}

type addition struct {
	line  line
	class *node
}

func (p *plan) fault(l line, column, code string) {
	p.count++
	if len(p.faults) < rosterfile.MaxFaults {
		p.faults = append(p.faults, rosterfile.Fault{Sheet: l.Sheet, Line: l.Line, Column: column, Code: code, Message: importMessages[code]})
	}
}

// planImport compares the lines with the roster. scope are the units from whose
// rosters a pupil may be taken. It only reads.
func (s *Service) planImport(db *gorm.DB, imp model.RosterImport, lines []line, scope []model.ID) (*plan, error) {
	f, err := s.loadForest(db, imp.UnitID, imp.NewTowns)
	if err != nil {
		return nil, err
	}
	p := &plan{forest: f}
	schools, names := p.schoolsOf(lines)
	pupils, err := s.knownPupils(db, f, lines)
	if err != nil {
		return nil, err
	}
	classes := p.classesOf(lines, schools, names, pupils)
	outside, err := s.outsideOf(db, f, pupils, scope)
	if err != nil {
		return nil, err
	}
	free, err := freeNumbers(db, pupils, outside)
	if err != nil {
		return nil, err
	}
	n, err := notesOf(imp)
	if err != nil {
		return nil, err
	}
	var arrivals []arrival
	for i, l := range lines {
		class := classes[i]
		if class == nil {
			continue // has its fault
		}
		if l.StudentNo == "" {
			p.withoutNumber++
			if l.Birth == "" {
				p.withoutBirth++
			}
		}
		pupil := pupils[l.hash]
		switch {
		case pupil == nil:
			arrivals = append(arrivals, arrival{l, class})
		case outside[pupil.ClassID] && free[pupil.ID] && pupil.another(l):
			p.freed = append(p.freed, pupil.ID)
			p.counts.added++
			p.added = append(p.added, addition{l, class})
		case outside[pupil.ClassID] && (pupil.DepartedAt == nil || !pupil.same(l)):
			// Of a pupil on a roster elsewhere the fault is the same whichever name and birth
			// date the line has. That a number is in use can't be hidden, as nobody else gets
			// it. But were a name that fits told apart, a file with one name and a thousand
			// numbers would tell a child's number, by which families are bound.
			p.fault(l, titleStudentNo, CodePupilElsewhere)
		default:
			pupil.listed = true
			p.compare(l, pupil, class)
			comes := pupil.DepartedAt != nil || pupil.ClassID != class.ID
			if comes && (outside[pupil.ClassID] || !pupil.same(l)) {
				p.claimed = append(p.claimed, pupil.ID)
			}
		}
	}
	p.recognise(arrivals, pupils, n.Choices.answers())
	p.depart(pupils, n.Choices.OnlyListedClasses)
	p.leaveAlone()
	return p, nil
}

// schoolsOf finds the school of each line, and reads how its class is called.
// Lines without a school have their fault.
func (p *plan) schoolsOf(lines []line) (schools []*node, names []className) {
	schools, names = make([]*node, len(lines)), make([]className, len(lines))
	type at struct{ town, school string }
	type called struct{ grade, class string }
	places, read := map[at]place{}, map[called]className{}
	for i, l := range lines {
		found, known := places[at{l.Town, l.School}]
		if !known {
			found = p.forest.school(l.Town, l.School)
			places[at{l.Town, l.School}] = found
		}
		if found.code != "" {
			p.fault(l, found.column, found.code)
			continue
		}
		schools[i] = found.node
		found.node.named = true
		name, known := read[called{l.Grade, l.Class}]
		if !known {
			name = nameClass(l.Grade, l.Class)
			read[called{l.Grade, l.Class}] = name
		}
		names[i] = name
	}
	return schools, names
}

// classesOf finds the class of each line that has a school.
func (p *plan) classesOf(lines []line, schools []*node, names []className, pupils map[string]*known) []*node {
	votes := map[*node]map[string]map[className]int{}
	for i, l := range lines {
		school, name := schools[i], names[i]
		if school == nil || !name.unclear() {
			continue
		}
		old, pupil := school.children[name.old], pupils[l.hash]
		if old == nil || pupil == nil || pupil.ClassID != old.ID {
			continue
		}
		if votes[school] == nil {
			votes[school] = map[string]map[className]int{}
		}
		if votes[school][name.old] == nil {
			votes[school][name.old] = map[className]int{}
		}
		votes[school][name.old][name]++
	}
	for school, of := range votes {
		p.forest.adopt(school, of)
	}
	classes := make([]*node, len(lines))
	type called struct {
		school *node
		name   className
	}
	places := map[called]place{}
	for i, l := range lines {
		if schools[i] == nil {
			continue
		}
		at, known := places[called{schools[i], names[i]}]
		if !known {
			at = p.forest.class(schools[i], names[i])
			places[called{schools[i], names[i]}] = at
		}
		if at.code != "" {
			p.fault(l, at.column, at.code)
		}
		classes[i] = at.node
	}
	return classes
}

// compare notes what the line changes of a pupil who is known.
func (p *plan) compare(l line, pupil *known, class *node) {
	was := family.Correction{PupilID: pupil.ID, Name: pupil.Name, Gender: pupil.Gender, BirthDate: pupil.BirthDate}
	// What the file doesn't tell stays as it is.
	c := family.Correction{PupilID: pupil.ID, Name: l.Name, Gender: cmp.Or(model.Gender(l.Gender), pupil.Gender), BirthDate: cmp.Or(l.Birth, pupil.BirthDate)}
	differs := c != was
	if differs {
		p.changes, p.before = append(p.changes, c), append(p.before, was)
	}
	if l.hash != "" && l.hash != string(pupil.StudentNoHash) {
		p.numbers = append(p.numbers, renumbering{pupil.ID, l})
		differs = true
	}
	switch {
	case pupil.DepartedAt != nil:
		p.counts.returned++
		p.moves = append(p.moves, coverage.Move{PupilID: pupil.ID, To: class.ID})
	case pupil.ClassID != class.ID:
		p.counts.transferred++
		p.moves = append(p.moves, coverage.Move{PupilID: pupil.ID, From: pupil.ClassID, To: class.ID})
	case differs:
		p.counts.changed++
	default:
		p.counts.unchanged++
	}
}

// depart notes the pupils of the file's schools who are not in it; where only
// the classes of the file count, those of these.
func (p *plan) depart(pupils map[string]*known, onlyListed bool) {
	covered := map[model.ID]bool{}
	for _, school := range p.forest.schools {
		if school.named {
			for _, class := range school.children {
				covered[class.ID] = !onlyListed || class.named
			}
		}
	}
	before := len(p.moves)
	p.left = map[model.ID]int{}
	for _, pupil := range pupils {
		if !pupil.listed && pupil.DepartedAt == nil && covered[pupil.ClassID] {
			p.counts.departed++
			p.left[pupil.ClassID]++
			p.moves = append(p.moves, coverage.Move{PupilID: pupil.ID, From: pupil.ClassID})
		}
	}
	slices.SortFunc(p.moves[before:], func(a, b coverage.Move) int { return cmp.Compare(a.PupilID, b.PupilID) })
}

// open counts the questions without an answer.
func (p *plan) open() (n int) {
	for _, q := range p.questions {
		if q.answer == nil {
			n++
		}
	}
	return n
}

// listedClasses are the first classes of the file in use, as people count, where its
// schools have others too.
func (p *plan) listedClasses() []string {
	const shown = 20
	var listed []*node
	others := false
	for _, school := range p.forest.schools {
		if !school.named {
			continue
		}
		for _, class := range school.children {
			if class.named {
				listed = append(listed, class)
			}
			others = others || !class.named && class.PupilCount > 0
		}
	}
	if !others {
		return nil
	}
	slices.SortFunc(listed, func(a, b *node) int {
		return cmp.Or(cmp.Compare(model.CountingKey(a.Name), model.CountingKey(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return store.Each(listed[:min(len(listed), shown)], func(n *node) string { return n.Name })
}

// moved are the pupils whom the plan puts into another class, back on a roster
// or off it.
func (p *plan) moved() []model.ID {
	return store.Each(p.moves, func(m coverage.Move) model.ID { return m.PupilID })
}

// leaveAlone notes the schools that have pupils, but no row in the file: their
// rosters stay as they are.
func (p *plan) leaveAlone() {
	for _, school := range p.forest.schools {
		if school.named {
			continue
		}
		for _, class := range school.children {
			if class.PupilCount > 0 {
				p.alone = append(p.alone, school.Name)
				break
			}
		}
	}
}
