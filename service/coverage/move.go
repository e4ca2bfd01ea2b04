package coverage

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Move is a pupil's change of class. From is zero for an arrival (also a
// return), To for a departure.
type Move struct {
	PupilID  model.ID
	From, To model.ID
	// New says that this transaction makes the pupil's row: there are no facts
	// yet, and nobody else to keep away from them.
	New bool
}

// ErrMoved says that a pupil is not, or no longer, where a Move takes it from.
var ErrMoved = model.Conflict("roster_changed", "花名册刚刚有变动，请重试")

// Move takes pupils out of one class's counts and into another's: the number
// of pupils and every tally in which they count. The caller writes the
// pupils' rows, in the same transaction and after having called Move, which
// locks them; where a pupil is not in From the error is ErrMoved.
func (e *Engine) Move(tx *gorm.DB, moves []Move) (Change, error) {
	if len(moves) == 0 {
		return Change{}, nil
	}
	byPupil := make(map[model.ID]Move, len(moves))
	ids := make([]model.ID, 0, len(moves))
	counts := map[model.ID]int{}
	for _, m := range moves {
		if !m.New {
			byPupil[m.PupilID] = m
			ids = append(ids, m.PupilID)
		}
		if m.From != 0 {
			counts[m.From]--
		}
		if m.To != 0 {
			counts[m.To]++
		}
	}
	slices.Sort(ids)
	pupils, err := family.Lock(e.store, tx, ids)
	if err != nil {
		return Change{}, err
	}
	for _, id := range ids {
		p, found := pupils[id]
		if p.DepartedAt != nil {
			p.ClassID = 0
		}
		if !found || p.ClassID != byPupil[id].From {
			return Change{}, ErrMoved
		}
	}
	deltas, err := movedCounts(tx, ids, byPupil)
	if err != nil {
		return Change{}, err
	}
	if _, err := e.addToTallies(tx, deltas); err != nil {
		return Change{}, err
	}
	if err := unit.AddPupils(tx, counts); err != nil {
		return Change{}, err
	}
	stale := store.Keyed(deltas, func(d delta) (counterKey, bool) { return d.counterKey, true })
	return Change{rosters: true, stale: slices.Collect(maps.Keys(stale))}, nil
}

// movedCounts is what the pupils' facts take from the old and bring to the new
// classes, added up by tally.
func movedCounts(tx *gorm.DB, ids []model.ID, moves map[model.ID]Move) ([]delta, error) {
	facts, err := store.InParts(ids, func(part []model.ID, facts *[]model.CoverageFact) error {
		return tx.Select("item_kind", "item_id", "side", "pupil_id", "covered_at").Where("pupil_id IN ?", part).Find(facts).Error
	})
	sums := map[tallyKey]count{}
	for _, f := range facts {
		covered := 0
		if f.CoveredAt != nil {
			covered = 1
		}
		key := counterKey{kind: f.ItemKind, id: f.ItemID, side: f.Side}
		m := moves[f.PupilID]
		if m.From != 0 {
			from := tallyKey{key, m.From}
			sums[from] = count{started: sums[from].started - 1, covered: sums[from].covered - covered}
		}
		if m.To != 0 {
			to := tallyKey{key, m.To}
			sums[to] = count{started: sums[to].started + 1, covered: sums[to].covered + covered}
		}
	}
	deltas := make([]delta, 0, len(sums))
	for key, n := range sums {
		deltas = append(deltas, delta{tallyKey: key, started: n.started, covered: n.covered})
	}
	return deltas, err
}
