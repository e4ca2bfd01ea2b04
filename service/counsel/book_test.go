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
	"xinyu/service/platform/store/storetest"
)

func TestATakenSlotComesWithTheNearestFreeOnes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.booths(2)
		mine := b.open(b.counsellor, tuesday())
		others := b.open(b.newCounsellor(), tuesday())
		first, _ := b.family()
		second, _ := b.family()
		b.book(first, mine[1])
		_, err := b.svc.Book(t.Context(), second, BookIn{SlotID: mine[1].ID})
		got := storetest.Refused(t, err, "slot_taken").Details.(Refusal).Alternatives
		require.Equal(t, []Slot{mine[2], mine[0], mine[3], others[1], others[2], others[0]}, got, "the counsellor's first, each by nearness")
	})
}

func TestTheSameKeyReturnsTheSameBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		ids := make([]model.ID, 20)
		errs := storetest.Contend(len(ids), func(i int) error {
			booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, RequestKey: "k1"})
			ids[i] = booked.ID
			return err
		})
		require.Equal(t, map[string]int{"": len(ids)}, storetest.Codes(t, errs))
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		_, err := b.svc.Reschedule(t.Context(), guardian, ids[0], slots[2].ID)
		require.NoError(t, err)
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, RequestKey: "k1"})
		require.NoError(t, err)
		require.Equal(t, ids[0], booked.ID, "also after the booking has moved")
		_, err = b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[1].ID, PupilID: pupil.ID, RequestKey: "k1"})
		require.ErrorIs(t, err, store.ErrKeyReused)
		_, err = b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, RequestKey: "k1"})
		require.ErrorIs(t, err, store.ErrKeyReused)
		for _, changed := range []BookIn{{Concern: "后来想说的"}, {SelfHarm: true}} {
			changed.SlotID, changed.PupilID, changed.RequestKey = slots[0].ID, pupil.ID, "k1"
			_, err = b.svc.Book(t.Context(), guardian, changed)
			require.ErrorIs(t, err, store.ErrKeyReused, "what is new in it must not be lost")
		}
		require.Equal(t, 1, b.Count(&model.Alert{}, "account_id = ?", guardian.AccountID))
		other, _ := b.family()
		_, err = b.svc.Book(t.Context(), other, BookIn{SlotID: slots[0].ID, RequestKey: "k1"})
		require.NoError(t, err, "another account's key is another key")
		_, err = b.svc.Book(t.Context(), other, BookIn{SlotID: slots[1].ID, RequestKey: strings.Repeat("k", 65)})
		require.ErrorIs(t, err, model.Invalid("", "idempotency_key_too_long", ""))
		for _, key := range []string{"\xe9\xe9", "键", "a\x00", "a\n"} {
			_, err = b.svc.Book(t.Context(), other, BookIn{SlotID: slots[1].ID, RequestKey: key})
			require.ErrorIs(t, err, model.Invalid("", "idempotency_key_invalid", ""))
			_, err = b.svc.Wait(t.Context(), other, WaitIn{RoomID: b.room.ID, To: monday.AddDate(0, 0, 3), RequestKey: key})
			require.ErrorIs(t, err, model.Invalid("", "idempotency_key_invalid", ""))
		}
	})
}

func TestWhoMayBookForWhom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.SlotMinutes = 10
		slots := b.open(b.counsellor, rule)
		guardian, pupil := b.family()
		_, stranger := b.family()
		own := b.PupilAccount(pupil)
		next := 0
		book := func(actor model.Actor, pupilID model.ID) (Booking, error) {
			next++
			return b.svc.Book(t.Context(), actor, BookIn{SlotID: slots[next].ID, PupilID: pupilID})
		}
		booked, err := book(guardian, 0)
		require.NoError(t, err)
		require.Zero(t, booked.PupilID)
		booked, err = book(guardian, pupil.ID)
		require.NoError(t, err)
		require.Equal(t, pupil.ID, booked.PupilID)
		booked, err = book(own, 0)
		require.NoError(t, err)
		require.Equal(t, pupil.ID, booked.PupilID, "a pupil's account is always for the pupil")
		booked, err = book(b.Staff(model.RoleTeacher, b.tree.Class), pupil.ID)
		require.NoError(t, err, "a walk-in")
		require.Equal(t, pupil.ID, booked.PupilID)
		_, err = book(guardian, stranger.ID)
		require.ErrorIs(t, err, model.NotFound("pupil"))
		_, err = book(own, stranger.ID)
		require.ErrorIs(t, err, model.NotFound("pupil"))
		_, err = book(b.Staff(model.RoleTeacher, b.tree.OtherClass), pupil.ID)
		require.ErrorIs(t, err, model.NotFound("pupil"))
		b.Consent(b.counsellor)
		_, err = book(b.counsellor, 0)
		require.ErrorIs(t, err, errOwnSlot)
		far := b.Tree()
		_, err = book(b.Guardian(b.Pupil(far.Class)), 0)
		require.ErrorIs(t, err, model.NotFound("slot"), "another county's room is not there")
		_, err = book(b.Account(), 0)
		require.ErrorIs(t, err, model.NotFound("slot"))
	})
}

