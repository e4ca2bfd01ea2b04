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

// Outbox writes messages. It is safe for concurrent use.
type Outbox struct {
	store *store.Store
	calls Calls
}

// New makes an Outbox. A message that is retimed or dropped takes the call that
// stands for it along.
func New(st *store.Store, calls Calls) *Outbox { return &Outbox{store: st, calls: calls} }

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
	if err := tx.Clauses(conflict).CreateInBatches(&rows, batchRows).Error; err != nil {
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
	_, err = store.Lease{}.Revoke(
		tx.Model(&model.OutboxMessage{}).Where("cause_kind = ? AND cause_id = ? AND kind = ? AND status IN ?", causeKind, causeID, kind, unsent),
		map[string]any{"payload": string(content), "cutoff_at": cutoff, "status": model.OutboxPending})
	if err != nil {
		return fmt.Errorf("retime messages: %w", err)
	}
	return o.calls.Retime(tx, causeKind, causeID, kind, cutoff)
}

// unsent are the states of messages that can be taken back.
var unsent = []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed}

// Drop takes back, in tx, the messages of a cause that are not on their way
// yet, and the calls that would stand for them; with kinds, only those of
// these kinds. Against a sender that is just taking one, the database decides.
func (o *Outbox) Drop(tx *gorm.DB, causeKind string, causeID model.ID, kinds ...string) error {
	return o.drop(tx, causeKind, store.Where("cause_id = ?", causeID), kinds...)
}

// DropTo is Drop for the messages to the recipients only.
func (o *Outbox) DropTo(tx *gorm.DB, causeKind string, causeID model.ID, recipients []model.ID, kinds ...string) error {
	return o.drop(tx, causeKind, store.All(store.Where("cause_id = ?", causeID), store.In("recipient_id", recipients)), kinds...)
}

// drop is Drop for all causes of the kind for which the condition on cause_id and recipient_id holds.
func (o *Outbox) drop(tx *gorm.DB, causeKind string, causes store.Cond, kinds ...string) error {
	which := []store.Cond{store.Where("cause_kind = ?", causeKind), causes}
	if len(kinds) > 0 {
		which = append(which, store.Where("kind IN ?", kinds))
	}
	_, err := store.Lease{}.Revoke(tx.Model(&model.OutboxMessage{}).Where(store.All(which...)).Where("status IN ?", unsent),
		map[string]any{"status": model.OutboxDropped, "last_error": reasonCauseGone})
	if err != nil {
		return fmt.Errorf("drop messages: %w", err)
	}
	return o.calls.Withdraw(tx, causeKind, causes, kinds...)
}
