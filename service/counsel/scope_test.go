package counsel

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// A manager can have a counsellor of their own making, but nobody else's confidences.
func TestAManagerReadsNoConfidenceByMovingABooking(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, Concern: "只对陈老师说的话"})
		require.NoError(t, err)
		_, err = b.svc.AddRecord(t.Context(), b.counsellor, booked.ID, "第一次记录")
		require.NoError(t, err)
		made := b.newCounsellor()
		theirs := b.open(made, model.AvailabilityRule{Mode: model.CounselInPerson, Weekday: tuesday().Weekday, StartMinute: 14 * 60, EndMinute: 15 * 60, SlotMinutes: 30, HorizonDays: 7})

		for name, actor := range map[string]model.Actor{"the manager": b.manager, "the counsellor": b.counsellor, "who is the pupil's own account now": b.PupilAccount(pupil)} {
			_, err = b.svc.Reschedule(t.Context(), actor, booked.ID, theirs[0].ID)
			storetest.Refused(t, err, "counsellor_is_theirs")
			_, err = b.svc.Reschedule(t.Context(), actor, booked.ID, slots[1].ID)
			require.NoError(t, err, "%s moves it within the counsellor's own times", name)
			_, err = b.svc.Reschedule(t.Context(), actor, booked.ID, slots[0].ID)
			require.NoError(t, err)
		}

		moved, err := b.svc.Reschedule(t.Context(), guardian, booked.ID, theirs[0].ID)
		require.NoError(t, err, "the family chooses")
		require.Equal(t, made.AccountID, moved.CounsellorID)
		records, err := b.svc.Records(t.Context(), made, booked.ID)
		require.NoError(t, err)
		require.Empty(t, records, "what the first counsellor wrote stays theirs")
		_, err = b.svc.AddRecord(t.Context(), b.counsellor, booked.ID, "之后")
		storetest.Refused(t, err, "booking_not_found")
	})
}

func TestAManagerIsNotToldWhoComes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, Concern: "睡不着"})
		require.NoError(t, err)
		require.Equal(t, pupil.ID, booked.PupilID)
		page, err := b.svc.Bookings(t.Context(), b.manager, BookingsIn{})
		require.NoError(t, err)
		one, err := b.svc.Booking(t.Context(), b.manager, booked.ID)
		require.NoError(t, err)
		cancelled, err := b.svc.Cancel(t.Context(), b.manager, booked.ID, "停电")
		require.NoError(t, err)
		for _, v := range append(page.Items, one, cancelled) {
			require.Zero(t, v.PupilID)
			require.Empty(t, v.PupilName+v.Concern+v.CancelReason)
			require.Nil(t, v.SelfHarm)
		}
		require.Len(t, page.Items, 1)
		var row model.Booking
		require.NoError(t, b.st.Read(t.Context()).Take(&row, "id = ?", booked.ID).Error)
		require.NotContains(t, string(row.CancelReason), "停电", "it is encrypted")
		told, err := b.svc.Booking(t.Context(), guardian, booked.ID)
		require.NoError(t, err)
		require.Equal(t, "停电", told.CancelReason)
	})
}

// A counsellor who has lost the post, and holds one elsewhere, has lost the bookings too.
func TestAFormerCounsellorReachesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		guardian, pupil := b.family()
		booked, err := b.svc.Book(t.Context(), guardian, BookIn{SlotID: slots[0].ID, PupilID: pupil.ID, Concern: "睡不着"})
		require.NoError(t, err)
		_, err = b.svc.AddRecord(t.Context(), b.counsellor, booked.ID, "记录")
		require.NoError(t, err)
		elsewhere := b.Tree()
		former := model.Actor{AccountID: b.counsellor.AccountID, Roles: []model.RoleAt{{Role: model.RoleCounsellor, UnitID: elsewhere.County.ID}}}
		ctx := t.Context()
		for call, c := range map[string]struct {
			try  func() error
			want string
		}{
			"read":      {func() error { _, err := b.svc.Booking(ctx, former, booked.ID); return err }, "booking_not_found"},
			"records":   {func() error { _, err := b.svc.Records(ctx, former, booked.ID); return err }, "booking_not_found"},
			"record":    {func() error { _, err := b.svc.AddRecord(ctx, former, booked.ID, "x"); return err }, "booking_not_found"},
			"cancel":    {func() error { _, err := b.svc.Cancel(ctx, former, booked.ID, ""); return err }, "booking_not_found"},
			"move":      {func() error { _, err := b.svc.Reschedule(ctx, former, booked.ID, slots[1].ID); return err }, "booking_not_found"},
			"complete":  {func() error { _, err := b.svc.Complete(ctx, former, booked.ID); return err }, "booking_not_found"},
			"no-show":   {func() error { _, err := b.svc.NoShow(ctx, former, booked.ID); return err }, "booking_not_found"},
			"profile":   {func() error { _, err := b.svc.Profile(ctx, former); return err }, "counsellor_not_found"},
			"introduce": {func() error { _, err := b.svc.Introduce(ctx, former, 1, "x"); return err }, "counsellor_not_found"},
		} {
			require.Equal(t, c.want, storetest.Refused(t, c.try(), c.want).Code, call)
		}
		page, err := b.svc.Bookings(ctx, former, BookingsIn{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
	})
}

