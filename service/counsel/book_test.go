package counsel

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

func TestALoserIsToldTheNearestFreeSlots(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		mine := sc.open(sc.counsellor, tuesday())
		others := sc.open(sc.newCounsellor(), tuesday())
		first, _ := sc.family()
		second, _ := sc.family()
		sc.book(first, mine[1])
		_, err := sc.svc.Book(t.Context(), second, BookIn{SlotID: mine[1].ID})
		e := new(model.Error)
		require.ErrorAs(t, err, &e)
		require.Equal(t, "slot_taken", e.Code)
		got := e.Details.(Refusal).Alternatives
		require.Equal(t, []Slot{mine[2], mine[0], mine[3], others[1], others[2], others[0]}, got, "the counsellor's first, each by nearness")
	})
}

func TestTheSameKeyAnswersTheSameBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		ids := make([]model.ID, 20)
		errs := contend(len(ids), func(i int) error {
			b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, RequestKey: "k1"})
			ids[i] = b.ID
			return err
		})
		require.Equal(t, map[string]int{"": len(ids)}, tally(t, errs))
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		_, err := sc.svc.Reschedule(t.Context(), guardian, ids[0], slots[2].ID)
		require.NoError(t, err)
		b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, RequestKey: "k1"})
		require.NoError(t, err)
		require.Equal(t, ids[0], b.ID, "also after the booking has moved")
		_, err = sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[1].ID, PupilID: pupil.ID, RequestKey: "k1"})
		require.ErrorIs(t, err, store.ErrKeyReused)
		_, err = sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, RequestKey: "k1"})
		require.ErrorIs(t, err, store.ErrKeyReused)
		for _, changed := range []BookIn{{Concern: "后来想说的"}, {SelfHarm: true}} {
			changed.SlotID, changed.PupilID, changed.RequestKey = slots[0].ID, pupil.ID, "k1"
			_, err = sc.svc.Book(t.Context(), guardian, changed)
			require.ErrorIs(t, err, store.ErrKeyReused, "what is new in it must not be lost")
		}
		require.Equal(t, 1, sc.count(&model.Alert{}, "account_id = ?", guardian.AccountID))
		other, _ := sc.family()
		_, err = sc.svc.Book(t.Context(), other, BookIn{SlotID: slots[0].ID, RequestKey: "k1"})
		require.NoError(t, err, "another account's key is another key")
		_, err = sc.svc.Book(t.Context(), other, BookIn{SlotID: slots[1].ID, RequestKey: strings.Repeat("k", 65)})
		require.ErrorIs(t, err, model.Invalid("", "idempotency_key_too_long", ""))
		for _, key := range []string{"\xe9\xe9", "键", "a\x00", "a\n"} {
			_, err = sc.svc.Book(t.Context(), other, BookIn{SlotID: slots[1].ID, RequestKey: key})
			require.ErrorIs(t, err, model.Invalid("", "idempotency_key_invalid", ""))
			_, err = sc.svc.Wait(t.Context(), other, WaitIn{RoomID: sc.room.ID, To: monday.AddDate(0, 0, 3), RequestKey: key})
			require.ErrorIs(t, err, model.Invalid("", "idempotency_key_invalid", ""))
		}
	})
}

func TestWhoMayBookForWhom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.SlotMinutes = 10
		slots := sc.open(sc.counsellor, rule)
		guardian, pupil := sc.family()
		_, stranger := sc.family()
		own := sc.PupilAccount(pupil)
		next := 0
		book := func(actor model.Actor, pupilID model.ID) (Booking, error) {
			next++
			return sc.svc.Book(t.Context(), actor, BookIn{SlotID: slots[next].ID, PupilID: pupilID})
		}
		b, err := book(guardian, 0)
		require.NoError(t, err)
		require.Zero(t, b.PupilID)
		b, err = book(guardian, pupil.ID)
		require.NoError(t, err)
		require.Equal(t, pupil.ID, b.PupilID)
		b, err = book(own, 0)
		require.NoError(t, err)
		require.Equal(t, pupil.ID, b.PupilID, "a pupil's account is always for the pupil")
		b, err = book(sc.Staff(model.RoleTeacher, sc.tree.Class), pupil.ID)
		require.NoError(t, err, "a walk-in")
		require.Equal(t, pupil.ID, b.PupilID)
		_, err = book(guardian, stranger.ID)
		require.ErrorIs(t, err, model.NotFound("pupil"))
		_, err = book(own, stranger.ID)
		require.ErrorIs(t, err, model.NotFound("pupil"))
		_, err = book(sc.Staff(model.RoleTeacher, sc.tree.OtherClass), pupil.ID)
		require.ErrorIs(t, err, model.NotFound("pupil"))
		sc.Consent(sc.counsellor)
		_, err = book(sc.counsellor, 0)
		require.ErrorIs(t, err, errOwnSlot)
		far := sc.Tree()
		_, err = book(sc.Guardian(sc.Pupil(far.Class)), 0)
		require.ErrorIs(t, err, model.NotFound("slot"), "another county's room is not there")
		_, err = book(sc.Account(), 0)
		require.ErrorIs(t, err, model.NotFound("slot"))
	})
}

