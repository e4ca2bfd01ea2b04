package org

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// changeChunk bounds the pupils of one statement that gives each its own
// values: the database goes through the list once for each of them.
const changeChunk = 200

// write carries out the plan, and returns what was before. Its time grows with what changes.
func (s *Service) write(tx *gorm.DB, by model.ID, p *plan, done *progress) (change coverage.Change, was before, err error) {
	now := s.store.Now()
	done.total.Store(int64(p.counts.unchanged + len(p.added) + len(p.moves) + len(p.changes)))
	done.done.Store(int64(p.counts.unchanged))
	if was, err = beforeOf(tx, p); err != nil {
		return change, was, err
	}
	if err := writeUnits(tx, p.forest, now); err != nil {
		return change, was, err
	}
	// Locks the pupils who move, and so comes before their rows are written.
	moves := slices.Clone(p.moves)
	was.Added = make([]model.ID, len(p.added))
	for i, a := range p.added {
		was.Added[i] = s.store.NewID()
		moves = append(moves, coverage.Move{PupilID: was.Added[i], To: a.class.ID, New: true})
	}
	for _, id := range p.freed {
		freed, err := family.FreeNumber(tx, id, s.vault.LookupHash(model.StudentNoField, "freed "+id.String()), now)
		if err != nil {
			return change, was, err
		}
		if !freed { // back on a roster, or bound, since the plan was made
			return change, was, errOutdated
		}
	}
	if err := s.families.EndTies(tx, p.claimed, by); err != nil {
		return change, was, err
	}
	if change, err = s.coverage.Move(tx, moves); err != nil {
		return change, was, err
	}
	if err := writeMoves(tx, p.moves, now, done); err != nil {
		return change, was, err
	}
	if err := writeChanges(tx, p.changes, now, done); err != nil {
		return change, was, err
	}
	if err := s.writeNumbers(tx, p.numbers, now); err != nil {
		return change, was, err
	}
	return change, was, s.writeAdded(tx, p.added, was.Added, p.forest.county, now, done)
}

// writeUnits makes the new units and takes archived classes into use again.
func writeUnits(tx *gorm.DB, f *forest, now time.Time) error {
	if len(f.reopened) > 0 {
		ids := store.Each(f.reopened, func(n *node) model.ID { return n.ID })
		if err := unit.Reopen(tx, ids); err != nil {
			return err
		}
	}
	for _, n := range f.renamed {
		if err := unit.Rename(tx, n.ID, n.Name); err != nil {
			return err
		}
	}
	if len(f.fresh) == 0 {
		return nil
	}
	units := make([]model.Unit, len(f.fresh))
	nodes := make(map[model.ID]*node, len(f.fresh))
	for i, n := range f.fresh {
		units[i] = n.Unit
		units[i].CreatedAt = now
		nodes[n.ID] = n
	}
	return unit.Insert(tx, units, func(id model.ID) []model.ID { return f.ancestors(nodes[id]) })
}

// writeMoves writes where pupils are from now on, one statement a class.
func writeMoves(tx *gorm.DB, moves []coverage.Move, now time.Time, done *progress) error {
	to := map[model.ID][]model.ID{}
	for _, m := range moves {
		to[m.To] = append(to[m.To], m.PupilID)
	}
	for _, class := range slices.Sorted(maps.Keys(to)) {
		pupils := to[class]
		slices.Sort(pupils)
		for part := range slices.Chunk(pupils, lookupChunk) {
			write := func() error { return family.MoveTo(tx, class, part, now) }
			if class == 0 {
				write = func() error { return family.Depart(tx, part, now) }
			}
			if err := write(); err != nil {
				return err
			}
			done.done.Add(int64(len(part)))
		}
	}
	return nil
}

// writeChanges writes names, genders and birth dates.
func writeChanges(tx *gorm.DB, changes []family.Correction, now time.Time, done *progress) error {
	slices.SortFunc(changes, func(a, b family.Correction) int { return cmp.Compare(a.PupilID, b.PupilID) })
	for part := range slices.Chunk(changes, changeChunk) {
		if err := family.Correct(tx, part, now); err != nil {
			return err
		}
		done.done.Add(int64(len(part)))
	}
	return nil
}

// writeNumbers gives pupils the numbers of the file.
func (s *Service) writeNumbers(tx *gorm.DB, numbers []renumbering, now time.Time) error {
	rows := make([]family.Number, len(numbers))
	for i, n := range numbers {
		sealed, err := s.vault.Seal(model.StudentNoField, n.pupil, n.line.StudentNo)
		if err != nil {
			return err
		}
		rows[i] = family.Number{PupilID: n.pupil, StudentNo: sealed, StudentNoHash: []byte(n.line.hash)}
	}
	return family.Renumber(tx, rows, now)
}

// writeAdded writes the rows of new pupils.
func (s *Service) writeAdded(tx *gorm.DB, added []addition, ids []model.ID, county model.ID, now time.Time, done *progress) error {
	batch := make([]model.Pupil, 0, insertChunk)
	for part := range slices.Chunk(added, insertChunk) {
		batch = batch[:0]
		for _, a := range part {
			id := ids[0]
			ids = ids[1:]
			sealed, err := s.vault.Seal(model.StudentNoField, id, a.line.StudentNo)
			if err != nil {
				return err
			}
			hash := []byte(a.line.hash)
			if a.line.StudentNo == "" {
				hash = family.NoNumberHash(s.vault, id)
			}
			batch = append(batch, model.Pupil{ID: id, ClassID: a.class.ID, Name: a.line.Name, Gender: model.Gender(a.line.Gender), BirthDate: a.line.Birth,
				StudentNo: sealed, StudentNoHash: hash, CountyID: county, CreatedAt: now, UpdatedAt: now})
		}
		if err := family.Enrol(tx, batch); err != nil {
			return err
		}
		done.done.Add(int64(len(part)))
	}
	return nil
}
