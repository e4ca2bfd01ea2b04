package audit

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"xinyu/model"
)

// maxFaults bounds how many faults a verification names.
const maxFaults = 20

// Verification is the result of comparing the log with its tree.
type Verification struct {
	Size    int64 // entries in the tree
	Waiting int64 // entries that are not in it yet
	Root    tlog.Hash
	// Total is how many faults there are, of which Faults names the first. Both are empty for a log that is whole.
	Total  int
	Faults []string
}

func (v *Verification) fault(format string, args ...any) {
	if v.Total++; len(v.Faults) < maxFaults {
		v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
	}
}

// Verify reads all entries, computes the tree anew and compares it with the
// stored one, with all checkpoints of the database, and with against, a
// checkpoint that was kept elsewhere, where that is not empty. Only the last
// shows that entries and checkpoints were cut off together. The error is that of
// the reading, or says that against is no checkpoint of this system.
func (l *Log) Verify(ctx context.Context, against string) (Verification, error) {
	v := Verification{}
	checks, err := l.checks(ctx, against, &v)
	if err != nil {
		return v, err
	}
	if err := l.walk(ctx, &v, checks); err != nil {
		return v, err
	}
	return v, l.outside(ctx, &v)
}

// check is a tree that a checkpoint states.
type check struct {
	tlog.Tree
	name string
}

// checks returns the trees that all checkpoints state, by their size.
func (l *Log) checks(ctx context.Context, against string, v *Verification) ([]check, error) {
	var list []check
	if against != "" {
		tree, err := l.key.open(against)
		if err != nil {
			return nil, err
		}
		list = append(list, check{tree, "the given checkpoint"})
	}
	var rows []model.AuditCheckpoint
	if err := l.store.Read(ctx).Order("day").Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, row := range rows {
		// Signing gives the same bytes each time, so that also a change of a bit which the note's form ignores shows.
		tree, err := l.key.open(row.Note)
		if again, signErr := l.key.sign(tree); err != nil || signErr != nil || again != row.Note || tree.N != row.Size {
			v.fault("the checkpoint of %s was changed", row.Day)
			continue
		}
		list = append(list, check{tree, "the checkpoint of " + string(row.Day)})
	}
	slices.SortStableFunc(list, func(a, b check) int { return int(a.N - b.N) })
	return list, nil
}

