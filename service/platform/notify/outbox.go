// Package notify keeps the messages to people. A cause writes its messages
// into the outbox in its own transaction, so that none is lost and none is
// sent for what never happened.
package notify

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
	Kind        string // names the template, such as "booking_reminder_1h"
	CauseKind   string // the kind of row that caused it, such as "booking"
	CauseID     model.ID
	RecipientID model.ID // an account
	// Payload becomes JSON: ids and times only, never names or free text.
	Payload   any
	SendAfter time.Time
	CutoffAt  time.Time // not sent after this
}

// Outbox writes messages. It is safe for concurrent use.
type Outbox struct{ store *store.Store }

// New makes an Outbox.
func New(st *store.Store) *Outbox { return &Outbox{store: st} }

// Enqueue writes the messages in tx. One that is there already is set to be
// sent anew with the new times, as when a booking moves to another day.
func (o *Outbox) Enqueue(tx *gorm.DB, messages ...Message) error {
	if len(messages) == 0 {
		return nil
	}
	rows := make([]model.OutboxMessage, len(messages))
	for i, m := range messages {
		payload, err := json.Marshal(m.Payload)
		if err != nil {
			return fmt.Errorf("message %s: %w", m.Kind, err)
		}
		rows[i] = model.OutboxMessage{
			ID: o.store.NewID(), Kind: m.Kind, CauseKind: m.CauseKind, CauseID: m.CauseID, RecipientID: m.RecipientID, Payload: string(payload),
			SendAfter: m.SendAfter, CutoffAt: m.CutoffAt, Status: model.OutboxPending, CreatedAt: o.store.Now(),
		}
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "cause_kind"}, {Name: "cause_id"}, {Name: "kind"}, {Name: "recipient_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"payload", "send_after", "cutoff_at", "status", "attempts", "holder", "lease_until", "sent_at", "last_error"}),
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("enqueue messages: %w", err)
	}
	return nil
}

// Drop takes back, in tx, the messages of a cause that are not sent yet; with
// kinds, only those of these kinds.
func (o *Outbox) Drop(tx *gorm.DB, causeKind string, causeID model.ID, kinds ...string) error {
	q := tx.Model(&model.OutboxMessage{}).Where("cause_kind = ? AND cause_id = ? AND status = ?", causeKind, causeID, model.OutboxPending)
	if len(kinds) > 0 {
		q = q.Where("kind IN ?", kinds)
	}
	if err := q.Update("status", model.OutboxDropped).Error; err != nil {
		return fmt.Errorf("drop messages: %w", err)
	}
	return nil
}