func TestNothingIsBookedWithoutConsent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.SlotMinutes = 10
		slots := sc.open(sc.counsellor, rule)
		guardian, child := sc.family()
		childAccount := sc.PupilAccount(child)
		teacher := sc.Staff(model.RoleTeacher, sc.tree.Class)
		grown := sc.Pupil(sc.tree.Class)
		sc.change(&model.Pupil{}, "id = ?", grown.ID, map[string]any{"birth_date": string(model.DateOf(monday.AddDate(-14, 0, 0)))})
		grownAccount := sc.PupilAccount(grown)
		next := 0
		book := func(actor model.Actor, pupilID model.ID) error {
			next++
			_, err := sc.svc.Book(t.Context(), actor, BookIn{SlotID: slots[next].ID, PupilID: pupilID})
			return err
		}
		require.NoError(t, book(childAccount, 0), "a guardian has consented")
		require.ErrorIs(t, book(grownAccount, 0), family.ErrConsentNeeded)
		sc.Consent(grownAccount)
		require.NoError(t, book(grownAccount, 0), "from fourteen on the pupil can")
		require.NoError(t, book(teacher, grown.ID))
		sc.Consent(childAccount)
		sc.change(&model.Consent{}, "account_id = ?", guardian.AccountID, map[string]any{"withdrawn_at": monday})
		require.ErrorIs(t, book(guardian, 0), family.ErrConsentNeeded)
		require.ErrorIs(t, book(guardian, child.ID), family.ErrConsentNeeded)
		require.ErrorIs(t, book(childAccount, 0), family.ErrGuardianConsentNeeded, "under fourteen the pupil's own word does not do")
		require.ErrorIs(t, book(teacher, child.ID), family.ErrGuardianConsentNeeded)
	})
}

func TestACryForHelpIsHeardWhateverBecomesOfTheBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		alertOf := func(actor model.Actor) model.Alert {
			t.Helper()
			var a model.Alert
			require.NoError(t, sc.st.Read(t.Context()).Where("account_id = ?", actor.AccountID).Take(&a).Error)
			return a
		}
		refused := func(err error, code string) {
			t.Helper()
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			require.Equal(t, code, e.Code)
			require.Len(t, e.Details.(Refusal).Hotlines, 4)
			require.NotNil(t, e.Details.(Refusal).Alternatives)
		}
		guardian, pupil := sc.family()
		b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, SelfHarm: true})
		require.NoError(t, err)
		require.Len(t, b.Hotlines, 4)
		a := alertOf(guardian)
		require.Equal(t, []any{model.AlertImmediate, model.AlertRaised, pupil.ID, pupil.ClassID, b.ID}, []any{a.Level, a.Status, a.PupilID, a.UnitID, a.SourceID})
		require.Equal(t, monday.Add(10*time.Minute), a.DueAt.UTC())

		taken, child := sc.family()
		_, err = sc.svc.Book(t.Context(), taken, BookIn{SlotID: slots[0].ID, PupilID: child.ID, SelfHarm: true})
		refused(err, "slot_taken")
		require.Equal(t, child.ID, alertOf(taken).PupilID)
		_, err = sc.svc.Book(t.Context(), taken, BookIn{SlotID: slots[0].ID, PupilID: child.ID, SelfHarm: true})
		refused(err, "slot_taken")
		require.Equal(t, 1, sc.count(&model.Alert{}, "account_id = ?", taken.AccountID), "the same bell rings once while nobody has answered it")
		sc.clock.Advance(10 * time.Minute)
		_, err = sc.svc.Book(t.Context(), taken, BookIn{SlotID: slots[0].ID, PupilID: child.ID, SelfHarm: true})
		refused(err, "slot_taken")
		require.Equal(t, 2, sc.count(&model.Alert{}, "account_id = ?", taken.AccountID), "and again when nobody came in time")

		silent := sc.PupilAccount(sc.Pupil(sc.tree.Class))
		_, err = sc.svc.Book(t.Context(), silent, BookIn{SlotID: slots[1].ID, SelfHarm: true})
		refused(err, "guardian_consent_needed")
		require.Equal(t, silent.PupilID, alertOf(silent).PupilID)

		long, _ := sc.family()
		_, err = sc.svc.Book(t.Context(), long, BookIn{SlotID: slots[1].ID, Concern: strings.Repeat("苦", MaxConcernLength+1), SelfHarm: true})
		refused(err, "concern_too_long")
		require.Equal(t, sc.tree.School.ID, alertOf(long).UnitID, "an adult's is the room's unit's")

		wrong, _ := sc.family()
		_, err = sc.svc.Book(t.Context(), wrong, BookIn{SlotID: 1, PupilID: child.ID, SelfHarm: true})
		refused(err, "slot_not_found")
		require.Zero(t, alertOf(wrong).PupilID, "no alert about another's child")
		require.Equal(t, sc.tree.Class.ID, alertOf(wrong).UnitID)

		departed, gone := sc.family()
		goneAccount := sc.PupilAccount(gone)
		sc.change(&model.Pupil{}, "id = ?", gone.ID, map[string]any{"departed_at": sc.clock.Now()})
		for _, speaker := range []model.Actor{{AccountID: departed.AccountID}, {AccountID: goneAccount.AccountID}} { // without roles any more
			_, err = sc.svc.Book(t.Context(), speaker, BookIn{SlotID: slots[1].ID, PupilID: gone.ID, SelfHarm: true})
			refused(err, "slot_not_found")
			require.Equal(t, []model.ID{gone.ID, gone.ClassID}, []model.ID{alertOf(speaker).PupilID, alertOf(speaker).UnitID}, "also of one whom a faulty roster left out")
		}

		nobody := sc.Account()
		_, err = sc.svc.Book(t.Context(), nobody, BookIn{SelfHarm: true})
		refused(err, "slot_not_found")
		require.Equal(t, sc.tree.County.ID, alertOf(nobody).UnitID, "someone always answers")

		lost, _ := sc.family()
		_, err = sc.svc.Accept(t.Context(), lost, 1, AcceptIn{SelfHarm: true})
		refused(err, "wait_entry_not_found")
		alertOf(lost)
	})
}

