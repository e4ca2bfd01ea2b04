package audit

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Proof shows that an entry is in the tree of a checkpoint: its hash, at its
// position and with Hashes, gives the root in the checkpoint, as RFC 6962 has it.
type Proof struct {
	Hash       string     `json:"hash" doc:"The hash of the entry, of which the caller does not see all that it says; base64"`
	Position   int64      `json:"position" doc:"From zero"`
	Hashes     []string   `json:"hashes" doc:"The audit path of RFC 6962, from the leaf on; base64"`
	Checkpoint Checkpoint `json:"checkpoint"`
}

// Prove returns the proof of an entry that the actor sees, but for alerts, in the
// checkpoint that is handed out. It is not found before the day after the entry.
func (l *Log) Prove(ctx context.Context, actor model.Actor, entryID model.ID) (Proof, error) {
	db := l.store.Read(ctx)
	row, err := l.handedOut(db)
	if err != nil {
		return Proof{}, err
	}
	tree, err := l.treeOf(db, row)
	if err != nil {
		return Proof{}, err
	}
	var entry model.AuditEntry
	if err := db.Where(l.visibleTo(actor)).Take(&entry, "audit_entries.id = ?", entryID).Error; err != nil {
		return Proof{}, store.Found(err, "audit_entry")
	}
	var leaf model.AuditLeaf
	if err := db.Take(&leaf, "entry_id = ? AND position < ?", entryID, tree.N).Error; err != nil {
		return Proof{}, store.Found(err, "audit_entry")
	}
	path, err := tlog.ProveRecord(tree.N, leaf.Position, tree.hashes)
	return Proof{Hash: tlog.RecordHash(leafData(nil, &entry)).String(), Position: leaf.Position, Hashes: store.Each(path, tlog.Hash.String),
		Checkpoint: l.view(tree.checkpoint)}, err
}
