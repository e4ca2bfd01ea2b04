package message

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/wechat/emulator"
)

func TestAMessageIsSentOrSomeoneCalls(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		allowed := o.person(KindBookingHour, 1)
		silent := o.person(KindBookingHour, 0)
		late, dropped, disabled, early := o.person(KindBookingHour, 1), o.person(KindBookingHour, 1), o.person(KindBookingHour, 1), o.person(KindBookingHour, 1)
		changed := o.person(KindBookingHour, 1) // took the permission back, and WeChat told nobody
		o.wechat.Refuse(openID(changed))
		gone, tomorrow := o.message(KindBookingHour, dropped), o.message(KindBookingHour, early)
		past := o.message(KindBookingHour, late)
		past.CutoffAt = o.st.Now()
		tomorrow.SendAfter = o.st.Now().Add(time.Minute)
		o.write(o.message(KindBookingHour, allowed), o.message(KindBookingHour, silent), past, gone, o.message(KindBookingHour, disabled), o.message(KindBookingHour, changed), tomorrow)
		o.tx(func(tx *gorm.DB) error { return o.outbox.Drop(tx, "booking", gone.CauseID) })
		o.Set(&model.Account{ID: disabled}, "disabled_at", o.st.Now())
		o.turn()
		o.turn()
		o.mustBe(allowed, model.OutboxSent, "", 1, 0)
		o.mustBe(silent, model.OutboxCalled, reasonNoChannel, 0, 1)
		o.mustBe(late, model.OutboxDropped, reasonLate, 0, 0)
		o.mustBe(dropped, model.OutboxDropped, reasonCauseGone, 0, 0)
		o.mustBe(disabled, model.OutboxDropped, reasonDisabled, 0, 0)
		o.mustBe(changed, model.OutboxCalled, reasonNoChannel, 0, 1)
		o.mustBe(early, model.OutboxPending, "", 0, 0)
		require.Zero(t, o.Count(&model.MessageCredit{}, "account_id IN ? AND credits <> 0", []model.ID{allowed, changed}), "43101 is the truth")
		require.Equal(t, 4, o.Count(&model.MessageCredit{}, "credits = 1"), "what was not sent has its credit")
		sent := o.wechat.SentTo(openID(allowed))[0]
		require.Equal(t, map[string]string{"thing1": "您有一项安排即将开始", "time2": timeText(start.Add(time.Hour)), "phrase3": "即将开始"}, sent.Data)
		require.Equal(t, "pages/counsel/bookings", sent.Page)
		o.clock.Advance(time.Minute)
		o.turn()
		o.mustBe(early, model.OutboxSent, "", 1, 0)
	})
}

func TestAWithdrawnCallEndsWithItsCause(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		who := o.person(KindBookingHour, 0)
		m := o.message(KindBookingHour, who)
		o.write(m)
		o.turn()
		o.mustBe(who, model.OutboxCalled, reasonNoChannel, 0, 1)
		o.tx(func(tx *gorm.DB) error { return o.outbox.Drop(tx, "booking", m.CauseID) })
		require.Zero(t, o.Count(&model.CallTask{}, "done_at IS NULL"))
		m.CutoffAt = m.CutoffAt.Add(time.Hour)
		o.write(m) // the booking moves
		o.turn()
		require.Equal(t, 1, o.Count(&model.CallTask{}, "done_at IS NULL AND due_at = ?", m.CutoffAt))
		o.allow(who, KindBookingHour, 1)
		o.write(m)
		o.turn()
		require.Len(t, o.wechat.SentTo(openID(who)), 1)
	})
}

// A process that died after it claimed leaves its rows to others; one that
// died while it sent leaves them uncertain, and nobody sends them again.
func TestTheLeaseOfADeadReplicaEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		claimed, sending := o.person(KindBookingHour, 1), o.person(KindBookingHour, 1)
		o.write(o.message(KindBookingHour, claimed), o.message(KindBookingHour, sending))
		dead := o.newSender(Options{})
		rows, err := dead.claim(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		for _, row := range rows {
			if row.RecipientID == sending {
				attempts, err := dead.prepare(t.Context(), []model.OutboxMessage{row})
				require.NoError(t, err)
				require.Len(t, attempts, 1)
			}
		}
		o.turn()
		require.Empty(t, o.wechat.Sent(), "others keep away while the leases hold")
		o.clock.Advance(time.Minute)
		o.turn()
		o.mustBe(claimed, model.OutboxSent, "", 1, 0)
		o.mustBe(sending, model.OutboxUncertain, reasonLease, 0, 1)
		attempts, err := dead.prepare(t.Context(), rows)
		require.NoError(t, err)
		require.Empty(t, attempts, "whoever wakes up late has lost them")
	})
}

