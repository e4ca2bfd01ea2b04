package coverage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
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
	pupils, err := family.Lock(e.store, tx, pupilIDs(marks))
	if err != nil {
		return Change{}, err
	}
	return e.RecordLocked(tx, pupils, marks)
}

// RecordLocked is Record for a caller whose transaction has locked the pupils
// already. The number of statements does not grow with the items marked.
func (e *Engine) RecordLocked(tx *gorm.DB, pupils family.Locked, marks []Mark) (Change, error) {
	if len(marks) == 0 {
		return Change{}, nil
	}
	known, err := e.knownFacts(tx, marks)
	if err != nil {
		return Change{}, err
	}
	facts, deltas := merge(known, marks, pupils)
	if err := saveFacts(tx, facts); err != nil {
		return Change{}, err
	}
	versions, err := e.addToTallies(tx, deltas)
	return Change{deltas: deltas, versions: versions}, err
}

func pupilIDs(marks []Mark) []model.ID {
	return store.Distinct(store.Each(marks, func(m Mark) model.ID { return m.PupilID }))
}

// factKey names a fact.
type factKey struct {
	counterKey
	pupil model.ID
}

func (m Mark) counterKey() counterKey {
	return counterKey{kind: m.Item.Kind, id: m.Item.ID, side: m.Side}
}

// knownFacts reads the facts that are there of what is marked.
func (e *Engine) knownFacts(tx *gorm.DB, marks []Mark) (map[factKey]model.CoverageFact, error) {
	groups := map[counterKey][]Mark{}
	for _, m := range marks {
		groups[m.counterKey()] = append(groups[m.counterKey()], m)
	}
	var parts []string
	var values []any
	for key, group := range groups {
		for ids := range slices.Chunk(pupilIDs(group), chunk) {
			parts = append(parts, "(item_kind = ? AND item_id = ? AND side = ? AND pupil_id IN ?)")
			values = append(values, key.kind, key.id, key.side, ids)
		}
	}
	var facts []model.CoverageFact
	if err := e.store.ByIndex(tx, "coverage_facts", "PRIMARY").Where(strings.Join(parts, " OR "), values...).Find(&facts).Error; err != nil {
		return nil, err
	}
	return store.Keyed(facts, func(f model.CoverageFact) (factKey, model.CoverageFact) {
		return factKey{counterKey{f.ItemKind, f.ItemID, f.Side}, f.PupilID}, f
	}), nil
}

// merge lays the marks over the facts that are there, and returns the facts to
// write, in the order of their keys, and what they change in the tallies.
func merge(known map[factKey]model.CoverageFact, marks []Mark, pupils family.Locked) ([]model.CoverageFact, []delta) {
	changed := map[factKey]bool{}
	var deltas []delta
	for _, m := range marks {
		pupil, exists := pupils[m.PupilID]
		if !exists {
			continue
		}
		key := factKey{m.counterKey(), m.PupilID}
		fact, isKnown := known[key]
		d := delta{tallyKey: tallyKey{counterKey: key.counterKey, class: pupil.ClassID}, unit: m.Item.UnitID}
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
		known[key], changed[key] = fact, true
		if pupil.DepartedAt == nil {
			deltas = append(deltas, d)
		}
	}
	facts := make([]model.CoverageFact, 0, len(changed))
	for key := range changed {
		facts = append(facts, known[key])
	}
	slices.SortFunc(facts, func(a, b model.CoverageFact) int {
		return cmp.Or(cmp.Compare(a.ItemKind, b.ItemKind), cmp.Compare(a.ItemID, b.ItemID), cmp.Compare(a.Side, b.Side), cmp.Compare(a.PupilID, b.PupilID))
	})
	return facts, deltas
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
// It returns the versions that the rows have now; the rows are locked, so they
// stay until the transaction ends.
func (e *Engine) addToTallies(tx *gorm.DB, deltas []delta) (map[tallyKey]int64, error) {
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
		t.ItemKind, t.ItemID, t.Side, t.ClassID, t.Version = key.kind, key.id, key.side, key.class, 1
		rows = append(rows, t)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	slices.SortFunc(rows, func(a, b model.CoverageTally) int {
		return cmp.Or(cmp.Compare(a.ItemKind, b.ItemKind), cmp.Compare(a.ItemID, b.ItemID), cmp.Compare(a.Side, b.Side), cmp.Compare(a.ClassID, b.ClassID))
	})
	write := tx.Clauses(e.onTallyConflict())
	if e.returning {
		write = write.Clauses(clause.Returning{})
	}
	if err := write.CreateInBatches(rows, chunk).Error; err != nil {
		return nil, err
	}
	if !e.returning {
		if err := readVersions(tx, rows); err != nil {
			return nil, err
		}
	}
	return store.Keyed(rows, func(t model.CoverageTally) (tallyKey, int64) { return tallyKey{keyOf(t), t.ClassID}, t.Version }), nil
}

// readVersions fills in the versions of rows that the transaction has just written.
func readVersions(tx *gorm.DB, rows []model.CoverageTally) error {
	const key = "(item_kind = ? AND item_id = ? AND side = ? AND class_id = ?)"
	for part := range slices.Chunk(rows, chunk) {
		var values []any
		for _, t := range part {
			values = append(values, t.ItemKind, t.ItemID, t.Side, t.ClassID)
		}
		var written []model.CoverageTally
		if err := tx.Where(key+strings.Repeat(" OR "+key, len(part)-1), values...).Find(&written).Error; err != nil {
			return err
		}
		versions := store.Keyed(written, func(t model.CoverageTally) (tallyKey, int64) { return tallyKey{keyOf(t), t.ClassID}, t.Version })
		for i, t := range part {
			part[i].Version = versions[tallyKey{keyOf(t), t.ClassID}]
		}
	}
	return nil
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
		Columns: []clause.Column{{Name: "item_kind"}, {Name: "item_id"}, {Name: "side"}, {Name: "class_id"}},
		DoUpdates: clause.Set{
			{Column: clause.Column{Name: "started"}, Value: plus("started")},
			{Column: clause.Column{Name: "covered"}, Value: plus("covered")},
			{Column: clause.Column{Name: "version"}, Value: plus("version")},
		},
	}
}
