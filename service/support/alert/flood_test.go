package alert

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

var flooded = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func TestAFloodFromUnknownAccountsHidesNoAlert(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, flooded, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		f := storetest.NewFixture(t, st)
		tree, svc := f.Tree(), newService(t, st)
		duty := f.Staff(model.RoleDuty, tree.County)
		for range 5 {
			stranger := f.Account().AccountID
			require.NoError(t, svc.Raise(t.Context(), model.Alert{Level: model.AlertImmediate, UnitID: tree.County.ID, AccountID: stranger, Loose: true,
				SourceKind: "booking", SourceID: st.NewID()}))
		}
		clock.Advance(time.Minute)
		first, second := f.Pupil(tree.Class), f.Pupil(tree.Class)
		raise(t, st, first)
		clock.Advance(time.Minute)
		raise(t, st, second)
		var pupils []model.ID
		in := AlertsIn{Status: model.AlertRaised, PageRequest: store.PageRequest{Limit: 1}}
		for {
			p, err := svc.Alerts(t.Context(), duty, in)
			require.NoError(t, err)
			require.Equal(t, p.Items[0].PupilID != 0, p.Items[0].Known)
			pupils = append(pupils, p.Items[0].PupilID)
			if in.Cursor = p.NextCursor; in.Cursor == "" {
				break
			}
		}
		require.Equal(t, []model.ID{first.ID, second.ID, 0, 0, 0, 0, 0}, pupils, "page by page")
	})
}

func TestWhatIsSaidAgainJoinsTheAlert(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, flooded, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		f := storetest.NewFixture(t, st)
		tree, svc := f.Tree(), newService(t, st)
		duty := f.Staff(model.RoleDuty, tree.County)
		for name, loose := range map[string]bool{"a known account": false, "a loose account": true} {
			t.Run(name, func(t *testing.T) {
				account := f.Account().AccountID
				say := func() error {
					return svc.Raise(t.Context(), model.Alert{Level: model.AlertImmediate, UnitID: tree.County.ID, AccountID: account, Loose: loose,
						SourceKind: "booking", SourceID: st.NewID()})
				}
				list := func(n int) []model.Alert {
					t.Helper()
					var rows []model.Alert
					require.NoError(t, st.Read(t.Context()).Where("account_id = ?", account).Order("id DESC").Find(&rows).Error)
					require.Len(t, rows, n)
					return rows
				}
				require.Equal(t, map[string]int{"": 20}, storetest.Codes(t, storetest.Contend(20, func(int) error { return say() })))
				row := list(1)[0]
				require.Equal(t, 20, row.Times)

				acknowledged, err := svc.Acknowledge(t.Context(), duty, row.ID, taking)
				require.NoError(t, err)
				clock.Advance(repeatedWithin - time.Millisecond)
				require.NoError(t, say())
				require.Equal(t, row.ID, list(1)[0].ID)
				p, err := svc.Alerts(t.Context(), duty, AlertsIn{Status: model.AlertAcknowledged, PageRequest: store.PageRequest{Limit: 1}})
				require.NoError(t, err)
				require.Equal(t, 21, p.Items[0].Times)
				require.Equal(t, st.Now(), *p.Items[0].RepeatedAt)
				require.Equal(t, acknowledged.AcknowledgedAt, p.Items[0].AcknowledgedAt)

				clock.Advance(time.Millisecond)
				require.NoError(t, say())
				anew := list(1)[0]
				require.Equal(t, []any{model.AlertRaised, 2, 22}, []any{anew.Status, anew.Episode, anew.Times}, "an hour later it waits again")
				clock.Advance(model.AlertImmediate.Deadline())
				require.NoError(t, say())
				require.Equal(t, 23, list(1)[0].Times, "however late it is")
				require.Equal(t, 22, f.Count(&model.AlertEntry{}, "alert_id = ? AND kind = 'said'", anew.ID), "each one is kept with its time")
			})
		}
	})
}

// TestTheTrueCallStandsFirst raises 5,000 false alerts from 200 accounts in ten
// minutes, and a true one among them.
func TestTheTrueCallStandsFirst(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, flooded, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		duty := w.officer("officer", w.tree.School)
		w.officer("county", w.tree.County)
		strangers := make([]model.ID, 200)
		for i := range strangers {
			strangers[i] = w.Account().AccountID
		}
		raised := flooded
		for second := range 600 {
			if second%12 == 0 { // a hundred at once
				require.Equal(t, map[string]int{"": 100}, storetest.Codes(t, storetest.Contend(100, func(i int) error {
					return w.svc.Raise(t.Context(), model.Alert{Level: model.AlertImmediate, AccountID: strangers[(second/12*100+i)%len(strangers)], Loose: true,
						SourceKind: "booking", SourceID: st.NewID()})
				})))
			}
			if second == 299 {
				raise(t, st, w.pupil)
				raised = st.Now()
			}
			if second%5 == 0 {
				require.NoError(t, w.svc.Escalate(t.Context()))
			}
			clock.Advance(time.Second)
		}
		require.Equal(t, 201, w.Count(&model.Alert{}))
		require.Equal(t, 4800, w.Count(&model.AlertEntry{}, "kind = 'said'"), "each one is kept with its time")
		p, err := w.svc.Alerts(t.Context(), duty, AlertsIn{Open: true, PageRequest: store.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, w.pupil.ID, p.Items[0].PupilID)
		var told model.AlertStep
		require.NoError(t, st.Read(t.Context()).Order("id").Take(&told, "alert_id = ? AND kind = 'tell'", p.Items[0].ID).Error)
		require.Equal(t, model.StepTold, told.Outcome)
		require.WithinDuration(t, raised, *told.DoneAt, 5*time.Second)
		got, err := w.svc.Acknowledge(t.Context(), duty, p.Items[0].ID, taking)
		require.NoError(t, err)
		require.False(t, got.Late)
		var tellings []model.AlertTelling
		require.NoError(t, st.Read(t.Context()).Joins("JOIN alert_steps AS p ON p.id = alert_tellings.step_id").
			Where("p.alert_id <> ? AND account_id = ?", p.Items[0].ID, duty.AccountID).Find(&tellings).Error)
		require.LessOrEqual(t, len(tellings), 2, "the flood wakes the officer once in ten minutes, not 5,000 times")
	})
}