// WeChat is busy: it is tried again, later and later, and the credit stays whole.
func TestABusyWeChatIsTriedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		who := o.person(KindBookingHour, 1)
		o.write(o.message(KindBookingHour, who))
		o.turn()
		require.Equal(t, model.OutboxSent, o.row(who).Status)
		next := o.person(KindBookingHour, 1)
		o.write(o.message(KindBookingHour, next))
		o.wechat.SetMode(emulator.ModeBusy)
		o.turn()
		row := o.row(next)
		require.Equal(t, model.OutboxPending, row.Status)
		require.Equal(t, 1, row.Attempts)
		require.True(t, row.SendAfter.After(o.st.Now()))
		require.Equal(t, 1, o.Count(&model.MessageCredit{}, "account_id = ? AND credits = 1", next))
		o.wechat.SetMode(emulator.ModeUp)
		o.clock.Advance(time.Minute)
		time.Sleep(2 * breakerOpenFor)
		o.turn()
		o.mustBe(next, model.OutboxSent, "", 1, 0)
	})
}

// Taking back and sending race: the one or the other, never both or neither.
func TestAMessageIsDroppedOrSentNeverBoth(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		const n = 200
		people := make([]model.ID, n)
		messages := make([]Message, n)
		for i := range people {
			people[i] = o.person(KindBookingHour, 1)
			messages[i] = o.message(KindBookingHour, people[i])
		}
		o.write(messages...)
		var wg sync.WaitGroup
		for range 3 {
			sender := o.newSender(Options{Batch: 32, Group: 4})
			wg.Go(func() {
				for range 40 {
					if _, err := sender.Turn(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range messages {
			if i%2 == 0 {
				require.NoError(t, o.st.Tx(t.Context(), func(tx *gorm.DB) error { return o.outbox.Drop(tx, "booking", messages[n-1-i].CauseID) }))
			}
		}
		wg.Wait()
		o.turn()
		for _, who := range people {
			row := o.row(who)
			sent := len(o.wechat.SentTo(openID(who)))
			switch row.Status {
			case model.OutboxSent:
				require.Equal(t, 1, sent)
			case model.OutboxDropped:
				require.Zero(t, sent)
			default:
				t.Errorf("a message is %s", row.Status)
			}
		}
	})
}

// The pupil's class message goes to the family of now, and only with consent.
func TestNothingIsSentAboutAPupilToStrangers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		tree := o.Tree()
		pupil := o.Pupil(tree.Class)
		guardian, stranger := o.Guardian(pupil), o.Guardian(pupil)
		withdrawn := o.Guardian(o.Pupil(tree.Class))
		own := o.PupilAccount(pupil)
		for _, who := range []model.Actor{guardian, stranger, withdrawn, own} {
			o.allow(who.AccountID, KindNudge, 1)
		}
		other := o.Pupil(tree.Class)
		o.Bind(withdrawn, other)
		message := func(to model.Actor, about *model.Pupil) Message {
			m := o.message(KindNudge, to.AccountID)
			m.PupilID, m.UnitID = about.ID, tree.Class.ID
			return m
		}
		o.write(message(guardian, pupil), message(stranger, pupil), message(withdrawn, other), message(own, pupil))
		o.tx(func(tx *gorm.DB) error {
			return tx.Where("account_id = ?", stranger.AccountID).Delete(&model.Guardianship{}).Error
		})
		o.Set(&model.Consent{}, "withdrawn_at", o.st.Now(), "account_id = ?", withdrawn.AccountID)
		o.turn()
		o.mustBe(guardian.AccountID, model.OutboxSent, "", 1, 0)
		o.mustBe(stranger.AccountID, model.OutboxDropped, reasonUnbound, 0, 0)
		o.mustBe(withdrawn.AccountID, model.OutboxDropped, reasonConsent, 0, 0)
		o.mustBe(own.AccountID, model.OutboxSent, "", 1, 0) // twelve, and a guardian consents
	})
}

func TestOldRowsArePruned(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		who, waiting := o.person(KindBookingHour, 1), o.person(KindBookingHour, 1)
		far := o.message(KindBookingHour, waiting)
		far.SendAfter, far.CutoffAt = start.AddDate(2, 0, 0), start.AddDate(2, 0, 1)
		o.write(o.message(KindBookingHour, who), far)
		o.turn()
		o.clock.Advance(keepMessages - time.Hour)
		require.NoError(t, o.outbox.Prune(t.Context()))
		require.Equal(t, 2, o.Count(&model.OutboxMessage{}, "1 = 1"))
		o.clock.Advance(2 * time.Hour)
		require.NoError(t, o.outbox.Prune(t.Context()))
		require.Equal(t, 1, o.Count(&model.OutboxMessage{}, "1 = 1"))
		require.Equal(t, model.OutboxPending, o.row(waiting).Status)
		require.NotZero(t, o.Count(&model.MessageCreditEvent{}, "1 = 1"))
		o.clock.Advance(keepCredits)
		require.NoError(t, o.outbox.Prune(t.Context()))
		require.Zero(t, o.Count(&model.MessageCreditEvent{}, "1 = 1"))
		require.Equal(t, 1, o.Count(&model.MessageCredit{}, "credits = 1"), "the counts stay")
	})
}
