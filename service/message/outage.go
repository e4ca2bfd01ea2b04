package message

import (
	"context"
	"slices"
	"sync"
	"time"

	"xinyu/model"
	"xinyu/service/platform/backoff"
	"xinyu/service/platform/wechat"
)

const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// outage keeps a sender from running against a WeChat that does not respond: it
// pauses, longer each time.
type outage struct {
	mu     sync.Mutex
	failed int // pauses in a row
	until  time.Time
}

// paused reports whether a pause is on.
func (o *outage) paused(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return now.Before(o.until)
}

// failing reports whether the last group failed.
func (o *outage) failing() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed > 0
}

// note learns from the results of a group: a pause begins when WeChat responded to none.
func (o *outage) note(results []Result, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range results {
		if r == Delivered || r == NotPermitted || r == Rejected {
			o.failed, o.until = 0, time.Time{}
			return
		}
	}
	if !now.Before(o.until) { // several groups that failed together are one failure
		o.failed++
		o.until = now.Add(backoff.Jitter(backoff.Delay(firstPause, maxPause, o.failed)))
	}
}

// callLead is how long before a message's cut-off someone must telephone where
// WeChat does not respond.
const callLead = 30 * time.Minute

// probe asks WeChat, after it did not respond, whether it does again: with a
// delivery to nobody, which it can only refuse. A message to a person, whose
// response may never come, might be lost.
func (d *delivering) probe(ctx context.Context) bool {
	for _, t := range d.opts.Templates.Titled() {
		channel := d.opts.MiniProgram
		if t.Official {
			channel = d.opts.Official
		}
		if channel != nil {
			result, _ := resultOf(channel.Send(ctx, wechat.Message{OpenID: "nobody", TemplateID: t.ID}))
			d.outage.note([]Result{result}, d.store.Now())
			return !d.outage.failing()
		}
	}
	return true
}

// callInTime puts into the call queues, while WeChat does not respond, those
// whose message would soon be too late.
func (d *delivering) callInTime(ctx context.Context) error {
	called := slices.DeleteFunc(Kinds(), func(name string) bool { return !kinds[name].calls })
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