func TestACounsellorIsNotTakenFromAnotherRoom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		next := b.Unit(model.UnitSchool, b.tree.Town)
		thief := b.Staff(model.RoleManager, next)
		room, err := b.svc.CreateRoom(t.Context(), thief, RoomIn{UnitID: next.ID, Name: "别处"})
		require.NoError(t, err)
		slots := b.open(b.counsellor, tuesday())
		// The counsellor works for the whole town, so that the other school may have them in principle.
		b.Insert(&model.Grant{ID: b.st.NewID(), AccountID: b.counsellor.AccountID, Role: model.RoleCounsellor, UnitID: b.tree.Town.ID, StartsAt: b.st.Now(), CreatedAt: b.st.Now()})

		_, err = b.svc.Assign(t.Context(), thief, room.ID, b.counsellor.AccountID, Profiled{Name: "改了名"})
		storetest.Refused(t, err, "counsellor_elsewhere")
		require.Len(t, b.slots(b.counsellor), len(slots))
		rooms, err := b.svc.Rooms(t.Context(), b.manager, store.PageRequest{})
		require.NoError(t, err)
		require.False(t, slices.ContainsFunc(rooms.Items[0].Counsellors, func(c CounsellorCard) bool { return c.Name == "改了名" }))

		both := b.Staff(model.RoleManager, b.tree.Town)
		card, err := b.svc.Assign(t.Context(), both, room.ID, b.counsellor.AccountID, Profiled{Name: "陈老师", Version: 1})
		require.NoError(t, err)
		require.Equal(t, room.ID, card.RoomID)
	})
}

// A refusal must not tell a guardian when the child goes alone, nor staff which
// child is in counselling: who does not know of the first booking gets a second.
func TestARefusalTellsNobodyOfABookingThatIsNotTheirs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx, other := t.Context(), b.newCounsellor()
		b.booths(3)
		mine, theirs := b.open(b.counsellor, tuesday()), b.open(other, tuesday())
		guardian, pupil := b.family()
		child := b.PupilAccount(pupil)
		_, err := b.svc.Book(ctx, child, BookIn{SlotID: mine[0].ID})
		require.NoError(t, err)

		_, err = b.svc.Book(ctx, child, BookIn{SlotID: theirs[0].ID})
		storetest.Refused(t, err, "overlapping_booking")
		for name, actor := range map[string]model.Actor{"the guardian": guardian, "the teacher": b.Staff(model.RoleTeacher, b.tree.Class), "the room's manager": b.manager} {
			second, err := b.svc.Book(ctx, actor, BookIn{SlotID: theirs[0].ID, PupilID: pupil.ID})
			require.NoError(t, err, name)
			third := b.open(b.newCounsellor(), tuesday())
			_, err = b.svc.Book(ctx, actor, BookIn{SlotID: third[0].ID, PupilID: pupil.ID})
			storetest.Refused(t, err, "overlapping_booking") // their own second one is no secret
			_, err = b.svc.Cancel(ctx, actor, second.ID, "")
			require.NoError(t, err, name)
			later, err := b.svc.Book(ctx, actor, BookIn{SlotID: theirs[1].ID, PupilID: pupil.ID})
			require.NoError(t, err, name)
			moved, err := b.svc.Reschedule(ctx, actor, later.ID, theirs[0].ID)
			require.NoError(t, err, name)
			_, err = b.svc.Cancel(ctx, actor, moved.ID, "")
			require.NoError(t, err, name)
		}
		_, err = b.svc.Book(ctx, b.counsellor, BookIn{SlotID: theirs[0].ID, PupilID: pupil.ID})
		storetest.Refused(t, err, "overlapping_booking")
		b.mustAgree()
	})
}
