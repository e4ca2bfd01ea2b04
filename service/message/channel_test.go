package message

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/wechat"
)

func TestWeChatsErrorDecidesTheOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		result Result
		reason string
	}{
		{nil, Delivered, ""},
		{&wechat.SendError{Fault: wechat.FaultRefused, Code: 43101}, NotPermitted, "43101"},
		{&wechat.SendError{Fault: wechat.FaultNotFollowing, Code: 43004}, NotPermitted, "43004"},
		{&wechat.SendError{Fault: wechat.FaultField, Code: 47003}, Rejected, "47003"},
		{&wechat.SendError{Fault: wechat.FaultPage, Code: 41030}, Rejected, "41030"},
		{&wechat.SendError{Fault: wechat.FaultRecipient, Code: 40003}, Rejected, "40003"},
		{&wechat.SendError{Fault: wechat.FaultTemplate, Code: 40037}, Rejected, "40037"},
		{&wechat.SendError{Fault: wechat.FaultBanned, Code: 43107}, Rejected, "43107"},
		{&wechat.SendError{Fault: wechat.FaultQuota, Code: 45009}, Busy, "45009"},
		{&wechat.SendError{Fault: wechat.FaultBusy, Code: -1}, Busy, "-1"},
		{model.Unavailable("wechat_unavailable", time.Second, context.DeadlineExceeded), Unknown, "no_answer"},
		{errors.New("anything else"), Unknown, "no_answer"},
	} {
		result, reason := resultOf(c.err)
		require.Equal(t, c.result, result, "%v", c.err)
		require.Equal(t, c.reason, reason)
	}
}

// Every result leaves the ledger and the call queue as it must.
func TestEachResultHasItsConsequence(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		for _, c := range []struct {
			result  Result
			kind    string
			name    string // of the channel
			status  model.OutboxStatus
			credits int
			calls   int
		}{
			{Delivered, KindBookingHour, channelMiniProgram, model.OutboxSent, 0, 0},
			{NotPermitted, KindBookingHour, channelMiniProgram, model.OutboxPending, 0, 0},
			{NotPermitted, KindBookingHour, channelOfficial, model.OutboxCalled, 1, 1},
			{NotPermitted, KindSessionOpen, channelOfficial, model.OutboxDropped, 1, 0},
			{Rejected, KindBookingHour, channelMiniProgram, model.OutboxFailed, 1, 1},
			{Busy, KindBookingHour, channelMiniProgram, model.OutboxPending, 1, 0},
			{NotSent, KindBookingHour, channelMiniProgram, model.OutboxPending, 1, 0},
			{Unknown, KindBookingHour, channelMiniProgram, model.OutboxUncertain, 0, 1},
		} {
			who := o.person(c.kind, 1)
			o.write(o.message(c.kind, who))
			rows, err := o.sender.claim(t.Context(), 10)
			require.NoError(t, err)
			require.Len(t, rows, 1)
			credits := map[creditKey]int{{who, DemoTemplates().miniProgram(c.kind).ID}: 1}
			l, err := o.sender.attempt(rows[0], openID(who), "", credits)
			require.NoError(t, err)
			l.name, l.credit = c.name, c.name == channelMiniProgram
			attempts, err := o.sender.start(t.Context(), []plan{{row: rows[0], attempt: l}})
			require.NoError(t, err)
			attempts[0].result, attempts[0].reason = c.result, "code"
			require.NoError(t, o.sender.record(t.Context(), attempts))
			o.mustBe(who, c.status, map[bool]string{true: "", false: "code"}[c.result == Delivered], 0, c.calls)
			require.Equal(t, 1, o.Count(&model.MessageCredit{}, "account_id = ? AND credits = ?", who, c.credits))
			o.tx(func(tx *gorm.DB) error { return o.outbox.Drop(tx, "booking", o.serial) })
		}
	})
}

// The cut-off counts until the last moment.
func TestNothingIsSentAfterItsCutOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		who := o.person(KindBookingHour, 1)
		o.write(o.message(KindBookingHour, who))
		rows, err := o.sender.claim(t.Context(), 10)
		require.NoError(t, err)
		attempts, err := o.sender.prepare(t.Context(), rows)
		require.NoError(t, err)
		o.clock.Advance(time.Hour)
		attempts[0].result, attempts[0].reason = o.sender.send(t.Context(), attempts[0])
		require.NoError(t, o.sender.record(t.Context(), attempts))
		o.mustBe(who, model.OutboxDropped, reasonLate, 0, 0)
		require.Equal(t, 1, o.Count(&model.MessageCredit{}, "account_id = ? AND credits = 1", who))

		next := o.person(KindBookingHour, 1)
		o.write(o.message(KindBookingHour, next))
		rows, err = o.sender.claim(t.Context(), 10)
		require.NoError(t, err)
		plans, err := o.sender.plan(t.Context(), rows)
		require.NoError(t, err)
		o.clock.Advance(time.Hour)
		attempts, err = o.sender.start(t.Context(), plans)
		require.NoError(t, err)
		require.Empty(t, attempts)
		o.clock.Advance(time.Minute)
		o.turn()
		o.mustBe(next, model.OutboxDropped, reasonLate, 0, 0)
	})
}
