package audit

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
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
	var (
		v       Verification
		entries []model.ID
	)
	snapshot := &sql.TxOptions{ReadOnly: true} // the checkpoints must be those of the places, whatever the job adds meanwhile
	if l.store.MySQL() {
		snapshot.Isolation = sql.LevelRepeatableRead
	}
	err := l.store.Read(ctx).Transaction(func(tx *gorm.DB) error {
		checks, err := l.checks(tx, against, &v)
		if err != nil {
			return err
		}
		entries, err = l.walk(ctx, tx, &v, checks)
		return err
	}, snapshot)
	if err != nil {
		return v, err
	}
	return v, l.outside(ctx, &v, entries)
}

// check is a tree that a checkpoint states.
type check struct {
	tlog.Tree
	name string
}

// checks returns the trees that all checkpoints state, by their size.
func (l *Log) checks(tx *gorm.DB, against string, v *Verification) ([]check, error) {
	var list []check
	if against != "" {
		tree, err := l.key.open(against)
		if err != nil {
			return nil, err
		}
		list = append(list, check{tree, "the given checkpoint"})
	}
	var rows []model.AuditCheckpoint
	if err := tx.Order("day").Find(&rows).Error; err != nil {
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
// compares it with the checks on the way. It returns the entries that have none of the places.
func (l *Log) walk(ctx context.Context, tx *gorm.DB, v *Verification, checks []check) ([]model.ID, error) {
	work, ctx := errgroup.WithContext(ctx)
	var outside []model.ID
	work.Go(func() error {
		rows, err := tx.Raw("SELECT position, entry_id, hashes FROM audit_leaves ORDER BY position").Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		entries := readEntries(ctx, work, l.store.Read(ctx)) // after the places: their entries are there, if nobody removed them
		if err := v.places(rows, entries, checks); err != nil {
			return err
		}
		outside = entries.rest()
		return nil
	})
	return outside, work.Wait()
}

// places compares the places of the tree with the entries and the checks.
func (v *Verification) places(rows *sql.Rows, entries *hashedEntries, checks []check) error {
	var (
		t       treeEdge
		largest int64
	)
	for _, c := range checks {
		largest = max(largest, c.N)
	}
	for rows.Next() {
		var leaf model.AuditLeaf
		if err := rows.Scan(&leaf.Position, &leaf.EntryID, &leaf.Hashes); err != nil {
			return err
		}
		checks = t.compare(v, checks)
		if leaf.Position != t.size {
			v.fault("place %d of the tree is missing", t.size)
			return nil // no place beyond can be judged
		}
		t.place(v, leaf, entries)
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

// maxOutside is of how many entries without a place one statement asks.
const maxOutside = 1000

// outside counts the entries that wait for the tree, and names those of the ones without
// a place that are neither in it, as some are since, nor wait.
func (l *Log) outside(ctx context.Context, v *Verification, entries []model.ID) error {
	db := l.store.Read(ctx)
	if err := db.Model(&model.AuditPending{}).Count(&v.Waiting).Error; err != nil {
		return err
	}
	for part := range slices.Chunk(entries, maxOutside) {
		var ids []model.ID
		err := db.Model(&model.AuditEntry{}).Where(store.In("id", part)).Where("NOT EXISTS (SELECT 1 FROM audit_leaves AS l WHERE l.entry_id = audit_entries.id)").
			Where("NOT EXISTS (SELECT 1 FROM audit_pendings AS p WHERE p.entry_id = audit_entries.id)").Order("id").Pluck("id", &ids).Error
		if err != nil {
			return err
		}
		for _, id := range ids {
			v.fault("entry %d was added by another, or its place in the tree was removed", id)
		}
	}
	return nil
}

// treeEdge is what the tree's next hashes are computed from: the roots of the
// full subtrees at its right edge, the largest first.
type treeEdge struct {
	size  int64
	roots []tlog.Hash
}

// place adds the leaf, and names it where the entry or the stored hashes are not
// those of the tree.
func (t *treeEdge) place(v *Verification, leaf model.AuditLeaf, entries *hashedEntries) {
	var own tlog.Hash
	if len(leaf.Hashes) >= tlog.HashSize {
		own = tlog.Hash(leaf.Hashes[:tlog.HashSize])
	}
	if hash, found := entries.take(leaf.EntryID); !found {
		v.fault("entry %d at place %d was removed", leaf.EntryID, leaf.Position)
	} else if hash != own {
		v.fault("entry %d at place %d was changed, or its place was", leaf.EntryID, leaf.Position)
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
