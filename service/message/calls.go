package message

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Calls is the call queue: who is to be telephoned because no message reaches
// them. service/support/calls has it. A call is unique by its cause, step and
// recipient; the step of a call in place of a message is the message's kind.
type Calls interface {
	// Raise adds the call in tx, or opens the one that is there already anew.
	Raise(tx *gorm.DB, call model.CallTask) error
	// Retime sets, in tx, until when the open calls of a cause's step are of use.
	Retime(tx *gorm.DB, causeKind string, causeID model.ID, step string, due time.Time) error
	// Withdraw closes, in tx, the open calls of the kind of cause for which the
	// condition on cause_id holds; with steps, only those of these steps.
	Withdraw(tx *gorm.DB, causeKind string, causes store.Cond, steps ...string) error
}