// The table of pupils is away; that of alerts is not.
func TestACryIsStoredAlsoWhereThePupilCannotBeRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		child := sc.PupilAccount(sc.Pupil(sc.tree.Class))
		require.NoError(t, sc.st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE pupils RENAME TO pupils_away").Error }))
		for _, c := range []struct {
			who         model.Actor
			slot, pupil model.ID
			unit, about model.ID // of the alert
		}{
			{guardian, slots[0].ID, pupil.ID, sc.tree.School.ID, 0},
			{child, 0, 0, sc.tree.Class.ID, child.PupilID},
		} {
			_, err := sc.svc.Book(t.Context(), c.who, BookIn{SlotID: c.slot, PupilID: c.pupil, SelfHarm: true})
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			require.Len(t, e.Details.(Refusal).Hotlines, 4)
			var a model.Alert
			require.NoError(t, sc.st.Read(t.Context()).Where("account_id = ?", c.who.AccountID).Take(&a).Error)
			require.Equal(t, []any{model.AlertImmediate, c.unit, c.about}, []any{a.Level, a.UnitID, a.PupilID})
		}
	})
}

func TestTheConcernIsSealedAndShownToTwoOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		const concern = "我睡不着，不想让别人知道"
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		own := sc.PupilAccount(pupil)
		b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, Concern: concern})
		require.NoError(t, err)
		require.Equal(t, concern, b.Concern)
		var raw []byte
		require.NoError(t, sc.st.Read(t.Context()).Raw("SELECT concern FROM bookings WHERE id = ?", b.ID).Row().Scan(&raw))
		require.Greater(t, len(raw), len(concern))
		require.False(t, bytes.Contains(raw, []byte(concern[:9])))
		opened, err := sc.svc.vault.Unseal("bookings.concern", b.ID, raw)
		require.NoError(t, err)
		require.Equal(t, concern, opened)
		for _, reader := range []struct {
			who   model.Actor
			reads string
		}{{guardian, concern}, {sc.counsellor, concern}, {sc.manager, ""}, {own, ""}} {
			got, err := sc.svc.Booking(t.Context(), reader.who, b.ID)
			require.NoError(t, err)
			require.Equal(t, reader.reads, got.Concern)
			require.Equal(t, reader.reads == "", got.SelfHarm == nil)
			if reader.who.AccountID == sc.counsellor.AccountID {
				require.Equal(t, [2]string{pupil.Name, sc.tree.Class.Name}, [2]string{got.PupilName, got.ClassName})
			} else {
				require.Empty(t, got.PupilName+got.ClassName)
			}
		}
		other, _ := sc.family()
		second := sc.Account()
		sc.Bind(second, pupil)
		for _, reader := range []model.Actor{other, second, sc.newCounsellor(), sc.Staff(model.RoleManager, sc.Tree().School), sc.Staff(model.RoleTeacher, sc.tree.Class)} {
			_, err := sc.svc.Booking(t.Context(), reader, b.ID)
			require.ErrorIs(t, err, model.NotFound("booking"))
			_, err = sc.svc.Cancel(t.Context(), reader, b.ID, "")
			require.ErrorIs(t, err, model.NotFound("booking"))
			_, err = sc.svc.Reschedule(t.Context(), reader, b.ID, slots[1].ID)
			require.Equal(t, model.KindNotFound, model.KindOf(err))
			list, err := sc.svc.Bookings(t.Context(), reader, BookingsIn{})
			require.NoError(t, err)
			require.Empty(t, list.Items)
		}
	})
}

func TestRecordsAreTheCounsellorsAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		const text = "来访者情绪平稳，约定下周再谈"
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		record, err := sc.svc.AddRecord(t.Context(), sc.counsellor, b.ID, text)
		require.NoError(t, err)
		list, err := sc.svc.Records(t.Context(), sc.counsellor, b.ID)
		require.NoError(t, err)
		require.Equal(t, []Record{record}, list)
		var row model.CounselRecord
		require.NoError(t, sc.st.Read(t.Context()).Take(&row).Error)
		require.False(t, bytes.Contains(row.Content, []byte(text[:9])))
		for _, reader := range []model.Actor{guardian, sc.manager, sc.newCounsellor()} {
			_, err := sc.svc.Records(t.Context(), reader, b.ID)
			require.ErrorIs(t, err, model.NotFound("booking"))
			_, err = sc.svc.AddRecord(t.Context(), reader, b.ID, "x")
			require.ErrorIs(t, err, model.NotFound("booking"))
		}
	})
}

func TestACounsellorWhoIsNoneAnyMoreReadsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		b := sc.book(first(sc.family()), slots[0])
		former := model.Actor{AccountID: sc.counsellor.AccountID} // as it is after the role was taken back
		_, err := sc.svc.Booking(t.Context(), former, b.ID)
		require.ErrorIs(t, err, model.NotFound("booking"))
		_, err = sc.svc.Cancel(t.Context(), former, b.ID, "")
		require.ErrorIs(t, err, model.NotFound("booking"))
		list, err := sc.svc.Bookings(t.Context(), former, BookingsIn{})
		require.NoError(t, err)
		require.Empty(t, list.Items)
		// As a manager of the room they see it, without what was written.
		former.Roles = sc.manager.Roles
		got, err := sc.svc.Booking(t.Context(), former, b.ID)
		require.NoError(t, err)
		require.Nil(t, got.SelfHarm)
	})
}

func first(actor model.Actor, _ *model.Pupil) model.Actor { return actor }

func TestAnAskerWithoutConsentCanCancelButNotMove(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		own := sc.PupilAccount(pupil)
		sc.change(&model.Consent{}, "account_id = ?", guardian.AccountID, map[string]any{"withdrawn_at": sc.clock.Now()})
		_, err = sc.svc.Reschedule(t.Context(), guardian, b.ID, slots[1].ID)
		require.ErrorIs(t, err, family.ErrConsentNeeded)
		_, err = sc.svc.Reschedule(t.Context(), own, b.ID, slots[1].ID)
		require.ErrorIs(t, err, family.ErrGuardianConsentNeeded)
		_, err = sc.svc.Reschedule(t.Context(), sc.counsellor, b.ID, slots[2].ID)
		require.NoError(t, err, "the counsellor keeps the diary")
		_, err = sc.svc.Cancel(t.Context(), guardian, b.ID, "")
		require.NoError(t, err)
	})
}

