package lecture

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/message"
)

// On a holiday a host's reminder waits until the holiday is over, unless the
// session goes on or begins before that.
func TestAReminderWaitsUntilAHolidayIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l, today := b.lecture(model.SidePupil), model.DateOf(b.clock.Now())
		for i := range 2 {
			b.Insert(&model.CalendarDay{UnitID: b.tree.County.ID, OnDate: today.AddDays(i), Year: 2026, Kind: model.CalendarHoliday, Name: "测试节"})
		}
		morning := today.AddDays(2).Start().Add(8 * time.Hour)
		for name, c := range map[string]struct {
			begins time.Time
			waits  bool
		}{
			"well after the holiday":          {morning.Add(6 * time.Hour), true},
			"on the first morning after it":   {morning.Add(time.Hour), false},
			"on the holiday itself":           {b.clock.Now().Add(24 * time.Hour), false},
			"at this moment, for a long time": {b.clock.Now().Add(-time.Minute), false},
		} {
			plan := b.plan(b.tree.School)
			plan.StartsAt, plan.EndsAt = c.begins, c.begins.Add(2*time.Hour)
			s, err := b.svc.Schedule(t.Context(), b.teacher, l.ID, plan)
			require.NoError(t, err, name)
			reminded, err := b.svc.Remind(t.Context(), b.teacher, s.ID)
			require.NoError(t, err, name)
			want, sends := Reminded{Reminded: 1}, b.clock.Now()
			if c.waits {
				want.SendsAt, sends = &morning, morning
			}
			require.Equal(t, want, reminded, name)
			require.True(t, sends.Equal(b.messages(message.KindSessionReminder)[b.guardian.AccountID].SendAfter), name)
			b.Set(&model.OutboxMessage{}, "kind", message.KindNudge, "kind = ?", message.KindSessionReminder) // out of the way of the next
		}
	})
}
