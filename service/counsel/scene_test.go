package counsel

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/support/alert"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// monday is eight in the morning in Shanghai.
var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// scene is a school with one room and one counsellor, on a clock set by hand.
type scene struct {
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

// each plays the test on both databases.
func each(t *testing.T, test func(t *testing.T, sc *scene)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{"sqlite": storetest.SQLite, "mariadb": storetest.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := storetest.NewClock(monday)
			test(t, newScene(t, open(t, storetest.WithClock(clock.Now)), clock))
		})
	}
}

func newScene(t testing.TB, st *store.Store, clock *storetest.Clock) *scene {
	t.Helper()
	keyset, err := vault.Generate()
	require.NoError(t, err)
	keys, err := vault.Open(keyset)
	require.NoError(t, err)
	sc := &scene{Fixture: storetest.NewFixture(t, st), t: t, st: st, clock: clock}
	for range 8 {
		sc.replicas = append(sc.replicas, New(st, keys, message.New(st, calls.NewQueue(st)), alert.New(st, Booked), identity.Directory{}))
	}
	sc.svc = sc.replicas[0]
	sc.tree = sc.Tree()
	sc.manager = sc.Staff(model.RoleManager, sc.tree.School)
	sc.room, err = sc.svc.CreateRoom(t.Context(), sc.manager, RoomIn{UnitID: sc.tree.School.ID, Name: "心语室"})
	require.NoError(t, err)
	sc.counsellor = sc.newCounsellor()
	return sc
}

// replica is the service that the i-th contender meets: within one, contenders
// come in turn, so that only several of them put the database to the test.
func (sc *scene) replica(i int) *Service { return sc.replicas[i%len(sc.replicas)] }

// newCounsellor adds a counsellor to the room.
func (sc *scene) newCounsellor() model.Actor {
	sc.t.Helper()
	actor := sc.Staff(model.RoleCounsellor, sc.tree.School)
	_, err := sc.svc.Assign(sc.t.Context(), sc.manager, sc.room.ID, actor.AccountID, "陈老师", "")
	require.NoError(sc.t, err)
	return actor
}

// tuesday is a rule of four slots, Tuesdays 9:00 to 11:00, a week ahead.
func tuesday() model.AvailabilityRule {
	return model.AvailabilityRule{Mode: model.CounselInPerson, Weekday: time.Tuesday, StartMinute: 9 * 60, EndMinute: 11 * 60, SlotMinutes: 30, HorizonDays: 7}
}

// open adds a rule and answers the slots of the counsellor that are free then.
func (sc *scene) open(counsellor model.Actor, rule model.AvailabilityRule) []Slot {
	sc.t.Helper()
	_, err := sc.svc.AddRule(sc.t.Context(), counsellor, rule)
	require.NoError(sc.t, err)
	return sc.slots(counsellor)
}

// slots are the counsellor's free slots, as the manager sees them.
func (sc *scene) slots(counsellor model.Actor) []Slot {
	sc.t.Helper()
	p, err := sc.svc.Slots(sc.t.Context(), sc.manager, SlotsIn{CounsellorID: counsellor.AccountID, To: sc.clock.Now().AddDate(0, 0, 70), PageRequest: store.PageRequest{Limit: store.MaxLimit}})
	require.NoError(sc.t, err)
	return p.Items
}

// family adds a guardian with one child.
func (sc *scene) family() (model.Actor, *model.Pupil) {
	sc.t.Helper()
	pupil := sc.Pupil(sc.tree.Class)
	return sc.Guardian(pupil), pupil
}

func (sc *scene) book(actor model.Actor, slot Slot) Booking {
	sc.t.Helper()
	b, err := sc.svc.Book(sc.t.Context(), actor, BookIn{SlotID: slot.ID})
	require.NoError(sc.t, err)
	return b
}

func (sc *scene) count(row any, where string, args ...any) int {
	sc.t.Helper()
	var n int64
	require.NoError(sc.t, sc.st.Read(context.Background()).Model(row).Where(where, args...).Count(&n).Error)
	return int(n)
}

func (sc *scene) slot(id model.ID) model.Slot {
	sc.t.Helper()
	var s model.Slot
	require.NoError(sc.t, sc.st.Read(context.Background()).Where("id = ?", id).Take(&s).Error)
	return s
}

func (sc *scene) change(row any, where string, id model.ID, set map[string]any) {
	sc.t.Helper()
	require.NoError(sc.t, sc.st.Tx(sc.t.Context(), func(tx *gorm.DB) error { return tx.Model(row).Where(where, id).Updates(set).Error }))
}

// mustAgree checks that slots, bookings, party times and the wait-list tell
// the same story: nothing lost, nothing doubled.
func (sc *scene) mustAgree() {
	sc.t.Helper()
	db := sc.st.Read(context.Background())
	var bookings []model.Booking
	require.NoError(sc.t, db.Where("status = ?", model.BookingBooked).Find(&bookings).Error)
	bookingOf := map[model.ID]model.ID{}
	taken := map[model.PartyTime]bool{}
	for _, b := range bookings {
		require.Zero(sc.t, bookingOf[b.SlotID], "two bookings of one slot")
		bookingOf[b.SlotID] = b.ID
		for _, party := range []model.ID{b.AttendeeID, b.CounsellorID} {
			for _, bucket := range model.Buckets(b.StartsAt, b.EndsAt) {
				taken[model.PartyTime{PartyID: party, Bucket: bucket, BookingID: b.ID}] = true
			}
		}
	}
	var times []model.PartyTime
	require.NoError(sc.t, db.Find(&times).Error)
	require.Len(sc.t, times, len(taken), "party times and bookings differ")
	for _, pt := range times {
		require.True(sc.t, taken[pt], "a party time without its booking")
	}
	var entries []model.WaitEntry
	require.NoError(sc.t, db.Where("status = ?", model.WaitOffered).Find(&entries).Error)
	entryOf := map[model.ID]model.ID{}
	for _, e := range entries {
		require.Zero(sc.t, entryOf[e.SlotID], "one slot offered to two")
		entryOf[e.SlotID] = e.ID
	}
	require.Zero(sc.t, sc.count(&model.WaitEntry{}, "(booking_id <> 0) <> (status = ?)", model.WaitTaken), "a wait-list entry and its booking differ")
	var slots []model.Slot
	require.NoError(sc.t, db.Find(&slots).Error)
	for _, s := range slots {
		require.Equal(sc.t, bookingOf[s.ID], s.BookingID, "slot %s and its booking", s.Status)
		require.Equal(sc.t, s.Status == model.SlotBooked, s.BookingID != 0, "slot is %s", s.Status)
		require.Equal(sc.t, entryOf[s.ID], s.HeldFor, "slot %s and its offer", s.Status)
		require.Equal(sc.t, s.Status == model.SlotHeld, s.HeldFor != 0, "slot is %s", s.Status)
		require.Equal(sc.t, s.Status == model.SlotHeld, s.HeldUntil != nil, "slot is %s", s.Status)
	}
}

// contend runs n calls at the same moment and answers their errors.
func contend(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// tally counts errors by code; "" is success.
func tally(t testing.TB, errs []error) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, err := range errs {
		code := ""
		if err != nil {
			e := new(model.Error)
			require.ErrorAs(t, err, &e)
			code = e.Code
		}
		counts[code]++
	}
	return counts
}

// rounds is how often a race is run: XINYU_RACE_ROUNDS, or 5.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("XINYU_RACE_ROUNDS")); err == nil && n > 0 {
		return n
	}
	return 5
}
