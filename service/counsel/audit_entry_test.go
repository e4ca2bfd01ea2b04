package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// written returns what the log holds of the actor since the last call, as action and subject.
func (b *bundle) written(actor model.Actor) []model.AuditEntry {
	b.t.Helper()
	var rows []model.AuditEntry
	require.NoError(b.t, b.st.Read(b.t.Context()).Order("id").Find(&rows, "actor_id = ?", actor.AccountID).Error)
	require.NoError(b.t, b.st.Tx(b.t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM audit_entries WHERE actor_id = ?", actor.AccountID).Error
	}))
	return rows
}

func brief(rows []model.AuditEntry) []string {
	return store.Each(rows, func(e model.AuditEntry) string {
		return string(e.ActorRole) + " " + string(e.Action) + " " + string(e.Subject) + " " + string(e.Purpose)
	})
}

func TestWhatStaffDoWithBookingsIsLogged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.booths(2)
		ctx := t.Context()
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		teacher := b.Staff(model.RoleTeacher, b.tree.Class)
		booked, err := b.svc.Book(ctx, guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, Concern: "睡不着"})
		require.NoError(t, err)
		own := b.PupilAccount(pupil)
		alone, err := b.svc.Book(ctx, own, BookIn{SlotID: slots[1].ID})
		require.NoError(t, err)

		t.Run("a family's own calls write nothing", func(t *testing.T) {
			for _, actor := range []model.Actor{guardian, own} {
				for _, call := range []func() error{
					func() error { _, err := b.svc.Bookings(ctx, actor, BookingsIn{}); return err },
					func() error { _, err := b.svc.Booking(ctx, own, alone.ID); return err },
					func() error { _, err := b.svc.Overview(ctx, actor); return err },
					func() error { _, err := b.svc.WaitList(ctx, actor, store.PageRequest{}); return err },
				} {
					require.NoError(t, call())
				}
			}
			_, err := b.svc.Reschedule(ctx, guardian, booked.ID, slots[2].ID)
			require.NoError(t, err)
			require.Zero(t, b.Count(&model.AuditEntry{}))
		})
		t.Run("the counsellor's reads name each pupil, and are withheld from guardians", func(t *testing.T) {
			_, err := b.svc.Bookings(ctx, b.counsellor, BookingsIn{})
			require.NoError(t, err)
			_, err = b.svc.Booking(ctx, b.counsellor, alone.ID)
			require.NoError(t, err)
			rows := b.written(b.counsellor)
			require.Equal(t, []string{"counsellor read booking counselling", "counsellor read booking counselling", "counsellor read booking counselling"}, brief(rows))
			for _, e := range rows {
				require.Equal(t, []any{pupil.ID, b.tree.School.ID, true}, []any{e.PupilID, e.UnitID, e.Withheld})
			}
			require.Equal(t, alone.ID, rows[2].SubjectID)
		})
		t.Run("a manager of the room is shown nobody, and so reads nothing, but what they change is logged", func(t *testing.T) {
			_, err := b.svc.Bookings(ctx, b.manager, BookingsIn{})
			require.NoError(t, err)
			require.Empty(t, b.written(b.manager))
			_, err = b.svc.Reschedule(ctx, b.manager, booked.ID, slots[0].ID)
			require.NoError(t, err)
			require.Equal(t, []string{"manager write booking management"}, brief(b.written(b.manager)))
		})
		t.Run("a teacher who books for a pupil", func(t *testing.T) {
			talk, err := b.svc.Book(ctx, teacher, BookIn{SlotID: slots[3].ID, PupilID: pupil.ID, RequestKey: "k"})
			require.NoError(t, err)
			_, err = b.svc.Booking(ctx, teacher, talk.ID)
			require.NoError(t, err)
			_, err = b.svc.Overview(ctx, teacher)
			require.NoError(t, err)
			_, err = b.svc.Cancel(ctx, teacher, talk.ID, "")
			require.NoError(t, err)
			_, err = b.svc.Cancel(ctx, teacher, talk.ID, "") // changes nothing, and shows it again
			require.NoError(t, err)
			require.Equal(t, []string{"teacher write booking teaching", "teacher read booking teaching", "teacher read booking teaching", "teacher write booking teaching",
				"teacher write booking teaching"}, brief(b.written(teacher)))
		})
		t.Run("a teacher who waits for a pupil", func(t *testing.T) {
			for _, in := range []WaitIn{{RoomID: b.room.ID}, {CounsellorID: b.counsellor.AccountID}} {
				in.PupilID, in.To = pupil.ID, monday.AddDate(0, 0, 3)
				entry, err := b.svc.Wait(ctx, teacher, in)
				require.NoError(t, err)
				_, err = b.svc.WaitList(ctx, teacher, store.PageRequest{Limit: 1})
				require.NoError(t, err)
				_, err = b.svc.CancelWait(ctx, teacher, entry.ID)
				require.NoError(t, err)
				rows := b.written(teacher)
				require.Equal(t, []string{"teacher write booking teaching", "teacher read booking teaching", "teacher write booking teaching"}, brief(rows))
				for _, e := range rows {
					require.Equal(t, []any{entry.ID, pupil.ID, b.tree.School.ID, true}, []any{e.SubjectID, e.PupilID, e.UnitID, e.Withheld})
				}
			}
		})
		t.Run("a teacher with a child of their own", func(t *testing.T) {
			child := b.Pupil(b.tree.OtherClass)
			b.Bind(teacher, child)
			b.Consent(teacher)
			talk, err := b.svc.Book(ctx, teacher, BookIn{SlotID: slots[3].ID, PupilID: child.ID})
			require.NoError(t, err)
			_, err = b.svc.Booking(ctx, teacher, talk.ID)
			require.NoError(t, err)
			_, err = b.svc.Cancel(ctx, teacher, talk.ID, "")
			require.NoError(t, err)
			require.Empty(t, b.written(teacher))
		})
		t.Run("outcomes, records and their hand-over", func(t *testing.T) {
			b.clock.Set(slots[1].StartsAt.Add(time.Minute))
			_, err := b.svc.NoShow(ctx, b.counsellor, booked.ID)
			require.NoError(t, err)
			_, err = b.svc.Complete(ctx, b.counsellor, alone.ID)
			require.NoError(t, err)
			_, err = b.svc.Records(ctx, b.counsellor, alone.ID)
			require.NoError(t, err, "there are none yet")
			_, err = b.svc.AddRecord(ctx, b.counsellor, alone.ID, "聊了睡眠")
			require.NoError(t, err)
			_, err = b.svc.Records(ctx, b.counsellor, alone.ID)
			require.NoError(t, err)
			next := b.newCounsellor()
			b.Set(&model.Booking{}, "counsellor_id", next.AccountID, "id = ?", alone.ID)
			_, err = b.svc.HandOverRecords(ctx, b.counsellor, alone.ID, next.AccountID)
			require.NoError(t, err)
			rows := b.written(b.counsellor)
			require.Equal(t, []string{"counsellor write booking counselling", "counsellor write booking counselling", "counsellor write record counselling",
				"counsellor read record counselling", "counsellor grant record counselling"}, brief(rows))
			require.Equal(t, []any{alone.ID, pupil.ID, true}, []any{rows[3].SubjectID, rows[3].PupilID, rows[3].Withheld})
			_, err = b.svc.Records(ctx, next, alone.ID)
			require.NoError(t, err)
			require.Equal(t, []string{"counsellor read record counselling"}, brief(b.written(next)))
		})
	})
}

