package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) overview(actor model.Actor) Overview {
	b.t.Helper()
	o, err := b.svc.Overview(b.t.Context(), actor)
	require.NoError(b.t, err)
	return o
}

func TestAnOverviewShowsTheComingBookings(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		parent, child := b.family()
		stranger, _ := b.family()
		alone := b.PupilAccount(child)
		own := b.book(parent, slots[1])
		forChild, err := b.svc.Book(t.Context(), parent, BookIn{SlotID: slots[0].ID, PupilID: child.ID, Concern: "最近睡不好"})
		require.NoError(t, err)
		cancelled := b.book(parent, slots[2])
		_, err = b.svc.Cancel(t.Context(), parent, cancelled.ID, "")
		require.NoError(t, err)
		secret := b.book(alone, slots[3])

		o := b.overview(parent)
		require.Equal(t, 2, o.BookingCount, "what the child booked alone is not the guardian's to see")
		want := NextBooking{ID: forChild.ID, StartsAt: slots[0].StartsAt, EndsAt: slots[0].EndsAt, Mode: model.CounselInPerson, PupilID: child.ID,
			CounsellorID: b.counsellor.AccountID, CounsellorName: "陈老师", RoomID: b.room.ID, RoomName: "心语室"}
		require.Equal(t, []NextBooking{want}, o.Bookings[:1])
		require.Equal(t, []any{own.ID, model.ID(0)}, []any{o.Bookings[1].ID, o.Bookings[1].PupilID})
		o = b.overview(alone)
		require.Equal(t, []model.ID{forChild.ID, secret.ID}, []model.ID{o.Bookings[0].ID, o.Bookings[1].ID})
		for _, actor := range []model.Actor{stranger, b.counsellor, b.manager, b.Account()} {
			require.Equal(t, Overview{}, b.overview(actor))
		}
		b.clock.Set(slots[0].EndsAt)
		require.Equal(t, own.ID, b.overview(parent).Bookings[0].ID, "a booking that is over is none to come")
	})
}

func TestAnOverviewShowsOffersWithTheTimeLeft(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		slots := b.open(b.counsellor, tuesday())
		taken := b.book(b.mustFamily(), slots[0])
		waiting, child := b.family()
		entry, err := b.svc.Wait(t.Context(), waiting, WaitIn{CounsellorID: b.counsellor.AccountID, To: b.clock.Now().AddDate(0, 0, 7), PupilID: child.ID})
		require.NoError(t, err)
		o := b.overview(waiting)
		require.Equal(t, []int{0, 1}, []int{o.OfferCount, o.WaitingCount})
		_, err = b.svc.Cancel(t.Context(), b.manager, taken.ID, "")
		require.NoError(t, err)
		b.clock.Advance(90 * time.Second)
		o = b.overview(waiting)
		require.Equal(t, []int{1, 0}, []int{o.OfferCount, o.WaitingCount})
		require.Equal(t, []NextOffer{{WaitEntryID: entry.ID, SlotID: slots[0].ID, StartsAt: slots[0].StartsAt, EndsAt: slots[0].EndsAt, Mode: model.CounselInPerson, PupilID: child.ID,
			CounsellorID: b.counsellor.AccountID, CounsellorName: "陈老师", RoomID: b.room.ID, RoomName: "心语室",
			HeldUntil: monday.Add(model.HoldTime), SecondsLeft: int(model.HoldTime/time.Second) - 90}}, o.Offers)
		require.Zero(t, b.overview(b.Guardian(child)).OfferCount, "the other guardian asked for nothing")
		b.clock.Set(monday.Add(model.HoldTime))
		require.Zero(t, b.overview(waiting).OfferCount, "lapsed, whether the job has run or not")
	})
}

// mustFamily is the guardian of a family.
func (b *bundle) mustFamily() model.Actor {
	b.t.Helper()
	guardian, _ := b.family()
	return guardian
}

func TestAnOverviewIsBoundedAndTakesAFixedNumberOfQueries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		parent, _ := b.family()
		queries := storetest.Queries(t, b.st)
		b.overview(parent)
		few := queries()
		rule := tuesday()
		rule.EndMinute = 17 * 60
		_, err := b.updateRoom(RoomIn{Name: "心语室", MaxOpenBookings: 10})
		require.NoError(t, err)
		for _, slot := range b.open(b.counsellor, rule)[:12] {
			_, err := b.svc.Book(t.Context(), parent, BookIn{SlotID: slot.ID, SelfHarm: true}) // who needs help may take more
			require.NoError(t, err)
		}
		queries()
		o := b.overview(parent)
		require.Equal(t, few, queries())
		require.Equal(t, []int{12, 10}, []int{o.BookingCount, len(o.Bookings)})
	})
}