func TestNothingIsBookedWithoutConsent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.SlotMinutes = 10
		slots := b.open(b.counsellor, rule)
		guardian, child := b.family()
		childAccount := b.PupilAccount(child)
		teacher := b.Staff(model.RoleTeacher, b.tree.Class)
		grown := b.Pupil(b.tree.Class)
		b.Set(&model.Pupil{ID: grown.ID}, "birth_date", string(model.DateOf(monday.AddDate(-14, 0, 0))))
		grownAccount := b.PupilAccount(grown)
		next := 0
		book := func(actor model.Actor, pupilID model.ID) error {
			next++
			_, err := b.svc.Book(t.Context(), actor, BookIn{SlotID: slots[next].ID, PupilID: pupilID})
			return err
		}
		require.NoError(t, book(childAccount, 0), "a guardian has consented")
		require.ErrorIs(t, book(grownAccount, 0), family.ErrConsentNeeded)
		b.Consent(grownAccount)
		require.NoError(t, book(grownAccount, 0), "from fourteen on the pupil can")
		require.NoError(t, book(teacher, grown.ID))
		b.Consent(childAccount)
		b.Set(&model.Consent{}, "withdrawn_at", monday, "account_id = ?", guardian.AccountID)
		require.ErrorIs(t, book(guardian, 0), family.ErrConsentNeeded)
		require.ErrorIs(t, book(guardian, child.ID), family.ErrConsentNeeded)
		require.ErrorIs(t, book(childAccount, 0), family.ErrGuardianConsentNeeded, "under fourteen the pupil's own word does not do")
		require.ErrorIs(t, book(teacher, child.ID), family.ErrGuardianConsentNeeded)
	})
}

