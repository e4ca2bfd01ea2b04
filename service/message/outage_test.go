package message

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/wechat/emulator"
)

// An hour without WeChat: nothing blocks, nobody is forgotten, nothing comes late.
func TestAnHourWithoutWeChat(t *testing.T) {
	t.Parallel()
	each(t, hourWithout)
}

func hourWithout(t *testing.T, o *bundle) {
	first := o.person(KindBookingHour, 1)
	o.write(o.message(KindBookingHour, first))
	o.turn()
	require.Len(t, o.wechat.Sent(), 1)
	const each = 100
	soon, later, passing := make([]model.ID, each), make([]model.ID, each), make([]model.ID, each)
	var messages []Message
	for i := range each {
		soon[i], later[i], passing[i] = o.person(KindBookingHour, 1), o.person(KindBookingHour, 1), o.person(KindSessionOpen, 1)
		s, l, p := o.message(KindBookingHour, soon[i]), o.message(KindBookingHour, later[i]), o.message(KindSessionOpen, passing[i])
		s.CutoffAt, l.CutoffAt, p.CutoffAt = start.Add(50*time.Minute), start.Add(3*time.Hour), start.Add(40*time.Minute)
		messages = append(messages, l, s, p)
	}
	o.write(messages...)
	o.Insert()                     // nothing: the fixture's transaction must still work
	o.tx(func(tx *gorm.DB) error { // learning messages want consent
		for _, id := range passing {
			if err := tx.Create(&model.Consent{AccountID: id, Purpose: model.PurposeLearning, Version: "test", GivenAt: start}).Error; err != nil {
				return err
			}
		}
		return nil
	})
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
	o.wechat.SetMode(emulator.ModeUp)
	time.Sleep(2 * breakerOpenFor)
	for range 30 {
		o.turn()
		o.clock.Advance(10 * time.Second)
	}
	uncertain := 0
	tally := func(people []model.ID, good model.OutboxStatus, calls bool, sent int) {
		for _, who := range people {
			row := o.row(who)
			if row.Status == model.OutboxUncertain {
				uncertain++
				continue
			}
			require.Equal(t, good, row.Status, row.LastError)
			require.Len(t, o.wechat.SentTo(openID(who)), sent)
			require.Equal(t, calls, o.Count(&model.CallTask{}, "recipient_id = ?", who) == 1)
		}
	}
	tally(soon, model.OutboxCalled, true, 0)
	tally(later, model.OutboxSent, false, 1)
	tally(passing, model.OutboxDropped, false, 0)
	require.LessOrEqual(t, uncertain, 2*16+8, "only what was on its way when WeChat went")
	for _, m := range o.wechat.Sent() {
		require.True(t, m.At.Before(start.Add(3*time.Hour)))
	}
	require.Zero(t, o.Count(&model.OutboxMessage{}, "status IN ?", []model.OutboxStatus{model.OutboxPending, model.OutboxClaimed, model.OutboxSending}))
}
