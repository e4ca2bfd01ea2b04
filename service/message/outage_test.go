package message

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/wechat/emulator"
)

// audience is those who are written to while WeChat is away for an hour.
type audience struct {
	soon    []model.ID // whose messages lose their use within the hour, and who are telephoned then
	later   []model.ID // whose messages are still of use when WeChat is back
	passing []model.ID // whose messages are dropped when they have lost their use
}

// An hour without WeChat: nothing blocks, nobody is forgotten, nothing comes late.
func TestAnHourWithoutWeChat(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		first := o.person(KindBookingHour, 1)
		o.write(o.message(KindBookingHour, first))
		o.turn()
		require.Len(t, o.wechat.Sent(), 1)
		people := o.queueForOutage(100)
		o.endure(t)
		o.recover()

		uncertain := o.mustHaveEnded(t, people.soon, model.OutboxCalled, 0, 1)
		uncertain += o.mustHaveEnded(t, people.later, model.OutboxSent, 1, 0)
		uncertain += o.mustHaveEnded(t, people.passing, model.OutboxDropped, 0, 0)
		require.LessOrEqual(t, uncertain, 2*16+8, "only what was on its way when WeChat went")
		for _, m := range o.wechat.Sent() {
			require.True(t, m.At.Before(start.Add(3*time.Hour)))
		}
		require.Zero(t, o.Count(&model.OutboxMessage{}, "status IN ?", []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed, model.OutboxSending}))
	})
}

// queueForOutage writes a message to each of n people of every sort.
func (o *bundle) queueForOutage(n int) (people audience) {
	o.t.Helper()
	var messages []Message
	add := func(to *[]model.ID, kind string, cutoff time.Duration) {
		person := o.person(kind, 1)
		m := o.message(kind, person)
		m.CutoffAt = start.Add(cutoff)
		messages = append(messages, m)
		*to = append(*to, person)
	}
	for range n {
		add(&people.later, KindBookingHour, 3*time.Hour)
		add(&people.soon, KindBookingHour, 50*time.Minute)
		add(&people.passing, KindSessionOpen, 40*time.Minute)
	}
	o.write(messages...)
	for _, id := range people.passing { // learning messages want consent
		o.Insert(&model.Consent{AccountID: id, Purpose: model.PurposeLearning, Version: "test", GivenAt: start})
	}
	return people
}

// endure takes WeChat away for an hour of turns.
func (o *bundle) endure(t *testing.T) {
	t.Helper()
	o.wechat.SetMode(emulator.ModeDown)
	before := o.calls.Load()
	for range 360 {
		began := time.Now()
		o.turn()
		require.Less(t, time.Since(began), 5*time.Second, "nothing blocks")
		o.clock.Advance(10 * time.Second)
	}
	require.Less(t, o.calls.Load()-before, int64(500), "a WeChat that is away is left alone")
	require.Len(t, o.wechat.Sent(), 1)
}

// recover has WeChat back for five minutes of turns.
func (o *bundle) recover() {
	o.t.Helper()
	o.wechat.SetMode(emulator.ModeUp)
	time.Sleep(2 * breakerOpenFor)
	for range 30 {
		o.turn()
		o.clock.Advance(10 * time.Second)
	}
}

// mustHaveEnded asserts what became of each person's message, and returns of
// how many it is uncertain.
func (o *bundle) mustHaveEnded(t *testing.T, people []model.ID, want model.OutboxStatus, sent, calls int) (uncertain int) {
	t.Helper()
	for _, person := range people {
		row := o.row(person)
		if row.Status == model.OutboxUncertain {
			uncertain++
			continue
		}
		require.Equal(t, want, row.Status, row.LastError)
		require.Len(t, o.wechat.SentTo(openID(person)), sent)
		require.Equal(t, calls, o.Count(&model.CallTask{}, "recipient_id = ?", person))
	}
	return uncertain
}
