package message

import (
	"cmp"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/wechat"
)

// Options shape a Sender; zero values mean the defaults.
type Options struct {
	Templates Templates
	// MiniProgram and Official carry the deliveries; nil is a channel that is not set up.
	MiniProgram Channel
	Official    Channel
	Followers   *Followers // nil: nobody follows
	// Batch is how many rows are claimed at once; default 256.
	Batch int
	// Group is how many deliveries share the commits around their sending; default 16.
	Group int
	// Groups is how many groups are on their way at once; default 2.
	Groups int
	// Lease is how long a claim, and a delivery on its way, may take: well over
	// the deadline of a call to WeChat. Default 1 minute.
	Lease time.Duration
	// Poll is the time between two looks at an empty outbox; default 2 s.
	Poll time.Duration
}

func (o Options) withDefaults() Options {
	o.Batch = cmp.Or(o.Batch, 256)
	o.Group = cmp.Or(o.Group, 16)
	o.Groups = cmp.Or(o.Groups, 2)
	o.Lease = cmp.Or(o.Lease, time.Minute)
	o.Poll = cmp.Or(o.Poll, 2*time.Second)
	return o
}

// delivering is what the steps of a delivery work with. Each step is a file:
// claim, plan, start, result; expire for what was left undone.
type delivering struct {
	store  *store.Store
	ledger *Ledger
	calls  Calls
	checks *Checks
	opts   Options
	outage outage
}

// attempt is a row on its way to its recipient by a channel.
type attempt struct {
	wechat.Message
	row     model.OutboxMessage
	channel Channel
	name    string // of the channel
	// credit says that it takes one of the recipient's credits of the template.
	credit bool
	result Result
	reason string
}

// callInstead puts the recipient into the call queue of those responsible. There
// is one call for a row; it opens again when its row is set to be sent anew.
func (d *delivering) callInstead(tx *gorm.DB, row model.OutboxMessage, reason string) error {
	k := kinds[row.Kind]
	if !k.calls || !d.store.Now().Before(row.CutoffAt) {
		return nil
	}
	return d.calls.Raise(tx, model.CallTask{Queue: k.queue, UnitID: row.UnitID, OwnerID: row.OwnerID, PupilID: row.PupilID, RecipientID: row.RecipientID,
		Kind: row.Kind, CauseKind: row.CauseKind, CauseID: row.CauseID, Reason: reason, DueAt: row.CutoffAt})
}
