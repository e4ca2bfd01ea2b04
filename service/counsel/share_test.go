package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// fullDay is a rule of sixteen slots, Tuesdays 9:00 to 17:00.
func fullDay() model.AvailabilityRule {
	rule := tuesday()
	rule.EndMinute = 17 * 60
	return rule
}

func TestOneAccountBooksItsShareAndNoMore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		slots := b.open(b.counsellor, fullDay())
		guardian, pupil := b.family()
		errs := storetest.Contend(10, func(i int) error {
			_, err := b.replica(i).Book(ctx, guardian, BookIn{SlotID: slots[i].ID, PupilID: pupil.ID})
			return err
		})
		require.Equal(t, map[string]int{"": 2, "too_many_bookings": 8}, storetest.Codes(t, errs))
		b.mustAgree()

		t.Run("the adult, the child and the school have shares of their own", func(t *testing.T) {
			free := b.slots(b.counsellor)
			b.book(guardian, free[0])
			child := b.PupilAccount(pupil)
			_, err := b.svc.Book(ctx, child, BookIn{SlotID: free[1].ID})
			require.NoError(t, err)
			teacher := b.Staff(model.RoleTeacher, b.tree.Class)
			for _, slot := range free[2:5] {
				_, err := b.svc.Book(ctx, teacher, BookIn{SlotID: slot.ID, PupilID: pupil.ID})
				require.NoError(t, err)
			}
		})
		t.Run("a call for help gets a talk beyond the share, but not all that are free", func(t *testing.T) {
			for i := range 3 {
				_, err := b.svc.Book(ctx, guardian, BookIn{SlotID: b.slots(b.counsellor)[0].ID, PupilID: pupil.ID, SelfHarm: true})
				if i < 2 {
					require.NoError(t, err)
					continue
				}
				storetest.Refused(t, err, "too_many_bookings")
				require.Equal(t, Hotlines(), storetest.Refused(t, err, "too_many_bookings").Details.(Refusal).Hotlines)
			}
			require.Equal(t, 1, b.Count(&model.Alert{}, "times = ?", 3), "each call for help is heard")
		})
		t.Run("a room sets the share", func(t *testing.T) {
			next := BookIn{SlotID: b.slots(b.counsellor)[0].ID, PupilID: pupil.ID}
			_, err := b.svc.Book(ctx, guardian, next)
			require.ErrorIs(t, err, errTooManyBookings)
			room, err := b.updateRoom(RoomIn{Name: "心语室", MaxOpenBookings: 5})
			require.NoError(t, err)
			require.Equal(t, 5, room.MaxOpenBookings)
			_, err = b.svc.Book(ctx, guardian, next)
			require.NoError(t, err)
			room, err = b.updateRoom(RoomIn{Name: "心语室"})
			require.NoError(t, err)
			require.Equal(t, 5, room.MaxOpenBookings, "it stays")
		})
	})
}

func TestBookingAndCancellingOverAndOverEndsAndTellsNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		slot := b.open(b.counsellor, tuesday())[0]
		guardian, _ := b.family()
		for range maxBookingsADay {
			booking := b.book(guardian, slot)
			_, err := b.svc.Cancel(ctx, guardian, booking.ID, "")
			require.NoError(t, err)
		}
		_, err := b.svc.Book(ctx, guardian, BookIn{SlotID: slot.ID})
		require.ErrorIs(t, err, errTooManyToday)
		require.Zero(t, b.Count(&model.OutboxMessage{}, "status <> ?", model.OutboxDropped))
		require.Zero(t, b.Count(&model.CallTask{}))

		_, err = b.svc.Book(ctx, guardian, BookIn{SlotID: slot.ID, SelfHarm: true})
		require.NoError(t, err, "a call for help is never refused")
		b.clearAll()
		b.clock.Advance(25 * time.Hour)
		late := b.slots(b.counsellor)[0]
		booking := b.book(guardian, late)
		b.clock.Advance(secondThoughts)
		_, err = b.svc.Cancel(ctx, guardian, booking.ID, "")
		require.NoError(t, err)
		require.Equal(t, 1, b.Count(&model.OutboxMessage{}, "kind = ? AND recipient_id = ? AND cause_id = ?", kindCancelled, b.counsellor.AccountID, booking.ID))
	})
}

