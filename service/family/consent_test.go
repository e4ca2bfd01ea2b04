package family_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const purpose = model.PurposeLearning

// bundle is a database with what a test needs beside it.
type bundle struct {
	*storetest.Fixture
	t     *testing.T
	st    *store.Store
	class *model.Unit
}

func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		f := storetest.NewFixture(t, st)
		test(&bundle{Fixture: f, t: t, st: st, class: f.Tree().Class})
	})
}

// born adds a pupil who became so many years old so many days ago.
func (b *bundle) born(years, days int) *model.Pupil {
	p := b.Pupil(b.class)
	p.BirthDate = model.DateOf(b.st.Now().In(model.Shanghai).AddDate(-years, 0, -days))
	b.Set(p, "birth_date", p.BirthDate)
	return p
}

func (b *bundle) withdraw(a model.Actor) {
	b.t.Helper()
	b.Set(&model.Consent{}, "withdrawn_at", b.st.Now(), "account_id = ? AND purpose = ?", a.AccountID, purpose)
}

// consentCase is who acts with whose data, and the code of the refusal; empty
// where there is none.
type consentCase struct {
	name    string
	subject family.Subject
	want    string
}

func own(a model.Actor) family.Subject { return family.Subject{AccountID: a.AccountID} }

func with(a model.Actor, p *model.Pupil) family.Subject {
	return family.Subject{AccountID: a.AccountID, PupilID: p.ID}
}

func (b *bundle) consentCases() []consentCase {
	yes, no, other := b.Account(), b.Account(), b.Account()
	b.Consent(yes)
	b.Consent(no)
	b.withdraw(no)
	b.Insert(&model.Consent{AccountID: other.AccountID, Purpose: model.PurposeCounselling, Version: "1", GivenAt: b.st.Now()})

	// A twelve-year-old of two guardians, one of whom consents.
	child := b.Pupil(b.class)
	willing, unwilling := b.Guardian(child), b.Guardian(child)
	b.withdraw(unwilling)
	childsOwn := b.PupilAccount(child)
	// A child whose only guardian does not consent, though the child itself would.
	lone := b.Pupil(b.class)
	loneGuardian := b.Guardian(lone)
	b.withdraw(loneGuardian)
	lonesOwn := b.PupilAccount(lone)
	b.Consent(lonesOwn)
	// Fourteen on this very day, one day short of it, and of unknown age.
	grown, almost, unknown := b.born(14, 0), b.born(14, -1), b.Pupil(b.class)
	b.Set(unknown, "birth_date", "")
	grownsOwn, almostsOwn, unknownsOwn := b.PupilAccount(grown), b.PupilAccount(almost), b.PupilAccount(unknown)
	for _, a := range []model.Actor{grownsOwn, almostsOwn, unknownsOwn} {
		b.Consent(a)
	}
	// Fourteen, with a guardian who consents, but not the pupil.
	silent := b.born(14, 0)
	b.Guardian(silent)
	silentsOwn := b.PupilAccount(silent)

	staff := func(p *model.Pupil) family.Subject {
		return family.Subject{AccountID: other.AccountID, PupilID: p.ID, Staff: true}
	}
	return []consentCase{
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
}

func TestConsent(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		cases, day, db := b.consentCases(), model.DateOf(b.st.Now()), b.st.Read(b.t.Context())
		subjects := make([]family.Subject, len(cases))
		for i, c := range cases {
			subjects[i] = c.subject
		}
		together, err := family.Refusals(db, purpose, day, subjects)
		require.NoError(b.t, err)
		for _, c := range cases {
			b.t.Run(c.name, func(t *testing.T) {
				require.Equal(t, c.want, code(t, family.RequireConsent(db, purpose, day, c.subject)), "alone")
				got := ""
				if r := together[c.subject]; r != nil {
					got = r.Code
				}
				require.Equal(t, c.want, got, "together with the others")
			})
		}
	})
}

func TestNoQuestionHasNoRefusals(t *testing.T) {
	t.Parallel()
	refusals, err := family.Refusals(storetest.SQLite(t).Read(t.Context()), purpose, model.DateOf(time.Now()), nil)
	require.NoError(t, err)
	require.Empty(t, refusals)
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