func TestSelfHarmRaisesAnAlertWhateverBecomesOfTheBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		alertOf := func(t *testing.T, actor model.Actor) model.Alert {
			t.Helper()
			var a model.Alert
			require.NoError(t, b.st.Read(t.Context()).Where("account_id = ?", actor.AccountID).Take(&a).Error)
			return a
		}
		mustRefuse := func(t *testing.T, code string, err error) {
			t.Helper()
			e := storetest.Refused(t, err, code)
			require.Len(t, e.Details.(Refusal).Hotlines, 4)
			require.NotNil(t, e.Details.(Refusal).Alternatives)
		}
		book := func(t *testing.T, actor model.Actor, in BookIn) (Booking, error) {
			in.SelfHarm = true
			return b.svc.Book(t.Context(), actor, in)
		}

		t.Run("booked", func(t *testing.T) {
			guardian, pupil := b.family()
			booked, err := book(t, guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
			require.NoError(t, err)
			require.Len(t, booked.Hotlines, 4)
			a := alertOf(t, guardian)
			require.Equal(t, []any{model.AlertImmediate, model.AlertRaised, pupil.ID, pupil.ClassID, booked.ID}, []any{a.Level, a.Status, a.PupilID, a.UnitID, a.SourceID})
			require.Equal(t, monday.Add(10*time.Minute), a.DueAt.UTC())
		})
		t.Run("the slot is taken, and a repeat joins the first alert, however late that is", func(t *testing.T) {
			b.book(first(b.family()), slots[2])
			guardian, pupil := b.family()
			again := func() {
				_, err := book(t, guardian, BookIn{SlotID: slots[2].ID, PupilID: pupil.ID})
				mustRefuse(t, "slot_taken", err)
			}
			again()
			require.Equal(t, pupil.ID, alertOf(t, guardian).PupilID)
			again()
			require.Equal(t, 1, b.Count(&model.Alert{}, "account_id = ?", guardian.AccountID))
			b.clock.Advance(10 * time.Minute)
			again()
			require.Equal(t, 1, b.Count(&model.Alert{}, "account_id = ?", guardian.AccountID))
			require.Equal(t, 3, alertOf(t, guardian).Times)
		})
		t.Run("consent is missing", func(t *testing.T) {
			pupil := b.PupilAccount(b.Pupil(b.tree.Class))
			_, err := book(t, pupil, BookIn{SlotID: slots[1].ID})
			mustRefuse(t, "guardian_consent_needed", err)
			require.Equal(t, pupil.PupilID, alertOf(t, pupil).PupilID)
		})
		t.Run("the concern is too long, and the alert of an adult is the room's unit's", func(t *testing.T) {
			guardian, _ := b.family()
			_, err := book(t, guardian, BookIn{SlotID: slots[1].ID, Concern: strings.Repeat("苦", MaxConcernLength+1)})
			mustRefuse(t, "concern_too_long", err)
			require.Equal(t, b.tree.School.ID, alertOf(t, guardian).UnitID)
		})
		t.Run("the pupil is another's, and the alert does not name them", func(t *testing.T) {
			guardian, _ := b.family()
			_, other := b.family()
			_, err := book(t, guardian, BookIn{SlotID: 1, PupilID: other.ID})
			mustRefuse(t, "slot_not_found", err)
			require.Zero(t, alertOf(t, guardian).PupilID)
			require.Equal(t, b.tree.Class.ID, alertOf(t, guardian).UnitID)
		})
		t.Run("the pupil has left the roster, and nobody has a role any more", func(t *testing.T) {
			guardian, pupil := b.family()
			own := b.PupilAccount(pupil)
			b.Set(pupil, "departed_at", b.clock.Now())
			for _, actor := range []model.Actor{{AccountID: guardian.AccountID}, {AccountID: own.AccountID}} {
				_, err := book(t, actor, BookIn{SlotID: slots[1].ID, PupilID: pupil.ID})
				mustRefuse(t, "slot_not_found", err)
				require.Equal(t, []model.ID{pupil.ID, pupil.ClassID}, []model.ID{alertOf(t, actor).PupilID, alertOf(t, actor).UnitID})
			}
		})
		t.Run("the account belongs to no family, and the county is responsible", func(t *testing.T) {
			account := b.Account()
			_, err := book(t, account, BookIn{})
			mustRefuse(t, "slot_not_found", err)
			require.Equal(t, b.tree.County.ID, alertOf(t, account).UnitID)
		})
		t.Run("the offer that is accepted is unknown", func(t *testing.T) {
			guardian, _ := b.family()
			_, err := b.svc.Accept(t.Context(), guardian, 1, AcceptIn{SelfHarm: true})
			mustRefuse(t, "wait_entry_not_found", err)
			alertOf(t, guardian)
		})
	})
}

// The table of pupils is away; that of alerts is not.
func TestAnAlertIsStoredWhereThePupilCannotBeRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		child := b.PupilAccount(b.Pupil(b.tree.Class))
		require.NoError(t, b.st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE pupils RENAME TO pupils_away").Error }))
		for _, c := range []struct {
			who         model.Actor
			slot, pupil model.ID
			unit, about model.ID // of the alert
		}{
			{guardian, slots[0].ID, pupil.ID, b.tree.School.ID, 0},
			{child, 0, 0, b.tree.Class.ID, child.PupilID},
		} {
			_, err := b.svc.Book(t.Context(), c.who, BookIn{SlotID: c.slot, PupilID: c.pupil, SelfHarm: true})
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			require.Len(t, e.Details.(Refusal).Hotlines, 4)
			var a model.Alert
			require.NoError(t, b.st.Read(t.Context()).Where("account_id = ?", c.who.AccountID).Take(&a).Error)
			require.Equal(t, []any{model.AlertImmediate, c.unit, c.about}, []any{a.Level, a.UnitID, a.PupilID})
		}
	})
}

