package alert

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func newService(t *testing.T, st *store.Store) *Service {
	t.Helper()
	queue := calls.NewQueue(st)
	return New(Config{Store: st, Vault: storetest.Vault(t), Talks: talks, Accounts: identity.Directory{}, Log: audit.New(st, storetest.Vault(t), identity.Directory{}, nil),
		Outbox: message.New(st, queue), Calls: queue})
}

// raise stores an alert about a pupil of the class.
func raise(t *testing.T, st *store.Store, pupil *model.Pupil) {
	t.Helper()
	require.NoError(t, newService(t, st).Raise(t.Context(), model.Alert{Level: model.AlertImmediate, UnitID: pupil.ClassID, PupilID: pupil.ID,
		AccountID: st.NewID(), SourceKind: "booking", SourceID: st.NewID()}))
}

func TestAlertsAreListedForThoseResponsible(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		own, other := f.Tree(), f.Tree()
		svc := newService(t, st)
		pupil := f.Pupil(own.Class)
		for range 3 {
			raise(t, st, pupil)
		}
		list := func(t *testing.T, actor model.Actor, in AlertsIn) store.Page[Alert] {
			t.Helper()
			p, err := svc.Alerts(t.Context(), actor, in)
			require.NoError(t, err)
			require.NotNil(t, p.Items)
			return p
		}

		manager := f.Staff(model.RoleManager, own.County)
		require.Empty(t, list(t, manager, AlertsIn{}).Items, "a manager who looks at once would find the booking")
		f.Set(&model.Alert{}, "raised_at", st.Now().AddDate(0, 0, -1), "pupil_id = ?", pupil.ID)
		t.Run("a manager learns nothing by which to find the booking", func(t *testing.T) {
			p := list(t, manager, AlertsIn{PageRequest: store.PageRequest{Limit: 1}})
			require.Empty(t, p.NextCursor, "it would tell id and time")
			day := model.DateOf(st.Now().AddDate(0, 0, -1)).Start().UTC()
			a := p.Items[0]
			require.Equal(t, []any{model.ID(0), model.ID(0), model.ID(0), model.ID(0), day, false}, []any{a.ID, a.PupilID, a.AccountID, a.SourceID, a.RaisedAt, a.Late})
		})
		for _, tc := range []struct {
			name  string
			who   model.Actor
			sees  int
			pupil string
		}{
			{"a duty officer of the county, with the pupil's name", f.Staff(model.RoleDuty, own.County), 3, pupil.Name},
			{"a duty officer of the class, with the pupil's name", f.Staff(model.RoleDuty, own.Class), 3, pupil.Name},
			{"a manager of the school, without the name", f.Staff(model.RoleManager, own.School), 3, ""},
			{"no duty officer of another class", f.Staff(model.RoleDuty, own.OtherClass), 0, ""},
			{"no duty officer of another county", f.Staff(model.RoleDuty, other.County), 0, ""},
			{"no teacher", f.Staff(model.RoleTeacher, own.Class), 0, ""},
			{"no guardian", f.Guardian(pupil), 0, ""},
		} {
			t.Run(tc.name, func(t *testing.T) {
				p := list(t, tc.who, AlertsIn{})
				require.Len(t, p.Items, tc.sees)
				for _, a := range p.Items {
					require.Equal(t, own.School.Name+own.Class.Name, a.UnitName)
					require.Equal(t, tc.pupil, a.PupilName)
				}
			})
		}
		t.Run("each reader of a name is kept, and no guardian is shown them", func(t *testing.T) {
			require.Equal(t, 6, f.Count(&model.AuditEntry{}, "action = 'read' AND subject = 'alert' AND pupil_id = ? AND actor_role = 'duty' AND withheld", pupil.ID))
			require.Equal(t, 6, f.Count(&model.AuditEntry{}))
		})
		t.Run("page by page, and by status", func(t *testing.T) {
			duty := f.Staff(model.RoleDuty, own.Town)
			first := list(t, duty, AlertsIn{PageRequest: store.PageRequest{Limit: 2}})
			require.Len(t, first.Items, 2)
			rest := list(t, duty, AlertsIn{PageRequest: store.PageRequest{Limit: 2, Cursor: first.NextCursor}})
			require.Len(t, rest.Items, 1)
			require.Empty(t, rest.NextCursor)
			require.NotContains(t, first.Items, rest.Items[0])
			_, err := svc.Acknowledge(t.Context(), duty, rest.Items[0].ID, taking)
			require.NoError(t, err)
			require.Equal(t, 1, f.Count(&model.AuditEntry{}, "action = 'write' AND subject_id = ? AND actor_id = ?", rest.Items[0].ID, duty.AccountID))
			require.Len(t, list(t, duty, AlertsIn{Status: model.AlertRaised}).Items, 2)
		})
	})
}

