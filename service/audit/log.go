// Package audit keeps who read and wrote confidential data. An entry is written
// in the transaction of its cause. One job puts the entries in order into an
// RFC 6962 Merkle tree, and signs the tree's size and root: whoever holds such a
// checkpoint can later prove that no entry was changed, removed, inserted, moved
// or cut off.
package audit

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
)

// Log is the audit log. It is safe for concurrent use.
type Log struct {
	store    *store.Store
	vault    *vault.Vault
	key      checkpointKey
	accounts Accounts
	madeBy   MadeBy
	read     *lru.Cache[readKey, time.Time] // when this process last wrote that it was read
}

// readKey is what a login has read, and by which call.
type readKey struct {
	token     model.ID
	operation string
	subject   model.AuditSubject
	id, pupil model.ID
}

const (
	// readAgain is how long after a login has read something its reading it again by the
	// same call is not written: pages that stay open ask every few seconds, and a family
	// would find nothing in the list of all that.
	readAgain = 30 * time.Minute
	// readsKept bounds how many reads a process remembers; of others it writes again.
	readsKept = 100_000
)

// Accounts knows the names of accounts; identity.Directory does.
type Accounts interface {
	Names(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error)
}

// MadeBy keeps the rows whose column names a booking that the account made; counsel.MadeBy does.
type MadeBy func(column string, account model.ID) store.Cond

// New makes the log. Its keys come from the vault, so that who can only write
// to the database can neither add an entry nor sign a checkpoint.
func New(st *store.Store, v *vault.Vault, accounts Accounts, madeBy MadeBy) *Log {
	read, err := lru.New[readKey, time.Time](readsKept)
	if err != nil {
		panic(err) // it must be positive
	}
	return &Log{read: read, store: st, vault: v, key: newCheckpointKey(v), accounts: accounts, madeBy: madeBy}
}

// Entry says what the actor did.
type Entry struct {
	Action    model.AuditAction
	Subject   model.AuditSubject
	SubjectID model.ID // zero for a list
	PupilID   model.ID // about whom; zero where it is about no pupil
	UnitID    model.ID // whose it is
	// Role is the role by which the actor could do it; empty for an account without one.
	Role    model.Role
	Purpose model.AuditPurpose
	// Withheld entries are not shown to the pupil's guardians, but those on a booking to who made it.
	Withheld bool
}

// PurposeOf is what staff usually do something for by the role.
func PurposeOf(role model.Role) model.AuditPurpose {
	switch role {
	case model.RoleCounsellor:
		return model.AuditCounselling
	case model.RoleTeacher:
		return model.AuditTeaching
	case model.RoleDuty:
		return model.AuditDuty
	}
	return model.AuditManagement
}

// Record writes entries of what was read, before it is given to the actor:
// where they can't be written, nothing may be given. What the login has read by the
// same call within readAgain is written already.
func (l *Log) Record(ctx context.Context, actor model.Actor, entries ...Entry) error {
	now := l.store.Now()
	var fresh []Entry
	for _, e := range entries {
		at, found := l.read.Get(keyOf(actor, e))
		if since := now.Sub(at); !found || e.Action != model.AuditRead || actor.TokenID == 0 || since < 0 || since >= readAgain {
			fresh = append(fresh, e)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := l.store.Tx(ctx, func(tx *gorm.DB) error { return l.Write(tx, actor, fresh...) }); err != nil {
		return err
	}
	for _, e := range fresh {
		l.read.Add(keyOf(actor, e), now)
	}
	return nil
}

func keyOf(actor model.Actor, e Entry) readKey {
	return readKey{actor.TokenID, actor.Operation, e.Subject, e.SubjectID, e.PupilID}
}

// insertChunk is how many rows one statement writes.
const insertChunk = 200

// saltSize is the length of an entry's salt in bytes.
const saltSize = 16

// Write writes the entries in the transaction of their cause.
func (l *Log) Write(tx *gorm.DB, actor model.Actor, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	now := l.store.Now().UTC().Truncate(time.Millisecond) // as the database has it
	rows := make([]model.AuditEntry, len(entries))
	pending := make([]model.AuditPending, len(entries))
	for i, e := range entries {
		rows[i] = model.AuditEntry{ID: l.store.NewID(), At: now, ActorID: actor.AccountID, ActorRole: e.Role, TokenID: actor.TokenID, Action: e.Action,
			Subject: e.Subject, SubjectID: e.SubjectID, PupilID: e.PupilID, UnitID: e.UnitID, Purpose: e.Purpose, Withheld: e.Withheld,
			Operation: actor.Operation, Address: actor.Address, Salt: make([]byte, saltSize)}
		_, _ = rand.Read(rows[i].Salt) // it never fails
		pending[i] = model.AuditPending{EntryID: rows[i].ID, MAC: l.mac(leafData(nil, &rows[i]))}
	}
	for part := range slices.Chunk(rows, insertChunk) {
		if err := tx.Create(&part).Error; err != nil {
			return err
		}
	}
	for part := range slices.Chunk(pending, insertChunk) {
		if err := tx.Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

// mac authenticates an entry until it is in the tree.
func (l *Log) mac(leaf []byte) []byte { return l.vault.MAC("audit entry", leaf) }
