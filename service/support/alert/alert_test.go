package alert

import (
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// raise stores an alert about a pupil of the class.
func raise(t *testing.T, st *store.Store, pupil *model.Pupil) {
	t.Helper()
	require.NoError(t, New(st, booked).Raise(t.Context(), model.Alert{Level: model.AlertImmediate, UnitID: pupil.ClassID, PupilID: pupil.ID,
		AccountID: st.NewID(), SourceKind: "booking", SourceID: st.NewID()}))
}

func TestAlertsAreListedForThoseResponsible(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		own, other := f.Tree(), f.Tree()
		svc := New(st, booked)
		pupil := f.Pupil(own.Class)
		for range 3 {
			raise(t, st, pupil)
		}
		for _, tc := range []struct {
			who  model.Actor
			sees int
		}{
			{f.Staff(model.RoleDuty, own.County), 3}, {f.Staff(model.RoleDuty, own.Class), 3}, {f.Staff(model.RoleManager, own.School), 3},
			{f.Staff(model.RoleDuty, own.OtherClass), 0}, {f.Staff(model.RoleDuty, other.County), 0}, {f.Staff(model.RoleTeacher, own.Class), 0}, {f.Guardian(pupil), 0},
		} {
			p, err := svc.Alerts(t.Context(), tc.who, AlertsIn{})
			require.NoError(t, err)
			require.Len(t, p.Items, tc.sees)
			require.NotNil(t, p.Items)
			for _, a := range p.Items {
				require.Equal(t, own.School.Name+own.Class.Name, a.UnitName)
				if tc.who.Has(st.Now(), model.RoleDuty) {
					require.Equal(t, pupil.Name, a.PupilName)
				} else {
					require.Empty(t, a.PupilName)
				}
			}
		}
		duty := f.Staff(model.RoleDuty, own.Town)
		first, err := svc.Alerts(t.Context(), duty, AlertsIn{PageRequest: store.PageRequest{Limit: 2}})
		require.NoError(t, err)
		require.Len(t, first.Items, 2)
		rest, err := svc.Alerts(t.Context(), duty, AlertsIn{PageRequest: store.PageRequest{Limit: 2, Cursor: first.NextCursor}})
		require.NoError(t, err)
		require.Len(t, rest.Items, 1)
		require.Empty(t, rest.NextCursor)
		require.NotContains(t, first.Items, rest.Items[0])
		_, err = svc.Acknowledge(t.Context(), duty, rest.Items[0].ID)
		require.NoError(t, err)
		raised, err := svc.Alerts(t.Context(), duty, AlertsIn{Status: model.AlertRaised})
		require.NoError(t, err)
		require.Len(t, raised.Items, 2)
	})
}

func TestOneDutyOfficerAcknowledgesAnAlert(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree := f.Tree()
		svc := New(st, booked)
		raise(t, st, f.Pupil(tree.Class))
		officers := make([]model.Actor, 20)
		for i := range officers {
			officers[i] = f.Staff(model.RoleDuty, tree.County)
		}
		p, err := svc.Alerts(t.Context(), officers[0], AlertsIn{})
		require.NoError(t, err)
		id := p.Items[0].ID
		var won, late atomic.Int64
		var winner atomic.Value
		var wg sync.WaitGroup
		for _, o := range officers {
			wg.Go(func() {
				a, err := svc.Acknowledge(t.Context(), o, id)
				switch {
				case err == nil:
					won.Add(1)
					winner.Store(a)
				case model.KindOf(err) == model.KindConflict:
					late.Add(1)
				}
			})
		}
		wg.Wait()
		require.Equal(t, []int64{1, 19}, []int64{won.Load(), late.Load()})
		first := winner.Load().(Alert)
		for _, o := range officers {
			again, err := svc.Acknowledge(t.Context(), o, id)
			if o.AccountID == first.AcknowledgedBy {
				require.NoError(t, err)
				require.Equal(t, first, again, "saying so twice changes nothing")
			} else {
				require.ErrorIs(t, err, errAcknowledged)
			}
		}
		for _, stranger := range []model.Actor{f.Staff(model.RoleDuty, f.Tree().County), f.Staff(model.RoleManager, tree.County)} {
			_, err := svc.Acknowledge(t.Context(), stranger, id)
			require.ErrorIs(t, err, model.NotFound("alert"))
		}
	})
}

// An alert comes before its booking, which may never be.
func TestAnAlertNamesItsBookingOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree, now := f.Tree(), st.Now()
		svc, duty := New(st, booked), f.Staff(model.RoleDuty, tree.County)
		raise(t, st, f.Pupil(tree.Class))
		alerts := func() Alert {
			t.Helper()
			p, err := svc.Alerts(t.Context(), duty, AlertsIn{})
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			return p.Items[0]
		}
		refused := alerts()
		require.Zero(t, refused.SourceID)
		require.Equal(t, "booking", refused.SourceKind)
		var row model.Alert
		require.NoError(t, st.Read(t.Context()).Take(&row).Error)
		f.Insert(&model.Booking{ID: row.SourceID, SlotID: st.NewID(), Mode: model.CounselInPerson, Status: model.BookingBooked, StartsAt: now, EndsAt: now, CreatedAt: now, UpdatedAt: now})
		require.Equal(t, row.SourceID, alerts().SourceID)
		taken, err := svc.Acknowledge(t.Context(), duty, row.ID)
		require.NoError(t, err)
		require.Equal(t, row.SourceID, taken.SourceID)
	})
}

// booked stands for the domain of bookings.
func booked(db *gorm.DB, ids []model.ID) (map[model.ID]bool, error) {
	var rows []model.Booking
	err := db.Where("id IN ?", ids).Find(&rows).Error
	found := map[model.ID]bool{}
	for _, r := range rows {
		found[r.ID] = true
	}
	return found, err
}
