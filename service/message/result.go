package message

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

const (
	firstRetry = 2 * time.Second
	maxRetry   = time.Minute
	// maxTries is how often WeChat may be too busy for one message. How often
	// it can't be reached at all is bounded by the cut-off alone.
	maxTries = 20
	// noteAgain is when a database that is away is asked again.
	noteAgain = 500 * time.Millisecond
)

// note writes down what became of the letters, in one commit. A row that is
// not on its way any more stays as it is: its lease has ended, or its cause
// has set it to be sent anew.
func (s *Sender) note(ctx context.Context, letters []letter) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Lease)
	defer cancel()
	for {
		err := s.noteOnce(ctx, letters)
		if err == nil || model.KindOf(err) != model.KindUnavailable {
			return err
		}
		select { // a database away for less than the lease makes nothing uncertain
		case <-time.After(noteAgain):
		case <-ctx.Done():
			return err
		}
	}
}

func (s *Sender) noteOnce(ctx context.Context, letters []letter) error {
	var noted []string
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		noted = noted[:0]
		for _, l := range letters {
			result, err := s.noteOne(tx, l)
			if err != nil {
				return err
			}
			noted = append(noted, result)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, l := range letters {
		count(l.name, l.row.Kind, noted[i])
	}
	return nil
}

// noteOne writes down one outcome and answers its name for the metrics.
func (s *Sender) noteOne(tx *gorm.DB, l letter) (string, error) {
	o := s.outcomeOf(l)
	o.set["holder"], o.set["lease_until"], o.set["status"] = "", nil, o.status
	res := tx.Model(&model.OutboxMessage{}).Where("id = ? AND status = ? AND holder = ?", l.row.ID, model.OutboxSending, l.row.Holder).Updates(o.set)
	if res.Error != nil {
		return "", res.Error
	}
	if l.credit {
		var err error
		switch {
		case l.answer == NoLeave:
			err = s.credits.empty(tx, l.row.RecipientID, l.TemplateID, l.row.ID)
		case l.answer != Delivered && l.answer != Unclear:
			err = s.credits.giveBack(tx, l.row.RecipientID, l.TemplateID, l.row.ID)
		}
		if err != nil {
			return "", err
		}
	}
	if res.RowsAffected == 0 {
		return "overtaken", nil
	}
	if o.call {
		return o.result, s.callInstead(tx, l.row, l.reason)
	}
	return o.result, nil
}

// outcome is what an answer means for its row.
type outcome struct {
	status model.OutboxStatus
	set    map[string]any
	result string // for the metrics
	call   bool   // someone should telephone
}

func (s *Sender) outcomeOf(l letter) outcome {
	now := s.store.Now()
	set := map[string]any{"last_error": l.reason}
	switch l.answer {
	case Delivered:
		set["sent_at"], set["last_error"] = now, ""
		return outcome{status: model.OutboxSent, set: set, result: string(model.OutboxSent)}
	case Unclear:
		return outcome{status: model.OutboxUncertain, set: set, result: string(model.OutboxUncertain), call: true}
	case NoLeave:
		if l.name == channelMiniProgram { // its credits are none now: the next channel is tried
			set["send_after"] = now
			return outcome{status: model.OutboxPending, set: set, result: reasonNoChannel}
		}
		if !kinds[l.row.Kind].calls {
			return outcome{status: model.OutboxDropped, set: set, result: reasonNoChannel}
		}
		return outcome{status: model.OutboxCalled, set: set, result: string(model.OutboxCalled), call: true}
	case Unfit:
		return outcome{status: model.OutboxFailed, set: set, result: string(model.OutboxFailed), call: true}
	}
	switch {
	case l.reason == reasonLate:
		return outcome{status: model.OutboxDropped, set: set, result: reasonLate}
	case l.answer == Busy && l.row.Attempts+1 >= maxTries:
		set["last_error"] = reasonTried
		return outcome{status: model.OutboxFailed, set: set, result: string(model.OutboxFailed), call: true}
	}
	set["send_after"] = now.Add(pause(firstRetry, maxRetry, l.row.Attempts+1))
	return outcome{status: model.OutboxPending, set: set, result: "retried"}
}
