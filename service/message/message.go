// Package message keeps the messages to people and sends them.
//
// A cause writes its messages into the Outbox in its own transaction, so that
// none is lost and none is sent for what never happened. Any number of
// replicas run a Sender. It claims rows (claim.go), finds out which are
// obsolete (obsolete.go), plans how to send the others (plan.go), notes in a
// commit that they are about to be sent (start.go), sends them outside of any
// transaction (sender.go), and records the results (result.go). A row is so
// sent once at most, and one whose process died in between is marked uncertain
// instead of being sent twice (expire.go).
//
// Whoever has given no permission for a message (Ledger), does not follow the
// official account either (Followers), or was not surely reached, comes into
// the call queue of those responsible (Calls).
package message

import (
	"time"

	"xinyu/model"
)

// Message is a message to be. It is unique by cause, kind and recipient.
type Message struct {
	Kind        string // one of the kinds of this package
	CauseKind   string // the kind of row that caused it, such as "booking"
	CauseID     model.ID
	RecipientID model.ID // an account
	// PupilID is the pupil it is about, or zero; nothing is sent about a pupil to
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

// batchRows bounds the rows of one statement.
const batchRows = 500