func TestNothingIsShownThatCantBeLogged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID})
		require.NoError(t, err)
		require.NoError(t, b.st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Exec("ALTER TABLE audit_entries RENAME TO gone").Error }))
		_, err = b.svc.Booking(t.Context(), b.counsellor, booked.ID)
		require.Error(t, err)
		_, err = b.svc.Cancel(t.Context(), b.manager, booked.ID, "")
		require.Error(t, err)
		require.Equal(t, 1, b.Count(&model.Booking{}, "status = ?", model.BookingBooked), "the change went back with it")
		_, err = b.svc.Cancel(t.Context(), guardian, booked.ID, "")
		require.NoError(t, err, "a family needs no log")
	})
}

func TestABookingsIDDoesNotTellWhenItWasMade(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slot := b.open(b.counsellor, tuesday())[0]
		free := b.taken(slot)
		guardian, _ := b.family()
		entry, err := b.svc.Wait(t.Context(), guardian, WaitIn{RoomID: b.room.ID, To: monday.AddDate(0, 0, 3)})
		require.NoError(t, err)
		free()
		accepted, err := b.svc.Accept(t.Context(), guardian, entry.ID, AcceptIn{})
		require.NoError(t, err)
		page, err := b.svc.Bookings(t.Context(), b.manager, BookingsIn{})
		require.NoError(t, err)
		require.Len(t, page.Items, 2)
		for _, v := range append(page.Items, accepted) {
			require.Greater(t, v.ID.Time().Sub(b.clock.Now()).Abs(), 24*time.Hour)
		}
	})
}
