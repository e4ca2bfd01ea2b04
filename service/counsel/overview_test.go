package counsel

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func (sc *scene) overview(actor model.Actor) Overview {
	sc.t.Helper()
	o, err := sc.svc.Overview(sc.t.Context(), actor)
	require.NoError(sc.t, err)
	return o
}

func TestAnOverviewShowsTheTalksToCome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		parent, child := sc.family()
		stranger, _ := sc.family()
		alone := sc.PupilAccount(child)
		own := sc.book(parent, slots[1])
		forChild, err := sc.svc.Book(t.Context(), parent, BookIn{SlotID: slots[0].ID, PupilID: child.ID, Concern: "最近睡不好"})
		require.NoError(t, err)
		cancelled := sc.book(parent, slots[2])
		_, err = sc.svc.Cancel(t.Context(), parent, cancelled.ID, "")
		require.NoError(t, err)
		secret := sc.book(alone, slots[3])

		o := sc.overview(parent)
		require.Equal(t, 2, o.BookingCount, "what the child booked alone is not the guardian's to see")
		want := NextBooking{ID: forChild.ID, StartsAt: slots[0].StartsAt, EndsAt: slots[0].EndsAt, Mode: model.CounselInPerson, PupilID: child.ID,
			CounsellorID: sc.counsellor.AccountID, CounsellorName: "陈老师", RoomID: sc.room.ID, RoomName: "心语室"}
		require.Equal(t, []NextBooking{want}, o.Bookings[:1])
		require.Equal(t, []any{own.ID, model.ID(0)}, []any{o.Bookings[1].ID, o.Bookings[1].PupilID})
		o = sc.overview(alone)
		require.Equal(t, []model.ID{forChild.ID, secret.ID}, []model.ID{o.Bookings[0].ID, o.Bookings[1].ID})
		for _, actor := range []model.Actor{stranger, sc.counsellor, sc.manager, sc.Account()} {
			require.Equal(t, Overview{}, sc.overview(actor))
		}
		sc.clock.Set(slots[0].EndsAt)
		require.Equal(t, own.ID, sc.overview(parent).Bookings[0].ID, "a talk that is over is none to come")
	})
}

func TestAnOverviewShowsOffersWithTheTimeLeft(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		slots := sc.open(sc.counsellor, tuesday())
		taken := sc.book(sc.mustFamily(), slots[0])
		waiting, child := sc.family()
		entry, err := sc.svc.Wait(t.Context(), waiting, WaitIn{CounsellorID: sc.counsellor.AccountID, To: sc.clock.Now().AddDate(0, 0, 7), PupilID: child.ID})
		require.NoError(t, err)
		o := sc.overview(waiting)
		require.Equal(t, []int{0, 1}, []int{o.OfferCount, o.WaitingCount})
		_, err = sc.svc.Cancel(t.Context(), sc.manager, taken.ID, "")
		require.NoError(t, err)
		sc.clock.Advance(90 * time.Second)
		o = sc.overview(waiting)
		require.Equal(t, []int{1, 0}, []int{o.OfferCount, o.WaitingCount})
		require.Equal(t, []NextOffer{{WaitEntryID: entry.ID, SlotID: slots[0].ID, StartsAt: slots[0].StartsAt, EndsAt: slots[0].EndsAt, Mode: model.CounselInPerson, PupilID: child.ID,
			CounsellorID: sc.counsellor.AccountID, CounsellorName: "陈老师", RoomID: sc.room.ID, RoomName: "心语室",
			HeldUntil: monday.Add(model.HoldTime), SecondsLeft: int(model.HoldTime/time.Second) - 90}}, o.Offers)
		require.Zero(t, sc.overview(sc.Guardian(child)).OfferCount, "the other guardian asked for nothing")
		sc.clock.Set(monday.Add(model.HoldTime))
		require.Zero(t, sc.overview(waiting).OfferCount, "lapsed, whether the job has run or not")
	})
}

// mustFamily is the guardian of a family.
func (sc *scene) mustFamily() model.Actor {
	sc.t.Helper()
	guardian, _ := sc.family()
	return guardian
}

func TestAnOverviewIsBoundedAndTakesAFixedNumberOfQueries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, sc *scene) {
		parent, _ := sc.family()
		queries := storetest.Queries(t, sc.st)
		sc.overview(parent)
		few := queries()
		rule := tuesday()
		rule.EndMinute = 17 * 60
		for _, slot := range sc.open(sc.counsellor, rule)[:12] {
			sc.book(parent, slot)
		}
		queries()
		o := sc.overview(parent)
		require.Equal(t, few, queries())
		require.Equal(t, []int{12, 10}, []int{o.BookingCount, len(o.Bookings)})
	})
}