func TestABookingLivesItsStates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, pupil := sc.family()
		b := sc.book(guardian, slots[0])
		_, err := sc.svc.Complete(t.Context(), sc.counsellor, b.ID)
		require.ErrorIs(t, err, errBookingAhead)
		sc.clock.Set(b.StartsAt.Add(-time.Millisecond))
		got, err := sc.svc.Cancel(t.Context(), guardian, b.ID, "孩子病了")
		require.NoError(t, err)
		require.Equal(t, model.BookingCancelled, got.Status)
		got, err = sc.svc.Cancel(t.Context(), guardian, b.ID, "again")
		require.NoError(t, err, "calling off twice is fine")
		require.Equal(t, "孩子病了", got.CancelReason)
		_, err = sc.svc.Reschedule(t.Context(), guardian, b.ID, slots[1].ID)
		require.ErrorIs(t, err, errBookingOver)

		b, err = sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[1].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		c := sc.book(guardian, slots[2])
		sc.clock.Set(c.StartsAt)
		_, err = sc.svc.Cancel(t.Context(), guardian, b.ID, "")
		require.ErrorIs(t, err, errBookingStarted)
		_, err = sc.svc.Reschedule(t.Context(), guardian, b.ID, slots[3].ID)
		require.ErrorIs(t, err, errBookingStarted)
		_, err = sc.svc.Complete(t.Context(), guardian, b.ID)
		require.ErrorIs(t, err, model.NotFound("booking"))
		for range 2 {
			got, err = sc.svc.Complete(t.Context(), sc.counsellor, b.ID)
			require.NoError(t, err)
			require.Equal(t, model.BookingCompleted, got.Status)
		}
		_, err = sc.svc.NoShow(t.Context(), sc.counsellor, b.ID)
		require.ErrorIs(t, err, errBookingOver)
		got, err = sc.svc.NoShow(t.Context(), sc.counsellor, c.ID)
		require.NoError(t, err)
		require.Equal(t, model.BookingNoShow, got.Status)
	})
}

func TestReschedulingMovesAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		guardian, _ := sc.family()
		other, _ := sc.family()
		b := sc.book(guardian, slots[0])
		sc.book(other, slots[1])
		_, err := sc.svc.Reschedule(t.Context(), guardian, b.ID, slots[1].ID)
		require.ErrorIs(t, err, errSlotTaken)
		require.Equal(t, b.ID, sc.slot(slots[0].ID).BookingID)
		sc.mustAgree()
		moved, err := sc.svc.Reschedule(t.Context(), guardian, b.ID, slots[2].ID)
		require.NoError(t, err)
		require.Equal(t, []any{b.ID, slots[2].ID, slots[2].StartsAt}, []any{moved.ID, moved.SlotID, moved.StartsAt})
		require.Equal(t, model.SlotOpen, sc.slot(slots[0].ID).Status)
		sc.mustAgree()
		// Two that want each other's place: neither can have it while the other is there.
		theirs := sc.book(other, slots[3])
		errs := contend(20, func(i int) error {
			var err error
			if i%2 == 0 {
				_, err = sc.svc.Reschedule(t.Context(), guardian, b.ID, slots[3].ID)
			} else {
				_, err = sc.svc.Reschedule(t.Context(), other, theirs.ID, slots[2].ID)
			}
			return err
		})
		require.Equal(t, map[string]int{"slot_taken": 20}, tally(t, errs))
		sc.mustAgree()
	})
}

func TestRemindersFollowTheBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		rule := tuesday()
		rule.HorizonDays = 14
		slots := sc.open(sc.counsellor, rule)
		guardian, pupil := sc.family()
		own := sc.PupilAccount(pupil)
		b, err := sc.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		pending := func() map[model.ID][]time.Time {
			var rows []model.OutboxMessage
			require.NoError(t, sc.st.Read(t.Context()).Where("status = ? AND kind LIKE 'booking_reminder%'", model.OutboxPending).Order("send_after").Find(&rows).Error)
			at := map[model.ID][]time.Time{}
			for _, r := range rows {
				require.Equal(t, b.ID, r.CauseID)
				require.True(t, json.Valid([]byte(r.Payload)))
				at[r.RecipientID] = append(at[r.RecipientID], r.SendAfter.UTC())
			}
			return at
		}
		times := func(start time.Time) []time.Time {
			return []time.Time{start.Add(-24 * time.Hour), start.Add(-time.Hour)}
		}
		require.Equal(t, map[model.ID][]time.Time{guardian.AccountID: times(b.StartsAt), own.AccountID: times(b.StartsAt)}, pending())
		week := slots[len(slots)-1]
		_, err = sc.svc.Reschedule(t.Context(), guardian, b.ID, week.ID)
		require.NoError(t, err)
		require.Equal(t, map[model.ID][]time.Time{guardian.AccountID: times(week.StartsAt), own.AccountID: times(week.StartsAt)}, pending())
		_, err = sc.svc.Cancel(t.Context(), sc.counsellor, b.ID, "")
		require.NoError(t, err)
		require.Empty(t, pending())
		require.Equal(t, 1, sc.count(&model.OutboxMessage{}, "kind = ? AND status = ? AND recipient_id = ?", kindCancelled, model.OutboxPending, guardian.AccountID))
	})
}
