package message

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// ledgerBundle is one account's permission for one template, on a clock set by hand.
type ledgerBundle struct {
	t       *testing.T
	st      *store.Store
	clock   *storetest.Clock
	ledger  *Ledger
	account model.ID
	openID  string
	id      string // of the template
}

var start = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func newLedger(st *store.Store) *Ledger { return NewLedger(st, identity.Directory{}) }

func eachLedger(t *testing.T, test func(t *testing.T, l *ledgerBundle)) {
	t.Helper()
	storetest.EachAt(t, start, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		account := storetest.NewFixture(t, st).Account().AccountID
		test(t, &ledgerBundle{t: t, st: st, clock: clock, ledger: newLedger(st), account: account, openID: "o" + account.String(), id: "demo-wait-list-offer"})
	})
}

func (l *ledgerBundle) tx(fn func(tx *gorm.DB) error) {
	l.t.Helper()
	require.NoError(l.t, l.st.Tx(l.t.Context(), fn))
}

func (l *ledgerBundle) push(event Event) {
	l.t.Helper()
	l.tx(func(tx *gorm.DB) error { return l.ledger.Apply(tx, l.openID, l.id, event) })
}

// mustHave asserts the count, and that the history adds up to it.
func (l *ledgerBundle) mustHave(want int) {
	l.t.Helper()
	var rows []model.MessageCredit
	require.NoError(l.t, l.st.Read(l.t.Context()).Where("account_id = ? AND template_id = ?", l.account, l.id).Find(&rows).Error)
	have := 0
	if len(rows) > 0 {
		have = rows[0].Credits
	}
	require.Equal(l.t, want, have)
	var sum int
	require.NoError(l.t, l.st.Read(l.t.Context()).Model(&model.MessageCreditEvent{}).Where("account_id = ?", l.account).Select("COALESCE(SUM(delta), 0)").Scan(&sum).Error)
	require.Equal(l.t, want, sum, "the history and the count differ")
}

func (l *ledgerBundle) asker() *Asker { return NewAsker(l.st, l.ledger, DemoTemplates()) }

func (l *ledgerBundle) tap(taps Taps) error {
	_, err := l.asker().Note(l.t.Context(), model.Actor{AccountID: l.account}, taps)
	return err
}

func TestOneAcceptedTapIsOneMessage(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, l *ledgerBundle) {
		l.push(Accepted)
		l.push(Accepted)
		l.push(Refused)
		l.mustHave(2)
		l.tx(func(tx *gorm.DB) error {
			ok, err := l.ledger.take(tx, l.account, l.id, 1)
			require.True(t, ok)
			return err
		})
		l.mustHave(1)
		l.tx(func(tx *gorm.DB) error { return l.ledger.giveBack(tx, l.account, l.id, 1) })
		l.mustHave(2)
		l.tx(func(tx *gorm.DB) error { return l.ledger.empty(tx, l.account, l.id, 1) })
		l.mustHave(0)
		l.push(Accepted)
		l.push(TurnedOff)
		l.mustHave(0)
		l.tx(func(tx *gorm.DB) error {
			ok, err := l.ledger.take(tx, l.account, l.id, 2)
			require.False(t, ok, "never below zero")
			return err
		})
		l.tx(func(tx *gorm.DB) error { return l.ledger.Apply(tx, "o-nobody", l.id, Accepted) })
		l.tx(func(tx *gorm.DB) error { return l.ledger.Apply(tx, l.openID, "not a template!", Accepted) })
		l.mustHave(0)
		for range maxCredits + 5 {
			l.push(Accepted)
		}
		l.mustHave(maxCredits)
	})
}

func TestThePhoneAndWeChatReportOneTap(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, l *ledgerBundle) {
		require.NoError(t, l.tap(Taps{Accepted: []string{l.id}}))
		l.push(Accepted)
		l.mustHave(1)
		l.clock.Advance(time.Minute)
		l.push(Accepted)
		l.mustHave(2)
		require.NoError(t, l.tap(Taps{Accepted: []string{l.id}}))
		l.mustHave(2)
		require.NoError(t, l.tap(Taps{Accepted: []string{l.id}}))
		l.mustHave(3)
		l.clock.Advance(sameTap)
		l.push(Accepted)
		l.mustHave(4)
	})
}

func TestTapsAreNotedOncePerKey(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, l *ledgerBundle) {
		other := "demo-coverage-nudge"
		taps := Taps{Accepted: []string{l.id}, Refused: []string{other}, RequestKey: "k1"}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := l.tap(taps); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		l.mustHave(1)
		refuse := func(code string, taps Taps) {
			t.Helper()
			storetest.Refused(t, l.tap(taps), code)
		}
		refuse("idempotency_key_reused", Taps{Accepted: []string{l.id, other}, RequestKey: "k1"})
		refuse("template_unknown", Taps{Accepted: []string{"unheard-of"}})
		refuse("template_twice", Taps{Accepted: []string{l.id}, Refused: []string{l.id}})
		refuse("idempotency_key_too_long", Taps{RequestKey: string(make([]byte, 65))})
		refuse("taps_required", Taps{})
		l.mustHave(1)
		list, err := l.asker().Permissions(t.Context(), model.Actor{AccountID: l.account})
		require.NoError(t, err)
		require.Len(t, list, len(kinds)-7, "a family is not asked for the staff's kinds")
		host := model.Actor{AccountID: l.account, Roles: []model.RoleAt{{Role: model.RoleTeacher, UnitID: 1}}}
		hosts, err := l.asker().Permissions(t.Context(), host)
		require.NoError(t, err)
		require.Len(t, hosts, len(list)+3, "nor a teacher for those of managers and duty officers")
		for _, p := range list {
			require.Equal(t, p.TemplateID == l.id, p.Credits == 1, p.Kind)
		}
		none, err := NewAsker(l.st, l.ledger, Templates{}).Permissions(t.Context(), model.Actor{AccountID: l.account})
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

func TestOfManyTakersOfTheLastCreditOneWins(t *testing.T) {
	t.Parallel()
	eachLedger(t, func(t *testing.T, l *ledgerBundle) {
		for round := range 5 {
			l.push(Accepted)
			errs := storetest.Contend(200, func(i int) error {
				return l.st.Tx(t.Context(), func(tx *gorm.DB) error {
					ok, err := l.ledger.take(tx, l.account, l.id, model.ID(round*1000+i+1))
					if err == nil && !ok {
						return errNotWon
					}
					return err
				})
			})
			require.Equal(t, map[string]int{"": 1, errNotWon.Code: 199}, storetest.Codes(t, errs))
			l.mustHave(0)
		}
	})
}

var errNotWon = model.Conflict("no_credit_left", "")