func TestTheConcernIsEncryptedAndShownToTwoOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		const concern = "我睡不着，不想让别人知道"
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		own := b.PupilAccount(pupil)
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, Concern: concern})
		require.NoError(t, err)
		require.Equal(t, concern, booked.Concern)
		var raw []byte
		require.NoError(t, b.st.Read(t.Context()).Raw("SELECT concern FROM bookings WHERE id = ?", booked.ID).Row().Scan(&raw))
		require.Greater(t, len(raw), len(concern))
		require.False(t, bytes.Contains(raw, []byte(concern[:9])))
		opened, err := b.svc.vault.Unseal("bookings.concern", booked.ID, raw)
		require.NoError(t, err)
		require.Equal(t, concern, opened)
		for _, reader := range []struct {
			who   model.Actor
			reads string
		}{{guardian, concern}, {b.counsellor, concern}, {b.manager, ""}, {own, ""}} {
			got, err := b.svc.Booking(t.Context(), reader.who, booked.ID)
			require.NoError(t, err)
			require.Equal(t, reader.reads, got.Concern)
			require.Equal(t, reader.reads == "", got.SelfHarm == nil)
			if reader.who.AccountID == b.counsellor.AccountID {
				require.Equal(t, [2]string{pupil.Name, b.tree.Class.Name}, [2]string{got.PupilName, got.ClassName})
			} else {
				require.Empty(t, got.PupilName+got.ClassName)
			}
		}
		other, _ := b.family()
		second := b.Account()
		b.Bind(second, pupil)
		for _, reader := range []model.Actor{other, second, b.newCounsellor(), b.Staff(model.RoleManager, b.Tree().School), b.Staff(model.RoleTeacher, b.tree.Class)} {
			_, err := b.svc.Booking(t.Context(), reader, booked.ID)
			require.ErrorIs(t, err, model.NotFound("booking"))
			_, err = b.svc.Cancel(t.Context(), reader, booked.ID, "")
			require.ErrorIs(t, err, model.NotFound("booking"))
			_, err = b.svc.Reschedule(t.Context(), reader, booked.ID, slots[1].ID)
			require.Equal(t, model.KindNotFound, model.KindOf(err))
			list, err := b.svc.Bookings(t.Context(), reader, BookingsIn{})
			require.NoError(t, err)
			require.Empty(t, list.Items)
		}
	})
}

func TestRecordsAreTheCounsellorsAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		const text = "来访者情绪平稳，约定下周再谈"
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		record, err := b.svc.AddRecord(t.Context(), b.counsellor, booked.ID, text)
		require.NoError(t, err)
		list, err := b.svc.Records(t.Context(), b.counsellor, booked.ID)
		require.NoError(t, err)
		require.Equal(t, []Record{record}, list)
		var row model.CounselRecord
		require.NoError(t, b.st.Read(t.Context()).Take(&row).Error)
		require.False(t, bytes.Contains(row.Content, []byte(text[:9])))
		for _, reader := range []model.Actor{guardian, b.manager, b.newCounsellor()} {
			_, err := b.svc.Records(t.Context(), reader, booked.ID)
			require.ErrorIs(t, err, model.NotFound("booking"))
			_, err = b.svc.AddRecord(t.Context(), reader, booked.ID, "x")
			require.ErrorIs(t, err, model.NotFound("booking"))
		}
	})
}

func TestAFormerCounsellorReadsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		booked := b.book(first(b.family()), slots[0])
		former := model.Actor{AccountID: b.counsellor.AccountID} // as it is after the role was taken back
		_, err := b.svc.Booking(t.Context(), former, booked.ID)
		require.ErrorIs(t, err, model.NotFound("booking"))
		_, err = b.svc.Cancel(t.Context(), former, booked.ID, "")
		require.ErrorIs(t, err, model.NotFound("booking"))
		list, err := b.svc.Bookings(t.Context(), former, BookingsIn{})
		require.NoError(t, err)
		require.Empty(t, list.Items)
		// As a manager of the room they see it, without what was written.
		former.Roles = b.manager.Roles
		got, err := b.svc.Booking(t.Context(), former, booked.ID)
		require.NoError(t, err)
		require.Nil(t, got.SelfHarm)
	})
}

func first(actor model.Actor, _ *model.Pupil) model.Actor { return actor }

func TestWithoutConsentABookingIsCancelledButNotRescheduled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		own := b.PupilAccount(pupil)
		b.Set(&model.Consent{}, "withdrawn_at", b.clock.Now(), "account_id = ?", guardian.AccountID)
		_, err = b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[1].ID)
		require.ErrorIs(t, err, family.ErrConsentNeeded)
		_, err = b.svc.Reschedule(t.Context(), own, booked.ID, slots[1].ID)
		require.ErrorIs(t, err, family.ErrGuardianConsentNeeded)
		_, err = b.svc.Reschedule(t.Context(), b.counsellor, booked.ID, slots[2].ID)
		require.NoError(t, err, "the counsellor keeps the diary")
		_, err = b.svc.Cancel(t.Context(), guardian, booked.ID, "")
		require.NoError(t, err)
	})
}