func TestTheSchoolsSideAlwaysTellsTheFamily(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		guardian, _ := b.family()
		booking := b.book(guardian, b.open(b.counsellor, tuesday())[0])
		_, err := b.svc.Cancel(t.Context(), b.counsellor, booking.ID, "")
		require.NoError(t, err)
		require.Equal(t, 1, b.Count(&model.OutboxMessage{}, "kind = ? AND recipient_id = ?", kindCancelled, guardian.AccountID))
	})
}

func TestOneAccountHoldsTwoOffersAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		second := b.newCounsellor()
		third := b.newCounsellor()
		var slots []Slot
		for i, c := range []model.Actor{b.counsellor, second, third} {
			rule := tuesday()
			rule.StartMinute, rule.EndMinute = rule.StartMinute+i*60, rule.StartMinute+i*60+30
			slots = append(slots, b.open(c, rule)...)
		}
		require.Len(t, slots, 3)
		frees := make([]func(), len(slots))
		for i, slot := range slots {
			frees[i] = b.taken(slot)
		}
		greedy, pupil := b.family()
		sibling := b.Pupil(b.tree.Class)
		b.Bind(greedy, sibling)
		next, _ := b.family()
		for _, in := range []WaitIn{{}, {PupilID: pupil.ID}, {PupilID: sibling.ID}} {
			b.wait(greedy, in)
		}
		b.clock.Advance(time.Minute)
		b.wait(next, WaitIn{})
		storetest.Contend(len(frees), func(i int) error { frees[i](); return nil })
		require.Equal(t, 2, b.Count(&model.WaitEntry{}, "account_id = ? AND status = ?", greedy.AccountID, model.WaitOffered))
		require.Equal(t, 1, b.Count(&model.WaitEntry{}, "account_id = ? AND status = ?", next.AccountID, model.WaitOffered))
		b.mustAgree()
	})
}

func TestTheAlertSaysWhetherTheAccountIsKnown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		guardian, pupil := b.family()
		claims := b.Account() // to be the pupil's own account, once a teacher has confirmed it
		waits := true
		for i, kind := range []model.BindingKind{model.BindingGuardian, model.BindingPupil} {
			p := []*model.Pupil{b.Pupil(b.tree.OtherClass), pupil}[i]
			b.Insert(&model.BindingClaim{ID: b.st.NewID(), AccountID: claims.AccountID, PupilID: p.ID, Kind: kind, Waits: &waits, CreatedAt: b.st.Now(), ExpiresAt: b.st.Now().AddDate(0, 0, 1)})
		}
		t.Run("while a claim waits the alert is about that pupil, and says so", func(t *testing.T) {
			require.NoError(t, b.svc.RaiseAlert(t.Context(), claims, 0))
			var row model.Alert
			require.NoError(t, b.st.Read(t.Context()).Order("id DESC").Take(&row).Error)
			require.Equal(t, []any{pupil.ID, b.tree.Class.ID, true, false}, []any{row.PupilID, row.UnitID, row.Claimed, row.Loose})
		})
		for _, c := range []struct {
			name  string
			who   model.Actor
			pupil model.ID
			loose bool
		}{
			{"a stranger", b.Account(), 0, true},
			{"a stranger who names a pupil", b.Account(), pupil.ID, true},
			{"a guardian for themselves", guardian, 0, false},
			{"a guardian for the child", guardian, pupil.ID, false},
			{"a pupil", b.PupilAccount(pupil), 0, false},
			{"a teacher", b.Staff(model.RoleTeacher, b.tree.Class), 0, false},
		} {
			require.NoError(t, b.svc.RaiseAlert(t.Context(), c.who, c.pupil), c.name)
			var row model.Alert
			require.NoError(t, b.st.Read(t.Context()).Order("id DESC").Take(&row).Error)
			require.Equal(t, c.who.AccountID, row.AccountID, c.name)
			require.Equal(t, c.loose, row.Loose, c.name)
		}
	})
}
