package counsel

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/support/alert"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// monday is eight in the morning in Shanghai.
var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// bundle is a school with one room and one counsellor, on a clock set by hand.
type bundle struct {
	*storetest.Fixture
	t          testing.TB
	st         *store.Store
	svc        *Service
	replicas   []*Service // on the same database; svc is the first
	clock      *storetest.Clock
	tree       storetest.Tree
	manager    model.Actor
	room       Room
	counsellor model.Actor
}

// each runs the test on both databases.
func each(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	storetest.EachAt(t, monday, func(t *testing.T, st *store.Store, clock *storetest.Clock) { test(t, setup(t, st, clock)) })
}

func setup(t testing.TB, st *store.Store, clock *storetest.Clock) *bundle {
	t.Helper()
	keys := storetest.Vault(t)
	b := &bundle{Fixture: storetest.NewFixture(t, st), t: t, st: st, clock: clock}
	for range 8 {
		queue := calls.NewQueue(st)
		outbox := message.New(st, queue)
		log := audit.New(st, keys, identity.Directory{}, MadeBy)
		b.replicas = append(b.replicas, New(st, keys, outbox, alert.New(alert.Config{Store: st, Vault: keys, Talks: Talks, Accounts: identity.Directory{},
			Log: log, Outbox: outbox, Calls: queue}), identity.Directory{}, log))
	}
	b.svc = b.replicas[0]
	b.tree = b.Tree()
	b.manager = b.Staff(model.RoleManager, b.tree.School)
	room, err := b.svc.CreateRoom(t.Context(), b.manager, RoomIn{UnitID: b.tree.School.ID, Name: "心语室"})
	require.NoError(t, err)
	b.room = room
	b.counsellor = b.newCounsellor()
	return b
}

// replica is the service that the i-th contender meets: within one, contenders
// come in turn, so that only several of them put the database to the test.
func (b *bundle) replica(i int) *Service { return b.replicas[i%len(b.replicas)] }

// booths gives the room space for so many talks at once.
func (b *bundle) booths(n int) {
	b.t.Helper()
	b.Set(&model.Room{ID: b.room.ID}, "talks_at_once", n)
}

// updateRoom changes the room as it stands.
func (b *bundle) updateRoom(in RoomIn) (Room, error) {
	b.t.Helper()
	room, err := b.svc.Room(b.t.Context(), b.manager, b.room.ID)
	require.NoError(b.t, err)
	return b.svc.UpdateRoom(b.t.Context(), b.manager, b.room.ID, room.Version, in)
}

// newCounsellor adds a counsellor to the room.
func (b *bundle) newCounsellor() model.Actor {
	b.t.Helper()
	actor := b.Staff(model.RoleCounsellor, b.tree.School)
	_, err := b.svc.Assign(b.t.Context(), b.manager, b.room.ID, actor.AccountID, Profiled{Name: "陈老师"})
	require.NoError(b.t, err)
	return actor
}

// tuesday is a rule of four slots, Tuesdays 9:00 to 11:00, a week ahead.
func tuesday() model.AvailabilityRule {
	return model.AvailabilityRule{Mode: model.CounselInPerson, Weekday: time.Tuesday, StartMinute: 9 * 60, EndMinute: 11 * 60, SlotMinutes: 30, HorizonDays: 7}
}

// open adds a rule and returns the slots of the counsellor that are free then.
func (b *bundle) open(counsellor model.Actor, rule model.AvailabilityRule) []Slot {
	b.t.Helper()
	_, err := b.svc.AddRule(b.t.Context(), counsellor, rule)
	require.NoError(b.t, err)
	return b.slots(counsellor)
}

// slots are the counsellor's free slots, as the manager sees them.
func (b *bundle) slots(counsellor model.Actor) []Slot {
	b.t.Helper()
	p, err := b.svc.Slots(b.t.Context(), b.manager, SlotsIn{CounsellorID: store.IDParam{ID: counsellor.AccountID}, To: b.clock.Now().AddDate(0, 0, 70), PageRequest: store.PageRequest{Limit: store.MaxLimit}})
	require.NoError(b.t, err)
	return p.Items
}

// family adds a guardian with one child.
func (b *bundle) family() (model.Actor, *model.Pupil) {
	b.t.Helper()
	pupil := b.Pupil(b.tree.Class)
	return b.Guardian(pupil), pupil
}

