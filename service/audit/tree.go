package audit

import (
	"cmp"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// batchSize is how many entries one transaction puts into the tree.
const batchSize = 500

var (
	// ErrTree says that the tree in the database is not the one that the newest
	// checkpoint states: nothing is added to it, and `xinyu audit verify` names what changed.
	ErrTree = errors.New("the audit tree is not the one of its newest checkpoint")
	// errFirstMade ends a transaction that met the first checkpoint of another.
	errFirstMade = errors.New("another replica made the first checkpoint")
	// ErrEntry says that a waiting entry is missing or not as it was written.
	ErrEntry = errors.New("an audit entry that waits for the tree is missing or was changed")
)

// Integrate puts the waiting entries into the tree and signs a checkpoint, as a
// job that one replica runs at a time. Should two run at once, the position's
// uniqueness lets one of them win. An entry that is not as it was written stays
// outside; the others go in, and the error is ErrEntry.
func (l *Log) Integrate(ctx context.Context) error {
	var bad error
	for after := model.ID(0); ; {
		last, more, err := l.integrate(ctx, after)
		if errors.Is(err, errFirstMade) {
			continue
		}
		if errors.Is(err, ErrEntry) {
			bad, err = err, nil
		}
		if err != nil {
			return err
		}
		if !more {
			return bad
		}
		after = last
	}
}

// integrate puts up to batchSize waiting entries beyond after into the tree,
// and returns the last one that it looked at and whether more may wait.
func (l *Log) integrate(ctx context.Context, after model.ID) (last model.ID, more bool, err error) {
	var bad error
	err = l.store.Tx(ctx, func(tx *gorm.DB) error {
		bad, last, more = nil, after, false
		var waiting []model.AuditPending
		if err := tx.Where("entry_id > ?", after).Order("entry_id").Limit(batchSize).Find(&waiting).Error; err != nil || len(waiting) == 0 {
			return err
		}
		last, more = waiting[len(waiting)-1].EntryID, len(waiting) == batchSize
		ids := store.Each(waiting, func(p model.AuditPending) model.ID { return p.EntryID })
		var entries []model.AuditEntry
		if err := tx.Where(store.In("id", ids)).Find(&entries).Error; err != nil {
			return err
		}
		tree, err := l.lastTree(tx)
		if err != nil {
			return err
		}
		byID := store.Keyed(entries, func(e model.AuditEntry) (model.ID, model.AuditEntry) { return e.ID, e })
		var leaves []model.AuditLeaf
		for _, p := range waiting {
			e, found := byID[p.EntryID]
			data := leafData(nil, &e)
			if !found || !hmac.Equal(p.MAC, l.mac(data)) {
				bad = ErrEntry
				continue
			}
			stored, err := tlog.StoredHashes(tree.N, data, tree.hashes)
			if err != nil {
				return err
			}
			leaves = append(leaves, tree.hashes.add(tree.N, e.ID, stored))
			tree.N++
		}
		if len(leaves) == 0 {
			return nil
		}
		if tree.Hash, err = tlog.TreeHash(tree.N, tree.hashes); err != nil {
			return err
		}
		return l.extend(tx, leaves, tree.Tree)
	})
	if err == nil {
		err = bad
	}
	return last, more, err
}

// state is a tree with its checkpoint and the hashes that were read of it.
type state struct {
	tlog.Tree
	checkpoint model.AuditCheckpoint
	hashes     *hashReader
}

// tree returns the tree of the newest checkpoint, once the stored hashes give
// its root. Without a checkpoint it is empty.
func (l *Log) tree(db *gorm.DB) (state, error) {
	row, err := latest(db)
	if err != nil {
		return state{}, err
	}
	return l.treeOf(db, row)
}

// treeOf is tree for one of the checkpoints.
func (l *Log) treeOf(db *gorm.DB, row model.AuditCheckpoint) (s state, err error) {
	s = state{checkpoint: row, hashes: &hashReader{db: db.Session(&gorm.Session{NewDB: true}), known: map[int64]tlog.Hash{}}}
	if row.Note == "" {
		return s, nil
	}
	if s.Tree, err = l.key.open(row.Note); err != nil {
		return s, fmt.Errorf("%w: %w", ErrTree, err)
	}
	root, err := tlog.TreeHash(s.N, s.hashes)
	if err == nil && root != s.Hash {
		err = ErrTree
	}
	return s, err
}

// lastTree is tree, once it has all leaves. It locks the checkpoint, so that
// of two replicas at once the second sees what the first has added.
func (l *Log) lastTree(tx *gorm.DB) (state, error) {
	s, err := l.tree(l.store.ForUpdate(tx))
	if err != nil {
		return s, err
	}
	var size int64
	err = tx.Model(&model.AuditLeaf{}).Select("COALESCE(MAX(position) + 1, 0)").Scan(&size).Error
	if err != nil || size == s.N {
		return s, err
	}
	if s.checkpoint.Note == "" { // there was none to lock: another replica may have made the first one since
		if first, err := latest(tx); err != nil || first.Note != "" {
			return s, cmp.Or(err, errFirstMade)
		}
	}
	return s, ErrTree
}

// extend writes the leaves and the checkpoint of the tree with them.
func (l *Log) extend(tx *gorm.DB, leaves []model.AuditLeaf, tree tlog.Tree) error {
	if err := tx.Create(&leaves).Error; err != nil {
		return err
	}
	ids := store.Each(leaves, func(leaf model.AuditLeaf) model.ID { return leaf.EntryID })
	if err := tx.Where(store.In("entry_id", ids)).Delete(&model.AuditPending{}).Error; err != nil {
		return err
	}
	signed, err := l.key.sign(tree)
	if err != nil {
		return err
	}
	row := model.AuditCheckpoint{Day: model.DateOf(l.store.Now()), Size: tree.N, Note: signed}
	return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "day"}}, DoUpdates: clause.AssignmentColumns([]string{"size", "note"})}).Create(&row).Error
}

