package coverage

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
)

// Mark is one thing that happened to one pupil on one side of an item: it was
// begun or, with Covered, done.
type Mark struct {
	Item    model.Item
	Side    model.Side
	PupilID model.ID
	At      time.Time
	Covered bool
	How     model.Cover
	CauseID model.ID
}

// Record writes the marks as facts and counts them, within the caller's
// transaction. A mark that is known already changes nothing. Marks of unknown
// pupils are passed over; those of departed pupils are kept but not counted.
func (e *Engine) Record(tx *gorm.DB, marks []Mark) (Change, error) {
	if len(marks) == 0 {
		return Change{}, nil
	}
	pupils, err := e.lockPupils(tx, pupilIDs(marks))
	if err != nil {
		return Change{}, err
	}
	var change Change
	for key, group := range groupByCounter(marks) {
		facts, deltas, err := merge(tx, key, group, pupils)
		if err != nil {
			return Change{}, err
		}
		if err := saveFacts(tx, facts); err != nil {
			return Change{}, err
		}
		change.deltas = append(change.deltas, deltas...)
	}
	if err := e.addToTallies(tx, change.deltas); err != nil {
		return Change{}, err
	}
	return change, nil
}

func pupilIDs(marks []Mark) []model.ID {
	ids := make([]model.ID, len(marks))
	for i, m := range marks {
		ids[i] = m.PupilID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groupByCounter yields the marks of each item and side, in a fixed order of keys.
func groupByCounter(marks []Mark) iter.Seq2[counterKey, []Mark] {
	groups := map[counterKey][]Mark{}
	for _, m := range marks {
		key := counterKey{kind: m.Item.Kind, id: m.Item.ID, side: m.Side}
		groups[key] = append(groups[key], m)
	}
	keys := make([]counterKey, 0, len(groups))
	for key := range groups {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, counterKey.compare)
	return func(yield func(counterKey, []Mark) bool) {
		for _, key := range keys {
			if !yield(key, groups[key]) {
				return
			}
		}
	}
}

func (k counterKey) compare(o counterKey) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.id, o.id), cmp.Compare(k.side, o.side))
}

// merge lays the marks of one item and side over the facts that are there, and
// answers the facts to write and what they change in the tallies.
func merge(tx *gorm.DB, key counterKey, marks []Mark, pupils map[model.ID]model.Pupil) ([]model.CoverageFact, []delta, error) {
	known := map[model.ID]model.CoverageFact{}
	for part := range slices.Chunk(pupilIDs(marks), chunk) {
		var facts []model.CoverageFact
		err := tx.Where("item_kind = ? AND item_id = ? AND side = ? AND pupil_id IN ?", key.kind, key.id, key.side, part).Find(&facts).Error
		if err != nil {
			return nil, nil, err
		}
		for _, f := range facts {
			known[f.PupilID] = f
		}
	}
	changed := map[model.ID]model.CoverageFact{}
	var deltas []delta
	for _, m := range marks {
		pupil, exists := pupils[m.PupilID]
		if !exists {
			continue
		}
		fact, isKnown := known[m.PupilID]
		d := delta{tallyKey: tallyKey{counterKey: key, class: pupil.ClassID}, unit: m.Item.UnitID}
		if !isKnown {
			fact = model.CoverageFact{ItemKind: key.kind, ItemID: key.id, Side: key.side, PupilID: m.PupilID, StartedAt: m.At}
			d.started = 1
		}
		if m.Covered && fact.CoveredAt == nil {
			at := m.At
			fact.CoveredAt, fact.How, fact.CauseID = &at, m.How, m.CauseID
			d.covered = 1
		}
		if d.started == 0 && d.covered == 0 {
			continue
		}
		known[m.PupilID], changed[m.PupilID] = fact, fact
		if pupil.DepartedAt == nil {
			deltas = append(deltas, d)
		}
	}
	facts := make([]model.CoverageFact, 0, len(changed))
	for _, f := range changed {
		facts = append(facts, f)
	}
	slices.SortFunc(facts, func(a, b model.CoverageFact) int { return cmp.Compare(a.PupilID, b.PupilID) })
	return facts, deltas, nil
}

// saveFacts inserts or completes facts; the locked pupils keep others away from them.
func saveFacts(tx *gorm.DB, facts []model.CoverageFact) error {
	if len(facts) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "item_kind"}, {Name: "item_id"}, {Name: "side"}, {Name: "pupil_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"covered_at", "how", "cause_id"}),
	}).CreateInBatches(facts, chunk).Error
}

// addToTallies adds up the deltas by tally row and applies them in key order.
func (e *Engine) addToTallies(tx *gorm.DB, deltas []delta) error {
	sums := map[tallyKey]model.CoverageTally{}
	for _, d := range deltas {
		t := sums[d.tallyKey]
		t.Started += d.started
		t.Covered += d.covered
		sums[d.tallyKey] = t
	}
	rows := make([]model.CoverageTally, 0, len(sums))
	for key, t := range sums {
		if t.Started == 0 && t.Covered == 0 {
			continue
		}
		t.ItemKind, t.ItemID, t.Side, t.ClassID = key.kind, key.id, key.side, key.class
		rows = append(rows, t)
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b model.CoverageTally) int {
		return cmp.Or(cmp.Compare(a.ItemKind, b.ItemKind), cmp.Compare(a.ItemID, b.ItemID), cmp.Compare(a.Side, b.Side), cmp.Compare(a.ClassID, b.ClassID))
	})
	return tx.Clauses(e.onTallyConflict()).CreateInBatches(rows, chunk).Error
}

// onTallyConflict adds the new counts to those of an existing row.
func (e *Engine) onTallyConflict() clause.OnConflict {
	plus := func(column string) clause.Expr {
		if e.store.MySQL() {
			return gorm.Expr(column + " + VALUES(" + column + ")")
		}
		return gorm.Expr("coverage_tallies." + column + " + excluded." + column)
	}
	return clause.OnConflict{
		Columns:   []clause.Column{{Name: "item_kind"}, {Name: "item_id"}, {Name: "side"}, {Name: "class_id"}},
		DoUpdates: clause.Set{{Column: clause.Column{Name: "started"}, Value: plus("started")}, {Column: clause.Column{Name: "covered"}, Value: plus("covered")}},
	}
}
