package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/counsel"
	"xinyu/service/identity"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestEntriesAreListedForThoseResponsible(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		tree, other := f.Tree(), f.Tree()
		l := audit.New(st, storetest.Vault(t), identity.Directory{}, counsel.MadeBy)
		pupil := f.Pupil(tree.Class)
		mother, own := f.Guardian(pupil), f.PupilAccount(pupil)
		counsellor := f.Staff(model.RoleCounsellor, tree.School)
		f.Set(&model.Account{}, "name", "周老师", "id = ?", counsellor.AccountID)
		say := func(actor model.Actor, role model.Role, subject model.AuditSubject, withheld bool) {
			t.Helper()
			require.NoError(t, l.Record(t.Context(), actor, audit.Entry{Action: model.AuditRead, Subject: subject, SubjectID: st.NewID(), PupilID: pupil.ID, UnitID: tree.Class.ID,
				Role: role, Purpose: model.AuditCounselling, Withheld: withheld}))
		}
		say(counsellor, model.RoleCounsellor, model.AuditBooking, false)
		say(counsellor, model.RoleCounsellor, model.AuditRecord, true)
		officer := f.Staff(model.RoleDuty, tree.County)
		say(officer, model.RoleDuty, model.AuditAlert, true)
		say(officer, model.RoleDuty, model.AuditContact, true)
		say(mother, model.RoleGuardian, model.AuditBooking, false)

		subjects := func(t *testing.T, actor model.Actor, in audit.EntriesIn) []model.AuditSubject {
			t.Helper()
			p, err := l.Entries(t.Context(), actor, in)
			require.NoError(t, err)
			return store.Each(p.Items, func(e audit.EntryView) model.AuditSubject { return e.Subject })
		}
		school, county := f.Staff(model.RoleManager, tree.School), f.Staff(model.RoleManager, tree.County)
		t.Run("a manager sees what staff did, without whom it is about, and no alert", func(t *testing.T) {
			p, err := l.Entries(t.Context(), school, audit.EntriesIn{})
			require.NoError(t, err)
			require.Equal(t, []model.AuditSubject{model.AuditRecord, model.AuditBooking}, subjects(t, school, audit.EntriesIn{}))
			e := p.Items[1]
			e.ID, e.At = 0, time.Time{}
			require.Equal(t, audit.EntryView{AccountID: counsellor.AccountID, Name: "周老师", Role: model.RoleCounsellor, Action: model.AuditRead, Subject: model.AuditBooking,
				UnitID: tree.Class.ID, UnitName: tree.School.Name + tree.Class.Name, Purpose: model.AuditCounselling}, e)
		})
		t.Run("the county's sees the alerts too", func(t *testing.T) {
			require.Equal(t, []model.AuditSubject{model.AuditRecord, model.AuditBooking}, subjects(t, county, audit.EntriesIn{}), "not between others, whose times would tell theirs")
			alerts := audit.EntriesIn{Subject: model.AuditAlert}
			require.Empty(t, subjects(t, school, alerts))
			require.Empty(t, subjects(t, county, alerts), "before the next day")
			yesterday := st.Now().AddDate(0, 0, -1)
			f.Set(&model.AuditEntry{}, "at", yesterday, "actor_role = ?", model.RoleDuty)
			p, err := l.Entries(t.Context(), county, alerts)
			require.NoError(t, err)
			require.Equal(t, []model.AuditSubject{model.AuditContact, model.AuditAlert}, store.Each(p.Items, func(e audit.EntryView) model.AuditSubject { return e.Subject }))
			for _, e := range p.Items {
				require.Equal(t, []any{model.ID(0), model.DateOf(yesterday).Start()}, []any{e.ID, e.At}, "only the day is told")
			}
			alerts.From = yesterday.Add(time.Millisecond) // later than all, on the same day
			require.Len(t, subjects(t, county, alerts), 2, "nor does a narrower time tell more")
			alerts.Limit = 1
			p, err = l.Entries(t.Context(), county, alerts)
			require.NoError(t, err)
			require.Empty(t, p.NextCursor)
			var newest model.AuditEntry
			require.NoError(t, st.Read(t.Context()).Where("subject = ?", model.AuditAlert).Take(&newest).Error)
			_, err = l.Prove(t.Context(), county, newest.ID)
			require.Equal(t, model.KindNotFound, model.KindOf(err), "nor a guessed id")
		})
		t.Run("filtered", func(t *testing.T) {
			for name, in := range map[string]audit.EntriesIn{
				"by account": {AccountID: store.IDParam{ID: counsellor.AccountID}, PageRequest: store.PageRequest{Limit: 2}},
				"by unit":    {UnitID: store.IDParam{ID: tree.School.ID}, AccountID: store.IDParam{ID: counsellor.AccountID}},
				"by time":    {From: st.Now().Add(-time.Hour), To: st.Now().Add(time.Hour), AccountID: store.IDParam{ID: counsellor.AccountID}},
			} {
				require.Len(t, subjects(t, county, in), 2, name)
			}
			for name, in := range map[string]audit.EntriesIn{
				"another account":      {AccountID: store.IDParam{ID: 1}},
				"another unit":         {UnitID: store.IDParam{ID: other.School.ID}},
				"a unit beside it":     {UnitID: store.IDParam{ID: tree.OtherClass.ID}},
				"an earlier time":      {To: st.Now().Add(-time.Hour)},
				"a later time":         {From: st.Now().Add(time.Hour)},
				"a subject that isn't": {Subject: model.AuditRoster},
			} {
				require.Empty(t, subjects(t, county, in), name)
			}
		})
		t.Run("others see none", func(t *testing.T) {
			for _, stranger := range []model.Actor{f.Staff(model.RoleManager, other.County), f.Staff(model.RoleManager, tree.OtherClass), counsellor, mother} {
				require.Empty(t, subjects(t, stranger, audit.EntriesIn{}))
			}
		})

		reads := func(t *testing.T, actor model.Actor) []audit.ReadView {
			t.Helper()
			p, err := l.Reads(t.Context(), actor, pupil.ID, store.PageRequest{})
			require.NoError(t, err)
			return p.Items
		}
		t.Run("a guardian sees who else read the child's data, but not what the child sought alone", func(t *testing.T) {
			seen := reads(t, mother)
			require.Len(t, seen, 1)
			require.Equal(t, []any{"周老师", model.RoleCounsellor, model.AuditBooking, tree.School.Name + tree.Class.Name},
				[]any{seen[0].Name, seen[0].Role, seen[0].Subject, seen[0].UnitName})
		})
		t.Run("of counselling a guardian sees what they asked for themselves", func(t *testing.T) {
			booking := &model.Booking{ID: st.NewID(), AccountID: mother.AccountID, PupilID: pupil.ID, AttendeeID: pupil.ID, Status: model.BookingBooked, StartsAt: st.Now(), EndsAt: st.Now(),
				CreatedAt: st.Now(), UpdatedAt: st.Now()}
			f.Insert(booking)
			for _, subject := range []model.AuditSubject{model.AuditBooking, model.AuditRecord, model.AuditAlert} {
				require.NoError(t, l.Record(t.Context(), counsellor, audit.Entry{Action: model.AuditRead, Subject: subject, SubjectID: booking.ID, PupilID: pupil.ID, UnitID: tree.Class.ID, Withheld: true}))
			}
			require.Equal(t, []model.AuditSubject{model.AuditRecord, model.AuditBooking, model.AuditBooking},
				store.Each(reads(t, mother), func(r audit.ReadView) model.AuditSubject { return r.Subject }))
			father := f.Guardian(pupil)
			require.Len(t, reads(t, father), 2, "what is not withheld, of the mother's among it")
		})
		t.Run("the pupil sees all", func(t *testing.T) { require.Len(t, reads(t, own), 8) })
		t.Run("nobody else does", func(t *testing.T) {
			withheld := f.Guardian(pupil)
			f.Set(&model.Guardianship{}, "withheld_at", st.Now(), "account_id = ?", withheld.AccountID)
			for _, stranger := range []model.Actor{withheld, f.Guardian(f.Pupil(tree.Class)), f.PupilAccount(f.Pupil(tree.Class)), county, counsellor} {
				_, err := l.Reads(t.Context(), stranger, pupil.ID, store.PageRequest{})
				require.Equal(t, model.KindNotFound, model.KindOf(err))
			}
		})
	})
}