// walk computes the tree from the entries in the order of their places, and
// compares it with the checks on the way.
func (l *Log) walk(ctx context.Context, v *Verification, checks []check) error {
	rows, err := l.store.Read(ctx).Raw("SELECT l.position, l.entry_id, l.hashes, e.id, e.at, e.actor_id, e.actor_role, e.token_id, e.action, e.subject, e.subject_id, e.pupil_id," +
		" e.unit_id, e.purpose, e.withheld, e.operation, e.address, e.salt FROM audit_leaves AS l LEFT JOIN audit_entries AS e ON e.id = l.entry_id ORDER BY l.position").Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	var (
		t       treeEdge
		largest int64
		data    []byte
	)
	for _, c := range checks {
		largest = max(largest, c.N)
	}
	for rows.Next() {
		leaf, entry, err := scanLeaf(rows)
		if err != nil {
			return err
		}
		checks = t.compare(v, checks)
		if leaf.Position != t.size {
			v.fault("place %d of the tree is missing", t.size)
			return nil // no place beyond can be judged
		}
		t.place(v, leaf, entry, &data)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, c := range t.compare(v, checks) {
		v.fault("%s covers %d entries, and the tree has %d: its end was cut off", c.name, c.N, t.size)
	}
	if t.size > largest {
		v.fault("the tree has %d entries, and its newest checkpoint covers %d: others were added", t.size, largest)
	}
	v.Size, v.Root = t.size, t.root()
	return nil
}

// scanLeaf reads a leaf with its entry, which is nil where there is none.
func scanLeaf(rows *sql.Rows) (leaf model.AuditLeaf, entry *model.AuditEntry, _ error) {
	var (
		e                                                  model.AuditEntry
		at                                                 sql.NullTime
		role, action, subject, purpose, operation, address sql.NullString
		withheld                                           sql.NullBool
	)
	err := rows.Scan(&leaf.Position, &leaf.EntryID, &leaf.Hashes, &e.ID, &at, &e.ActorID, &role, &e.TokenID, &action, &subject, &e.SubjectID, &e.PupilID, &e.UnitID, &purpose,
		&withheld, &operation, &address, &e.Salt)
	if err != nil || e.ID == 0 {
		return leaf, nil, err
	}
	e.At, e.ActorRole, e.Action, e.Subject = at.Time, model.Role(role.String), model.AuditAction(action.String), model.AuditSubject(subject.String)
	e.Purpose, e.Withheld, e.Operation, e.Address = model.AuditPurpose(purpose.String), withheld.Bool, operation.String, address.String
	return leaf, &e, nil
}

// outside counts the entries that wait for the tree, and names those that are
// neither in it nor wait.
func (l *Log) outside(ctx context.Context, v *Verification) error {
	db := l.store.Read(ctx)
	if err := db.Model(&model.AuditPending{}).Count(&v.Waiting).Error; err != nil {
		return err
	}
	var ids []model.ID
	err := db.Model(&model.AuditEntry{}).Where("NOT EXISTS (SELECT 1 FROM audit_leaves AS l WHERE l.entry_id = audit_entries.id)").
		Where("NOT EXISTS (SELECT 1 FROM audit_pendings AS p WHERE p.entry_id = audit_entries.id)").Order("id").Limit(maxFaults).Pluck("id", &ids).Error
	for _, id := range ids {
		v.fault("entry %d was added by another, or its place in the tree was removed", id)
	}
	return err
}

// treeEdge is what the tree's next hashes are computed from: the roots of the
// full subtrees at its right edge, the largest first.
type treeEdge struct {
	size  int64
	roots []tlog.Hash
}

// place adds the leaf, and names it where the entry or the stored hashes are not
// those of the tree.
func (t *treeEdge) place(v *Verification, leaf model.AuditLeaf, entry *model.AuditEntry, data *[]byte) {
	var own tlog.Hash
	if len(leaf.Hashes) >= tlog.HashSize {
		own = tlog.Hash(leaf.Hashes[:tlog.HashSize])
	}
	if entry == nil {
		v.fault("entry %d at place %d was removed", leaf.EntryID, leaf.Position)
	} else {
		*data = leafData((*data)[:0], entry)
		if tlog.RecordHash(*data) != own {
			v.fault("entry %d at place %d was changed, or its place was", leaf.EntryID, leaf.Position)
		}
	}
	// From here on with the leaf's own hash, so that one changed entry is named once.
	if string(leaf.Hashes) != string(t.add(own)) {
		v.fault("the tree was changed at place %d", leaf.Position)
	}
}

// add adds the hash of a leaf, and returns the hashes that it completes.
func (t *treeEdge) add(h tlog.Hash) []byte {
	completed := append([]byte(nil), h[:]...)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.roots) - 1
		h = tlog.NodeHash(t.roots[last], h)
		t.roots = t.roots[:last]
		completed = append(completed, h[:]...)
	}
	t.roots = append(t.roots, h)
	t.size++
	return completed
}

func (t *treeEdge) root() tlog.Hash {
	if t.size == 0 {
		empty, _ := tlog.TreeHash(0, nil) // it reads nothing
		return empty
	}
	h := t.roots[len(t.roots)-1]
	for _, left := range slices.Backward(t.roots[:len(t.roots)-1]) {
		h = tlog.NodeHash(left, h)
	}
	return h
}

// compare compares the tree with the checks of its size, and returns the larger ones.
func (t *treeEdge) compare(v *Verification, checks []check) []check {
	for len(checks) > 0 && checks[0].N == t.size {
		if checks[0].Hash != t.root() {
			v.fault("the first %d entries are not those that %s covers", t.size, checks[0].name)
		}
		checks = checks[1:]
	}
	return checks
}
