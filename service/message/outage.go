package message

import (
	"context"
	"time"

	"xinyu/model"
)

// callLead is how long before a message's cut-off someone must telephone where
// WeChat does not answer.
const callLead = 30 * time.Minute

// probe asks WeChat, after it did not answer, whether it does again: with a
// delivery to nobody, which it can only refuse. A message to a person, whose
// answer may never come, would leave them without.
func (d *delivering) probe(ctx context.Context) bool {
	miniProgram, official := d.opts.Templates.IDs()
	channel, ids := d.opts.MiniProgram, miniProgram
	if channel == nil || len(ids) == 0 {
		channel, ids = d.opts.Official, official
	}
	if channel == nil || len(ids) == 0 {
		return true
	}
	result, _ := channel.Send(ctx, Delivery{OpenID: "nobody", TemplateID: ids[0], Data: map[string]string{}})
	d.backoff.note([]Result{result}, d.store.Now())
	return !d.backoff.failing()
}

// callInTime puts into the call queues, while WeChat does not answer, those
// whose message would soon be too late.
func (d *delivering) callInTime(ctx context.Context) error {
	var called []string
	for name, k := range kinds {
		if k.calls {
			called = append(called, name)
		}
	}
	now := d.store.Now()
	var ids []model.ID
	err := d.store.Read(ctx).Model(&model.OutboxMessage{}).
		Where("status = ? AND send_after <= ? AND cutoff_at <= ? AND kind IN ?", model.OutboxPending, now, now.Add(callLead), called).
		Order("cutoff_at, id").Limit(d.opts.Batch).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return err
	}
	rows, err := d.take(ctx, ids)
	if err != nil || len(rows) == 0 {
		return err
	}
	plans, err := d.plan(ctx, rows)
	if err != nil {
		return err
	}
	for i := range plans {
		if plans[i].attempt != nil {
			plans[i].attempt, plans[i].call, plans[i].reason = nil, true, reasonOutage
		}
	}
	_, err = d.start(ctx, plans)
	return err
}