func (b *bundle) book(actor model.Actor, slot Slot) Booking {
	b.t.Helper()
	booking, err := b.svc.Book(b.t.Context(), actor, BookIn{SlotID: slot.ID})
	require.NoError(b.t, err)
	return booking
}

// taken books the slot for a family of its own; free cancels that booking.
func (b *bundle) taken(slot Slot) (free func()) {
	b.t.Helper()
	holder, _ := b.family()
	booking := b.book(holder, slot)
	return func() {
		b.t.Helper()
		_, err := b.svc.Cancel(b.t.Context(), holder, booking.ID, "")
		require.NoError(b.t, err)
	}
}

func (b *bundle) slot(id model.ID) model.Slot {
	b.t.Helper()
	var s model.Slot
	require.NoError(b.t, b.st.Read(context.Background()).Where("id = ?", id).Take(&s).Error)
	return s
}

// mustAgree checks that slots, bookings, party times and the wait-list tell
// the same story: nothing lost, nothing doubled.
func (b *bundle) mustAgree() {
	b.t.Helper()
	db := b.st.Read(context.Background())
	var bookings []model.Booking
	require.NoError(b.t, db.Where("status = ?", model.BookingBooked).Find(&bookings).Error)
	bookingOf := map[model.ID]model.ID{}
	taken := map[model.PartyTime]bool{}
	for _, booking := range bookings {
		require.Zero(b.t, bookingOf[booking.SlotID], "two bookings of one slot")
		bookingOf[booking.SlotID] = booking.ID
		for _, party := range []model.ID{booking.AttendeeID, booking.CounsellorID} {
			for _, bucket := range model.Buckets(booking.StartsAt, booking.EndsAt) {
				taken[model.PartyTime{PartyID: party, Bucket: bucket, BookingID: booking.ID}] = true
			}
		}
	}
	var times []model.PartyTime
	require.NoError(b.t, db.Find(&times).Error)
	require.Len(b.t, times, len(taken), "party times and bookings differ")
	for _, pt := range times {
		require.True(b.t, taken[pt], "a party time without its booking")
	}
	var entries []model.WaitEntry
	require.NoError(b.t, db.Where("status = ?", model.WaitOffered).Find(&entries).Error)
	entryOf := map[model.ID]model.ID{}
	for _, e := range entries {
		require.Zero(b.t, entryOf[e.SlotID], "one slot offered to two")
		entryOf[e.SlotID] = e.ID
	}
	require.Zero(b.t, b.Count(&model.WaitEntry{}, "(booking_id <> 0) <> (status = ?)", model.WaitTaken), "a wait-list entry and its booking differ")
	var slots []model.Slot
	require.NoError(b.t, db.Find(&slots).Error)
	var inRoom []model.RoomTime
	require.NoError(b.t, db.Find(&inRoom).Error)
	booth := map[model.ID]int{} // of the slots that have a room
	steps := map[model.ID]int{}
	for _, rt := range inRoom {
		require.Contains(b.t, []int{0, rt.Booth}, booth[rt.SlotID], "a talk in two booths")
		booth[rt.SlotID], steps[rt.SlotID] = rt.Booth, steps[rt.SlotID]+1
	}
	for _, s := range slots {
		if s.Mode == model.CounselInPerson && (s.Status == model.SlotBooked || s.Status == model.SlotHeld) {
			require.Equal(b.t, len(model.Buckets(s.StartsAt, s.EndsAt)), steps[s.ID], "slot %s and its room", s.Status)
		} else {
			require.Zero(b.t, steps[s.ID], "slot %s has a room", s.Status)
		}
	}
	for _, s := range slots {
		require.Equal(b.t, bookingOf[s.ID], s.BookingID, "slot %s and its booking", s.Status)
		require.Equal(b.t, s.Status == model.SlotBooked, s.BookingID != 0, "slot is %s", s.Status)
		require.Equal(b.t, entryOf[s.ID], s.HeldFor, "slot %s and its offer", s.Status)
		require.Equal(b.t, s.Status == model.SlotHeld, s.HeldFor != 0, "slot is %s", s.Status)
		require.Equal(b.t, s.Status == model.SlotHeld, s.HeldUntil != nil, "slot is %s", s.Status)
	}
}

// rounds is how often a race is run: XINYU_RACE_ROUNDS, or 5.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("XINYU_RACE_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 5
}