// hashReader reads the hashes of subtrees from the leaves that completed them,
// each once.
type hashReader struct {
	db    *gorm.DB
	known map[int64]tlog.Hash // by tlog's index of stored hashes
}

// ReadHashes implements tlog.HashReader.
func (r *hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []int64 // positions
	for _, index := range indexes {
		if _, ok := r.known[index]; !ok {
			missing = append(missing, completing(index))
		}
	}
	if len(missing) > 0 {
		var leaves []model.AuditLeaf
		if err := r.db.Where("position IN ?", missing).Find(&leaves).Error; err != nil {
			return nil, err
		}
		for _, leaf := range leaves {
			stored, err := split(leaf.Hashes)
			if err != nil {
				return nil, err
			}
			r.add(leaf.Position, leaf.EntryID, stored)
		}
	}
	list := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, ok := r.known[index]
		if !ok {
			return nil, ErrTree
		}
		list[i] = hash
	}
	return list, nil
}

// add keeps the hashes that the leaf at the position completes, and returns the leaf.
func (r *hashReader) add(position int64, entry model.ID, stored []tlog.Hash) model.AuditLeaf {
	leaf := model.AuditLeaf{Position: position, EntryID: entry}
	first := tlog.StoredHashIndex(0, position)
	for level, hash := range stored {
		r.known[first+int64(level)] = hash
		leaf.Hashes = append(leaf.Hashes, hash[:]...)
	}
	return leaf
}

// completing is the position of the leaf that completes the subtree with the
// stored hash of that index.
func completing(index int64) int64 {
	level, n := tlog.SplitStoredHashIndex(index)
	return (n+1)<<level - 1
}

// split returns the hashes of a leaf.
func split(b []byte) ([]tlog.Hash, error) {
	if len(b) == 0 || len(b)%tlog.HashSize != 0 {
		return nil, ErrTree
	}
	hashes := make([]tlog.Hash, 0, len(b)/tlog.HashSize)
	for ; len(b) > 0; b = b[tlog.HashSize:] {
		hashes = append(hashes, tlog.Hash(b[:tlog.HashSize]))
	}
	return hashes, nil
}
