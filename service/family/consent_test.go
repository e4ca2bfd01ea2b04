package family_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const purpose = model.PurposeLearning

func TestWhoNeedsWhoseConsent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		class := f.Tree().Class
		born := func(age, days int) *model.Pupil {
			p := f.Pupil(class)
			p.BirthDate = model.DateOf(st.Now().In(model.Shanghai).AddDate(-age, 0, days))
			update(t, st, p, "birth_date", p.BirthDate)
			return p
		}
		change := func(account model.ID, column string, value any) {
			require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
				return tx.Model(&model.Consent{}).Where("account_id = ? AND purpose = ?", account, purpose).Update(column, value).Error
			}))
		}
		withdraw := func(a model.Actor) { change(a.AccountID, "withdrawn_at", st.Now()) }

		yes, no, other := f.Account(), f.Account(), f.Account()
		f.Consent(yes)
		f.Consent(no)
		withdraw(no)
		f.Insert(&model.Consent{AccountID: other.AccountID, Purpose: model.PurposeCounselling, Version: "1", GivenAt: st.Now()})

		// A twelve-year-old of two guardians, one of whom consents.
		child := f.Pupil(class)
		willing, unwilling := f.Guardian(child), f.Guardian(child)
		withdraw(unwilling)
		childsOwn := f.PupilAccount(child)
		// A child whose only guardian does not consent, though the child itself would.
		lone := f.Pupil(class)
		loneGuardian := f.Guardian(lone)
		withdraw(loneGuardian)
		lonesOwn := f.PupilAccount(lone)
		f.Consent(lonesOwn)
		// Fourteen on this very day, one day short of it, and of unknown age.
		grown, almost, unknown := born(14, 0), born(14, 1), f.Pupil(class)
		update(t, st, unknown, "birth_date", "")
		grownsOwn, almostsOwn, unknownsOwn := f.PupilAccount(grown), f.PupilAccount(almost), f.PupilAccount(unknown)
		for _, a := range []model.Actor{grownsOwn, almostsOwn, unknownsOwn} {
			f.Consent(a)
		}
		// Fourteen, with a guardian who consents, but not the pupil.
		silent := born(14, 0)
		f.Guardian(silent)
		silentsOwn := f.PupilAccount(silent)

		own := func(a model.Actor) family.Subject { return family.Subject{AccountID: a.AccountID} }
		with := func(a model.Actor, p *model.Pupil) family.Subject {
			return family.Subject{AccountID: a.AccountID, PupilID: p.ID}
		}
		staff := func(p *model.Pupil) family.Subject {
			return family.Subject{AccountID: other.AccountID, PupilID: p.ID, Staff: true}
		}
		cases := []struct {
			name    string
			subject family.Subject
			want    string
		}{
			{"an account that consents", own(yes), ""},
			{"an account that withdrew", own(no), "consent_needed"},
			{"an account that consents to another purpose", own(other), "consent_needed"},
			{"an account that never said anything", own(childsOwn), "consent_needed"},
			{"a guardian who consents", with(willing, child), ""},
			{"a guardian who withdrew, beside one who consents", with(unwilling, child), "consent_needed"},
			{"a stranger who consents", with(yes, child), "child_not_found"},
			{"a guardian of another child", with(willing, lone), "child_not_found"},
			{"an unknown pupil", family.Subject{AccountID: yes.AccountID, PupilID: 1}, "child_not_found"},
			{"a child, by a guardian's consent", with(childsOwn, child), ""},
			{"a child, by its own consent alone", with(lonesOwn, lone), "guardian_consent_needed"},
			{"another pupil's account", with(childsOwn, lone), "child_not_found"},
			{"a pupil of fourteen who consents", with(grownsOwn, grown), ""},
			{"a pupil one day younger who consents", with(almostsOwn, almost), "guardian_consent_needed"},
			{"a pupil of unknown age who consents", with(unknownsOwn, unknown), "guardian_consent_needed"},
			{"a pupil of fourteen, by a guardian's consent alone", with(silentsOwn, silent), "consent_needed"},
			{"staff for a child with a consenting guardian", staff(child), ""},
			{"staff for a child without", staff(lone), "guardian_consent_needed"},
			{"staff for a pupil of fourteen", staff(silent), ""},
			{"staff for an unknown pupil", family.Subject{AccountID: other.AccountID, PupilID: 1, Staff: true}, "child_not_found"},
		}
		day := model.DateOf(st.Now())
		subjects := make([]family.Subject, len(cases))
		want, got := map[string]string{}, map[string]string{}
		for i, c := range cases {
			subjects[i] = c.subject
			want[c.name] = c.want
			// One by one, and below all together: the answers must be the same.
			err := family.RequireConsent(st.Read(t.Context()), purpose, day, c.subject)
			require.Equal(t, c.want, code(t, err), c.name)
		}
		refusals, err := family.Refusals(st.Read(t.Context()), purpose, day, subjects)
		require.NoError(t, err)
		for _, c := range cases {
			got[c.name] = ""
			if r := refusals[c.subject]; r != nil {
				got[c.name] = r.Code
			}
		}
		require.Equal(t, want, got)
	})
}

func TestNobodyIsRefusedWhereNobodyAsks(t *testing.T) {
	t.Parallel()
	refusals, err := family.Refusals(storetest.SQLite(t).Read(t.Context()), purpose, model.DateOf(time.Now()), nil)
	require.NoError(t, err)
	require.Empty(t, refusals)
}

func update(t *testing.T, st *store.Store, p *model.Pupil, column string, value any) {
	t.Helper()
	require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
		return tx.Model(&model.Pupil{}).Where("id = ?", p.ID).Update(column, value).Error
	}))
}

func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *model.Error
	require.ErrorAs(t, err, &e)
	return e.Code
}