func TestABookingChangesItsStatusOnlyAsAllowed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked := b.book(guardian, slots[0])
		_, err := b.svc.Complete(t.Context(), b.counsellor, booked.ID)
		require.ErrorIs(t, err, errBookingAhead)
		b.clock.Set(booked.StartsAt.Add(-time.Millisecond))
		got, err := b.svc.Cancel(t.Context(), guardian, booked.ID, "孩子病了")
		require.NoError(t, err)
		require.Equal(t, model.BookingCancelled, got.Status)
		got, err = b.svc.Cancel(t.Context(), guardian, booked.ID, "again")
		require.NoError(t, err, "calling off twice is fine")
		require.Equal(t, "孩子病了", got.CancelReason)
		_, err = b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[1].ID)
		require.ErrorIs(t, err, errBookingOver)

		booked, err = b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[1].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		c := b.book(guardian, slots[2])
		b.clock.Set(c.StartsAt)
		_, err = b.svc.Cancel(t.Context(), guardian, booked.ID, "")
		require.ErrorIs(t, err, errBookingStarted)
		_, err = b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[3].ID)
		require.ErrorIs(t, err, errBookingStarted)
		_, err = b.svc.Complete(t.Context(), guardian, booked.ID)
		require.ErrorIs(t, err, model.NotFound("booking"))
		for range 2 {
			got, err = b.svc.Complete(t.Context(), b.counsellor, booked.ID)
			require.NoError(t, err)
			require.Equal(t, model.BookingCompleted, got.Status)
		}
		_, err = b.svc.NoShow(t.Context(), b.counsellor, booked.ID)
		require.ErrorIs(t, err, errBookingOver)
		got, err = b.svc.NoShow(t.Context(), b.counsellor, c.ID)
		require.NoError(t, err)
		require.Equal(t, model.BookingNoShow, got.Status)
	})
}

func TestReschedulingMovesAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, _ := b.family()
		other, _ := b.family()
		booked := b.book(guardian, slots[0])
		b.book(other, slots[1])
		_, err := b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[1].ID)
		require.ErrorIs(t, err, errSlotTaken)
		require.Equal(t, booked.ID, b.slot(slots[0].ID).BookingID)
		b.mustAgree()
		moved, err := b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[2].ID)
		require.NoError(t, err)
		require.Equal(t, []any{booked.ID, slots[2].ID, slots[2].StartsAt}, []any{moved.ID, moved.SlotID, moved.StartsAt})
		require.Equal(t, model.SlotOpen, b.slot(slots[0].ID).Status)
		b.mustAgree()
		// Two that want each other's place: neither can have it while the other is there.
		theirs := b.book(other, slots[3])
		errs := storetest.Contend(20, func(i int) error {
			var err error
			if i%2 == 0 {
				_, err = b.svc.Reschedule(t.Context(), guardian, booked.ID, slots[3].ID)
			} else {
				_, err = b.svc.Reschedule(t.Context(), other, theirs.ID, slots[2].ID)
			}
			return err
		})
		require.Equal(t, map[string]int{"slot_taken": 20}, storetest.Codes(t, errs))
		b.mustAgree()
	})
}

func TestRemindersFollowTheBooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		rule := tuesday()
		rule.HorizonDays = 14
		slots := b.open(b.counsellor, rule)
		guardian, pupil := b.family()
		own := b.PupilAccount(pupil)
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		pending := func() map[model.ID][]time.Time {
			var rows []model.OutboxMessage
			require.NoError(t, b.st.Read(t.Context()).Where("status = ? AND kind LIKE 'booking_reminder%'", model.OutboxPending).Order("send_after").Find(&rows).Error)
			at := map[model.ID][]time.Time{}
			for _, r := range rows {
				require.Equal(t, booked.ID, r.CauseID)
				require.True(t, json.Valid([]byte(r.Payload)))
				at[r.RecipientID] = append(at[r.RecipientID], r.SendAfter.UTC())
			}
			return at
		}
		times := func(start time.Time) []time.Time {
			return []time.Time{start.Add(-24 * time.Hour), start.Add(-time.Hour)}
		}
		require.Equal(t, map[model.ID][]time.Time{guardian.AccountID: times(booked.StartsAt), own.AccountID: times(booked.StartsAt)}, pending())
		week := slots[len(slots)-1]
		_, err = b.svc.Reschedule(t.Context(), guardian, booked.ID, week.ID)
		require.NoError(t, err)
		require.Equal(t, map[model.ID][]time.Time{guardian.AccountID: times(week.StartsAt), own.AccountID: times(week.StartsAt)}, pending())
		_, err = b.svc.Cancel(t.Context(), b.counsellor, booked.ID, "")
		require.NoError(t, err)
		require.Empty(t, pending())
		require.Equal(t, 1, b.Count(&model.OutboxMessage{}, "kind = ? AND status = ? AND recipient_id = ?", kindCancelled, model.OutboxPending, guardian.AccountID))
	})
}