func TestOneDutyOfficerAcknowledgesAnAlert(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree := f.Tree()
		svc := newService(t, st)
		raise(t, st, f.Pupil(tree.Class))
		officers := make([]model.Actor, 20)
		for i := range officers {
			officers[i] = f.Staff(model.RoleDuty, tree.County)
		}
		p, err := svc.Alerts(t.Context(), officers[0], AlertsIn{})
		require.NoError(t, err)
		id := p.Items[0].ID
		acknowledged := make([]Alert, len(officers))
		errs := storetest.Contend(len(officers), func(i int) (err error) {
			acknowledged[i], err = svc.Acknowledge(t.Context(), officers[i], id, taking)
			return err
		})
		require.Equal(t, map[string]int{"": 1, errAcknowledged.Code: 19}, storetest.Codes(t, errs))
		winner := slices.Index(errs, nil)

		t.Run("a repeat changes nothing, and the others stay refused", func(t *testing.T) {
			for i, officer := range officers {
				again, err := svc.Acknowledge(t.Context(), officer, id, taking)
				if i == winner {
					require.NoError(t, err)
					require.Equal(t, acknowledged[i], again)
					require.Equal(t, officer.AccountID, again.AcknowledgedBy)
				} else {
					require.ErrorIs(t, err, errAcknowledged)
				}
			}
		})
		t.Run("for those not responsible it is not there", func(t *testing.T) {
			for _, stranger := range []model.Actor{f.Staff(model.RoleDuty, f.Tree().County), f.Staff(model.RoleManager, tree.County)} {
				_, err := svc.Acknowledge(t.Context(), stranger, id, taking)
				require.ErrorIs(t, err, model.NotFound("alert"))
			}
		})
	})
}

// An alert comes before its booking, which may never be.
func TestAnAlertNamesItsBookingOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree, now := f.Tree(), st.Now()
		svc, duty := newService(t, st), f.Staff(model.RoleDuty, tree.County)
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
		taken, err := svc.Acknowledge(t.Context(), duty, row.ID, taking)
		require.NoError(t, err)
		require.Equal(t, row.SourceID, taken.SourceID)
	})
}

// booked stands for the domain of bookings.
// talks is a small version of counsel.Talks.
func talks(db *gorm.DB, ids []model.ID) (map[model.ID]model.Talk, error) {
	var rows []model.Booking
	err := db.Where("id IN ?", ids).Find(&rows).Error
	return store.Keyed(rows, func(b model.Booking) (model.ID, model.Talk) {
		return b.ID, model.Talk{StartsAt: b.StartsAt, Room: "心理辅导室", CounsellorID: b.CounsellorID}
	}), err
}

// taking is what an officer says who takes an alert on.
var taking = AcknowledgeIn{Doing: "正在给学生打电话", WithPerson: model.CompanyUnknown}

// immediatePatience is how long who was told of an immediate alert may be silent.
const immediatePatience = 3 * time.Minute

// A duty officer does not hear what their own child says alone.
func TestAGuardianOnDutyDoesNotSeeTheChildsAlert(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree := f.Tree()
		svc := newService(t, st)
		pupil := f.Pupil(tree.Class)
		raise(t, st, pupil)
		parent := f.Staff(model.RoleDuty, tree.School)
		f.Bind(parent, pupil)
		seen := func(actor model.Actor) []Alert {
			t.Helper()
			p, err := svc.Alerts(t.Context(), actor, AlertsIn{})
			require.NoError(t, err)
			return p.Items
		}
		require.Len(t, seen(parent), 1, "nobody else would")

		other := f.Staff(model.RoleDuty, tree.County)
		require.Empty(t, seen(parent))
		id := seen(other)[0].ID
		_, err := svc.Acknowledge(t.Context(), parent, id, taking)
		require.ErrorIs(t, err, model.NotFound("alert"))

		f.Set(&model.Account{}, "disabled_at", st.Now(), "id = ?", other.AccountID)
		require.Len(t, seen(parent), 1)
		f.Set(&model.Guardianship{}, "withheld_at", st.Now(), "account_id = ?", parent.AccountID)
		require.Empty(t, seen(parent), "never from whom the child is withheld")
	})
}
