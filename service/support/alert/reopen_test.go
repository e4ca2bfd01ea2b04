package alert

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// morning is when the tests of reopening begin.
var morning = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)

func TestAnAcknowledgedAlertIsReopenedFromAboveOrByItsOwner(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, morning, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		f := storetest.NewFixture(t, st)
		tree := f.Tree()
		svc := newService(t, st)
		raise(t, st, f.Pupil(tree.Class))
		taker, colleague, county := f.Staff(model.RoleDuty, tree.Class), f.Staff(model.RoleDuty, tree.Class), f.Staff(model.RoleDuty, tree.County)
		manager := f.Staff(model.RoleManager, tree.County)
		waiting := func(t *testing.T, actor model.Actor) []Alert {
			t.Helper()
			p, err := svc.Alerts(t.Context(), actor, AlertsIn{Status: model.AlertRaised})
			require.NoError(t, err)
			return p.Items
		}
		first := waiting(t, colleague)[0]
		again, err := svc.Reopen(t.Context(), county, first.ID, "又有新情况")
		require.NoError(t, err)
		require.Equal(t, first, again, "it waits anyway")

		clock.Advance(11 * time.Minute)
		taken, err := svc.Acknowledge(t.Context(), taker, first.ID, taking)
		require.NoError(t, err)
		require.True(t, taken.Late)
		for name, c := range map[string]struct {
			who  model.Actor
			want string
		}{
			"a colleague of the same unit":                  {colleague, errReopenFromAbove.Code},
			"a duty officer of another class":               {f.Staff(model.RoleDuty, tree.OtherClass), "alert_not_found"},
			"a duty officer of another county":              {f.Staff(model.RoleDuty, f.Tree().County), "alert_not_found"},
			"a manager of the county":                       {manager, "alert_not_found"},
			"who acknowledged it, but has lost the post":    {model.Actor{AccountID: taker.AccountID}, "alert_not_found"},
			"who acknowledged it, and is on duty elsewhere": {model.Actor{AccountID: taker.AccountID, Roles: f.Staff(model.RoleDuty, tree.OtherClass).Roles}, "alert_not_found"},
		} {
			_, err := svc.Reopen(t.Context(), c.who, first.ID, "又有新情况")
			require.Equal(t, c.want, storetest.Refused(t, err, c.want).Code, name)
		}
		require.Empty(t, waiting(t, county), "the refused changed nothing")

		clock.Advance(5 * time.Minute)
		reopened, err := svc.Reopen(t.Context(), county, first.ID, "又有新情况")
		require.NoError(t, err)
		require.Equal(t, model.AlertRaised, reopened.Status)
		require.Nil(t, reopened.AcknowledgedAt)
		require.Zero(t, reopened.AcknowledgedBy)
		require.Equal(t, st.Now().Add(model.AlertImmediate.Deadline()), reopened.DueAt)
		require.Equal(t, first.RaisedAt, reopened.RaisedAt)
		require.True(t, reopened.Late, "reopening does not hide that it was late")
		require.Equal(t, []Reopening{{AcknowledgedAt: *taken.AcknowledgedAt, AcknowledgedBy: taker.AccountID, Late: true, ReopenedAt: st.Now(), ReopenedBy: county.AccountID}}, reopened.Reopened)
		require.Equal(t, []Alert{reopened}, waiting(t, county))

		clock.Advance(time.Minute)
		repeat, err := svc.Reopen(t.Context(), county, first.ID, "又有新情况")
		require.NoError(t, err)
		require.Equal(t, reopened, repeat, "saying it twice changes nothing")
		require.Empty(t, waiting(t, manager), "not on the day itself")
		f.Set(&model.Alert{}, "raised_at", st.Now().AddDate(0, 0, -1), "id = ?", first.ID)
		day := model.DateOf(st.Now()).Start().UTC()
		require.Equal(t, []time.Time{day, day}, []time.Time{waiting(t, manager)[0].Reopened[0].AcknowledgedAt, waiting(t, manager)[0].Reopened[0].ReopenedAt}, "managers learn the day")

		_, err = svc.Acknowledge(t.Context(), colleague, first.ID, taking)
		require.NoError(t, err, "another takes it on")
		own, err := svc.Reopen(t.Context(), colleague, first.ID, "又有新情况")
		require.NoError(t, err, "who acknowledged it may reopen it")
		require.Len(t, own.Reopened, 2)
		require.False(t, own.Reopened[1].Late)
	})
}

func TestRacingReopeningsAreOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree := f.Tree()
		svc := newService(t, st)
		raise(t, st, f.Pupil(tree.Class))
		taker := f.Staff(model.RoleDuty, tree.Class)
		p, err := svc.Alerts(t.Context(), taker, AlertsIn{})
		require.NoError(t, err)
		id := p.Items[0].ID
		_, err = svc.Acknowledge(t.Context(), taker, id, taking)
		require.NoError(t, err)
		officers := make([]model.Actor, 20)
		for i := range officers {
			officers[i] = f.Staff(model.RoleDuty, tree.County)
		}
		errs := storetest.Contend(len(officers), func(i int) error {
			_, err := svc.Reopen(t.Context(), officers[i], id, "又有新情况")
			return err
		})
		require.Equal(t, map[string]int{"": len(officers)}, storetest.Codes(t, errs))
		require.Equal(t, 1, f.Count(&model.AlertReopening{}, "alert_id = ?", id))
		require.Equal(t, 1, f.Count(&model.Alert{}, "status = ? AND acknowledged_by = 0 AND acknowledged_at IS NULL", model.AlertRaised))
	})
}
