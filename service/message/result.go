package message

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/backoff"
)

const (
	firstRetry = 2 * time.Second
	maxRetry   = time.Minute
	// maxTries is how often WeChat may be too busy for one message. How often
	// it can't be reached at all is bounded by the cut-off alone.
	maxTries = 20
	// recordAgain is when a database that is away is asked again.
	recordAgain = 500 * time.Millisecond
)

// record writes down what became of the attempts, in one commit. A row that is
// not on its way any more stays as it is: its lease has ended, or its cause
// has set it to be sent anew.
func (d *delivering) record(ctx context.Context, attempts []attempt) error {
	ctx, cancel := context.WithTimeout(ctx, d.opts.Lease)
	defer cancel()
	for {
		err := d.recordAll(ctx, attempts)
		if err == nil || model.KindOf(err) != model.KindUnavailable {
			return err
		}
		if backoff.Sleep(ctx, recordAgain) != nil { // a database away for less than the lease makes nothing uncertain
			return err
		}
	}
}

func (d *delivering) recordAll(ctx context.Context, attempts []attempt) error {
	var recorded []string
	err := d.store.Tx(ctx, func(tx *gorm.DB) error {
		recorded = recorded[:0]
		for _, a := range attempts {
			name, err := d.recordOne(tx, a)
			if err != nil {
				return err
			}
			recorded = append(recorded, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, a := range attempts {
		count(a.name, a.row.Kind, recorded[i])
	}
	return nil
}

// recordOne writes down one outcome and returns its name for the metrics.
func (d *delivering) recordOne(tx *gorm.DB, a attempt) (string, error) {
	o := d.outcomeOf(a)
	o.set["status"] = o.status
	n, err := d.lease(a.row.Holder).Release(tx.Model(&model.OutboxMessage{}).Where("id = ? AND status = ?", a.row.ID, model.OutboxSending), o.set)
	if err != nil {
		return "", err
	}
	if a.credit {
		switch {
		case a.result == NotPermitted:
			err = d.ledger.empty(tx, a.row.RecipientID, a.TemplateID, a.row.ID)
		case a.result != Delivered && a.result != Unknown:
			err = d.ledger.giveBack(tx, a.row.RecipientID, a.TemplateID, a.row.ID)
		}
		if err != nil {
			return "", err
		}
	}
	if n == 0 {
		return "overtaken", nil
	}
	if o.call {
		return o.name, d.callInstead(tx, a.row, a.reason)
	}
	return o.name, nil
}

// outcome is what a result means for its row.
type outcome struct {
	status model.OutboxStatus
	set    map[string]any
	name   string // for the metrics
	call   bool   // someone should telephone
}

func (d *delivering) outcomeOf(a attempt) outcome {
	now := d.store.Now()
	set := map[string]any{"last_error": a.reason}
	switch a.result {
	case Delivered:
		set["sent_at"], set["last_error"] = now, ""
		return outcome{status: model.OutboxSent, set: set, name: string(model.OutboxSent)}
	case Unknown:
		return outcome{status: model.OutboxUncertain, set: set, name: string(model.OutboxUncertain), call: true}
	case NotPermitted:
		if a.name == channelMiniProgram { // its credits are none now: the next channel is tried
			set["send_after"] = now
			return outcome{status: model.OutboxPending, set: set, name: reasonNoChannel}
		}
		if !kinds[a.row.Kind].calls {
			return outcome{status: model.OutboxDropped, set: set, name: reasonNoChannel}
		}
		return outcome{status: model.OutboxCalled, set: set, name: string(model.OutboxCalled), call: true}
	case Rejected:
		return outcome{status: model.OutboxFailed, set: set, name: string(model.OutboxFailed), call: true}
	}
	switch {
	case a.reason == reasonLate:
		return outcome{status: model.OutboxDropped, set: set, name: reasonLate}
	case a.result == Busy && a.row.Attempts+1 >= maxTries:
		set["last_error"] = reasonTried
		return outcome{status: model.OutboxFailed, set: set, name: string(model.OutboxFailed), call: true}
	}
	set["send_after"] = now.Add(backoff.Jitter(backoff.Delay(firstRetry, maxRetry, a.row.Attempts+1)))
	return outcome{status: model.OutboxPending, set: set, name: "retried"}
}
