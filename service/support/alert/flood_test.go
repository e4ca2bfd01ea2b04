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
