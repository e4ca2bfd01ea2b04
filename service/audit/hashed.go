package audit

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"xinyu/model"
)

// hashedEntry is an entry with the hash of its leaf.
type hashedEntry struct {
	id   model.ID
	hash tlog.Hash
}

// hashedBatch is how many entries are handed on at once.
const hashedBatch = 1000

// hashedEntries are all entries in the order of their ids, which is nearly that of
// their places in the tree: what was committed late has a later place. So both tables
// are read from one end to the other, and few entries wait for their place.
type hashedEntries struct {
	read    <-chan []hashedEntry
	batch   []hashedEntry
	last    model.ID               // the last one that was read
	skipped map[model.ID]tlog.Hash // those that wait for their place
}

// readEntries begins to read all entries beside the caller. What fails is told by work.
func readEntries(ctx context.Context, work *errgroup.Group, db *gorm.DB) *hashedEntries {
	read := make(chan []hashedEntry, 4)
	work.Go(func() error {
		defer close(read)
		return hashEntries(ctx, db.WithContext(ctx), read)
	})
	return &hashedEntries{read: read, last: math.MinInt64, skipped: map[model.ID]tlog.Hash{}}
}

func hashEntries(ctx context.Context, db *gorm.DB, out chan<- []hashedEntry) error {
	rows, err := db.Raw("SELECT id, at, actor_id, actor_role, token_id, action, subject, subject_id, pupil_id, unit_id, purpose, withheld, operation, address, salt" +
		" FROM audit_entries ORDER BY id").Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	var data []byte
	for more := true; more; {
		batch := make([]hashedEntry, 0, hashedBatch)
		for len(batch) < hashedBatch {
			if more = rows.Next(); !more {
				break
			}
			e, err := scanEntry(rows)
			if err != nil {
				return err
			}
			data = leafData(data[:0], &e)
			batch = append(batch, hashedEntry{e.ID, tlog.RecordHash(data)})
		}
		select {
		case out <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return rows.Err()
}

func scanEntry(rows *sql.Rows) (e model.AuditEntry, err error) {
	err = rows.Scan(&e.ID, &e.At, &e.ActorID, &e.ActorRole, &e.TokenID, &e.Action, &e.Subject, &e.SubjectID, &e.PupilID, &e.UnitID, &e.Purpose, &e.Withheld,
		&e.Operation, &e.Address, &e.Salt)
	return e, err
}

// next returns the next entry, until there is none.
func (h *hashedEntries) next() (hashedEntry, bool) {
	for len(h.batch) == 0 {
		batch, more := <-h.read
		if !more {
			return hashedEntry{}, false
		}
		h.batch = batch
	}
	e := h.batch[0]
	h.batch, h.last = h.batch[1:], e.id
	return e, true
}

// take returns the hash of an entry, once.
func (h *hashedEntries) take(id model.ID) (hash tlog.Hash, found bool) {
	if hash, found = h.skipped[id]; found {
		delete(h.skipped, id)
		return hash, true
	}
	for h.last < id {
		e, more := h.next()
		if !more {
			break
		}
		if e.id == id {
			return e.hash, true
		}
		h.skipped[e.id] = e.hash
	}
	return hash, false
}

// rest returns the entries that were not taken.
func (h *hashedEntries) rest() []model.ID {
	for e, more := h.next(); more; e, more = h.next() {
		h.skipped[e.id] = e.hash
	}
	ids := make([]model.ID, 0, len(h.skipped))
	for id := range h.skipped {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
