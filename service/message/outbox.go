// Package message keeps the messages to people and sends them.
//
// A cause writes its messages into the outbox in its own transaction, so that
// none is lost and none is sent for what never happened. Any number of
// replicas run a Sender. It claims rows, notes in a commit that a row is about
// to be sent, sends it outside of any transaction, and notes what came of it.
// A row is so sent once at most, and one whose process died in between is
// marked uncertain instead of being sent twice.
//
// Who has given no leave for a message (Credits), does not follow the official
// account either, or was not surely reached, comes onto the call list of those
// responsible.
package message

import (
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Message is a message to be. It is unique by cause, kind and recipient.
type Message struct {
	Kind        string // one of the kinds of this package
	CauseKind   string // the kind of row that caused it, such as "booking"
	CauseID     model.ID
	RecipientID model.ID // an account
	// PupilID is whom it is about, or zero; nothing is sent about a pupil to
	// someone whom the family or the school has taken from the pupil's side.
	PupilID model.ID
	// UnitID and OwnerID say who telephones where no message can be sent: the
	// staff of the unit, or the account.
	UnitID  model.ID
	OwnerID model.ID
	// Payload becomes JSON: ids and times only, never names or free text.
	Payload   any
	SendAfter time.Time
	CutoffAt  time.Time // not sent after this
}

// Outbox writes messages. It is safe for concurrent use.
type Outbox struct{ store *store.Store }

// New makes an Outbox.
func New(st *store.Store) *Outbox { return &Outbox{store: st} }

// written bounds the rows of one INSERT.
const written = 500

// key is by what a message is unique.
var key = []clause.Column{{Name: "cause_kind"}, {Name: "cause_id"}, {Name: "kind"}, {Name: "recipient_id"}}

// Enqueue writes the messages in tx. One that is there already is set to be
// sent anew with the new times, as when a booking moves to another day.
func (o *Outbox) Enqueue(tx *gorm.DB, messages ...Message) error {
	return o.write(tx, messages, clause.OnConflict{Columns: key, DoUpdates: clause.AssignmentColumns([]string{
		"pupil_id", "unit_id", "owner_id", "payload", "send_after", "cutoff_at", "status", "channel", "attempts", "holder", "lease_until", "sent_at", "last_error",
	})})
}

// EnqueueOnce writes the messages in tx, but leaves one that is there already
// as it is: for causes that are gone through again after a crash.
func (o *Outbox) EnqueueOnce(tx *gorm.DB, messages ...Message) error {
	return o.write(tx, messages, clause.OnConflict{Columns: key, DoNothing: true})
}

func (o *Outbox) write(tx *gorm.DB, messages []Message, conflict clause.OnConflict) error {
	if len(messages) == 0 {
		return nil
	}
	rows := make([]model.OutboxMessage, len(messages))
	for i, m := range messages {
		if _, ok := kinds[m.Kind]; !ok {
			return fmt.Errorf("message %s: there is no such kind", m.Kind)
		}
		payload, err := json.Marshal(m.Payload)
		if err != nil {
			return fmt.Errorf("message %s: %w", m.Kind, err)
		}
		rows[i] = model.OutboxMessage{
			ID: o.store.NewID(), Kind: m.Kind, CauseKind: m.CauseKind, CauseID: m.CauseID, RecipientID: m.RecipientID,
			PupilID: m.PupilID, UnitID: m.UnitID, OwnerID: m.OwnerID, Payload: string(payload),
			SendAfter: m.SendAfter, CutoffAt: m.CutoffAt, Status: model.OutboxPending, CreatedAt: o.store.Now(),
		}
	}
	if err := tx.Clauses(conflict).CreateInBatches(&rows, written).Error; err != nil {
		return fmt.Errorf("enqueue messages: %w", err)
	}
	return nil
}

// Retime gives, in tx, the messages of a cause that are not on their way yet
// the payload and cut-off of its new time, and the calls that stand for them.
func (o *Outbox) Retime(tx *gorm.DB, causeKind string, causeID model.ID, kind string, payload any, cutoff time.Time) error {
	content, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("message %s: %w", kind, err)
	}
	// What a sender holds goes back: it has read the old time.
	err = tx.Model(&model.OutboxMessage{}).Where("cause_kind = ? AND cause_id = ? AND kind = ? AND status IN ?", causeKind, causeID, kind, notLeft).
		Updates(map[string]any{"payload": string(content), "cutoff_at": cutoff, "status": model.OutboxPending, "holder": "", "lease_until": nil}).Error
	if err != nil {
		return fmt.Errorf("retime messages: %w", err)
	}
	err = tx.Model(&model.CallTask{}).Where("cause_kind = ? AND cause_id = ? AND kind = ? AND done_at IS NULL", causeKind, causeID, kind).Update("due_at", cutoff).Error
	if err != nil {
		return fmt.Errorf("retime calls: %w", err)
	}
	return nil
}

// notLeft are the states of messages that can be taken back.
var notLeft = []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed}

// Drop takes back, in tx, the messages of a cause that are not on their way
// yet, and the calls that would stand for them; with kinds, only those of
// these kinds. Against a sender that is just taking one, the database decides.
func (o *Outbox) Drop(tx *gorm.DB, causeKind string, causeID model.ID, kinds ...string) error {
	return o.drop(tx, func(q *gorm.DB) *gorm.DB {
		q = q.Where("cause_kind = ? AND cause_id = ?", causeKind, causeID)
		if len(kinds) > 0 {
			q = q.Where("kind IN ?", kinds)
		}
		return q
	})
}

func (o *Outbox) drop(tx *gorm.DB, of func(*gorm.DB) *gorm.DB) error {
	err := of(tx.Model(&model.OutboxMessage{})).Where("status IN ?", notLeft).
		Updates(map[string]any{"status": model.OutboxDropped, "holder": "", "lease_until": nil, "last_error": reasonCauseGone}).Error
	if err != nil {
		return fmt.Errorf("drop messages: %w", err)
	}
	err = of(tx.Model(&model.CallTask{})).Where("done_at IS NULL").
		Updates(map[string]any{"done_at": o.store.Now(), "outcome": model.CallNotNeeded}).Error
	if err != nil {
		return fmt.Errorf("drop calls: %w", err)
	}
	return nil
}
