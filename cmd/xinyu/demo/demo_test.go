package demo

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/counsel"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/platform/vault"
	"xinyu/service/platform/wechat/emulator"
	"xinyu/service/support/alert"
	"xinyu/service/support/calls"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// bundle is what one test seeds with.
type bundle struct {
	t     *testing.T
	cfg   Config
	clock *storetest.Clock
}

// each runs the test on both engines, on a clock that stands.
func each(t *testing.T, test func(b *bundle)) {
	t.Helper()
	t.Parallel()
	start := func(t *testing.T, open func(testing.TB, ...storetest.Option) *store.Store) {
		t.Parallel()
		b := &bundle{t: t, clock: storetest.NewClock(time.Date(2026, 9, 16, 2, 30, 0, 0, time.UTC))}
		text, err := vault.Generate()
		require.NoError(t, err)
		v, err := vault.Open(text)
		require.NoError(t, err)
		dir, err := media.OpenDir(t.TempDir())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, dir.Close()) })
		st := open(t, storetest.WithClock(b.clock.Now))
		b.cfg = Config{Store: st, Vault: v, Media: dir, Coverage: coverage.New(st, storetest.InProcessRedis(t), 0),
			Counsel: counselling(st, v),
			OpenID:  func(code string) string { return emulator.DemoOpenID("wx-test", code) }}
		test(b)
	}
	t.Run("sqlite", func(t *testing.T) { start(t, storetest.SQLite) })
	t.Run("mariadb", func(t *testing.T) { start(t, storetest.MariaDB) })
}

func (b *bundle) seed() *Demo {
	b.t.Helper()
	d, err := Seed(b.t.Context(), b.cfg)
	require.NoError(b.t, err)
	return d
}

// counts tells how many rows each table that the demo fills has.
func (b *bundle) counts() map[string]int64 {
	b.t.Helper()
	n := map[string]int64{}
	for _, table := range []string{"units", "unit_closure", "pupils", "accounts", "grants", "guardianships", "consents", "lessons", "lectures",
		"lecture_sessions", "session_targets", "session_posts", "check_ins", "rooms", "counsellors", "availability_rules", "slots", "bookings", "party_times", "coverage_facts", "calendar_days", "calendar_years"} {
		var rows int64
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Table(table).Count(&rows).Error)
		require.NotZero(b.t, rows, table)
		n[table] = rows
	}
	return n
}

func TestSeedingAgainChangesNothing(t *testing.T) {
	each(t, func(b *bundle) {
		b.seed()
		before := b.counts()
		require.Equal(b.t, int64(311), before["pupils"])
		b.clock.Advance(time.Hour)
		b.seed()
		require.Equal(b.t, before, b.counts())
	})
}

func TestReplicasThatSeedAtOnceMakeOneCounty(t *testing.T) {
	each(t, func(b *bundle) {
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() { _, errs[i] = Seed(t.Context(), b.cfg) })
		}
		wg.Wait()
		require.NoError(b.t, errors.Join(errs...))
		together := b.counts()
		alone := &bundle{t: b.t, cfg: b.cfg, clock: b.clock}
		alone.cfg.Store = storetest.SQLite(b.t, storetest.WithClock(b.clock.Now))
		alone.cfg.Coverage = coverage.New(alone.cfg.Store, storetest.InProcessRedis(b.t), 0)
		alone.cfg.Counsel = counselling(alone.cfg.Store, b.cfg.Vault)
		alone.seed()
		require.Equal(b.t, alone.counts(), together)
	})
}

func TestOtherDataIsLeftAlone(t *testing.T) {
	each(t, func(b *bundle) {
		storetest.NewFixture(b.t, b.cfg.Store).Tree()
		_, err := Seed(b.t.Context(), b.cfg)
		require.ErrorIs(b.t, err, ErrOtherData)
		var accounts int64
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Model(&model.Account{}).Count(&accounts).Error)
		require.Zero(b.t, accounts)
	})
}

func TestTheDemoStaysUsableAsTimePasses(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.seed()
		ctx := b.t.Context()
		for range 30 { // three months, restarted every third day
			now := b.clock.Now()
			require.NoError(b.t, d.Upkeep(ctx))
			var child model.Unit
			require.NoError(b.t, b.cfg.Store.Read(ctx).Where("code = ?", childClass).Take(&child).Error)
			var open []model.LectureSession
			require.NoError(b.t, b.cfg.Store.Read(ctx).Where("status = ? AND starts_at <= ? AND ends_at > ?", model.SessionScheduled, now, now.Add(time.Hour)).
				Where("id IN (SELECT session_id FROM session_targets WHERE unit_id = ?)", child.ID).Find(&open).Error)
			require.Len(b.t, open, 1)
			require.LessOrEqual(b.t, open[0].EndsAt.Sub(open[0].StartsAt), 24*time.Hour)
			require.Equal(b.t, joinURL, open[0].JoinURL)

			for n := range 3 { // of any three days in a row one is no Sunday
				day := model.DateOf(now).AddDays(n + 1)
				if day.Weekday() == time.Sunday {
					continue
				}
				var free int64
				require.NoError(b.t, b.cfg.Store.Read(ctx).Model(&model.Slot{}).Where("status = ? AND starts_at >= ? AND starts_at < ? AND bookable_until > ?",
					model.SlotOpen, day.Start(), day.AddDays(1).Start(), now).Count(&free).Error)
				require.NotZero(b.t, free, day)
			}
			var grant model.Grant
			require.NoError(b.t, b.cfg.Store.Read(ctx).Where("role = ?", model.RoleInspector).Take(&grant).Error)
			require.True(b.t, grant.EndsAt.After(now.AddDate(0, 0, 3)) && !grant.EndsAt.After(now.AddDate(0, 0, inspectorDays)))
			b.clock.Advance(73 * time.Hour)
		}
	})
}

func TestTheGuideTellsAnUnboundPupil(t *testing.T) {
	each(t, func(b *bundle) {
		g := b.seed().Guide()
		var p model.Pupil
		hash := b.cfg.Vault.LookupHash(model.StudentNoField, model.NormalStudentNo(g.Unbound.StudentNo))
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Where("student_no_hash = ?", hash).Take(&p).Error)
		require.Equal(b.t, g.Unbound.Name, p.Name)
		number, err := b.cfg.Vault.Unseal(model.StudentNoField, p.ID, p.StudentNo)
		require.NoError(b.t, err)
		require.Equal(b.t, g.Unbound.StudentNo, number)
		var class model.Unit
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Take(&class, "id = ?", p.ClassID).Error)
		require.Equal(b.t, g.Unbound.ClassCode, class.Code)
		var guardians int64
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Model(&model.Guardianship{}).Where("pupil_id = ?", p.ID).Count(&guardians).Error)
		require.Zero(b.t, guardians)
		for _, a := range g.Accounts {
			require.NotEmpty(b.t, a.Role, a.Code)
			require.NotEmpty(b.t, a.Where, a.Code)
		}
	})
}

// What the demo counts must be what its facts say, or its charts would lie.
func TestTheDemosTalliesEqualItsFacts(t *testing.T) {
	each(t, func(b *bundle) {
		b.seed()
		wrong, err := b.cfg.Coverage.Rebuild(b.t.Context(), nil)
		require.NoError(b.t, err)
		require.Zero(b.t, wrong)
	})
}

func TestDemoPeopleAreOfTheRightAge(t *testing.T) {
	each(t, func(b *bundle) {
		b.seed()
		var pupils []model.Pupil
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Find(&pupils).Error)
		today := model.DateOf(b.clock.Now())
		names := map[string]bool{}
		own := 0
		for _, p := range pupils {
			age := model.AgeOn(p.BirthDate, today)
			require.True(b.t, age >= 6 && age <= 18, p.BirthDate)
			require.False(b.t, names[p.Name], "every pupil has a name of its own")
			names[p.Name] = true
			if p.AccountID != nil {
				own++
				require.GreaterOrEqual(b.t, age, model.AgeOfConsent)
			}
		}
		require.Equal(b.t, 1, own)
	})
}

// What the demo's discussion says must open, read as posts do, and wait where it is said to.
func TestADiscussionHasBegun(t *testing.T) {
	each(t, func(b *bundle) {
		b.seed()
		var rows []model.SessionPost
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Order("id").Find(&rows).Error)
		require.Len(b.t, rows, len(posts))
		held := 0
		for i, r := range rows {
			text, err := b.cfg.Vault.Unseal(model.SessionPostField, r.ID, r.Content)
			require.NoError(b.t, err)
			require.Equal(b.t, posts[i].text, text)
			plain, ok := model.PostText(text)
			require.True(b.t, ok)
			require.Equal(b.t, text, plain)
			if r.Status == model.PostHeld {
				held++
			}
		}
		require.Equal(b.t, 1, held)
	})
}

// The talk of yesterday must look as one does that the system itself took through its states.
func TestATalkHasTakenPlace(t *testing.T) {
	each(t, func(b *bundle) {
		b.seed()
		var talk model.Booking
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Where("status = ?", model.BookingCompleted).Take(&talk).Error)
		require.True(b.t, talk.CanGiveFeedback())
		require.True(b.t, talk.EndsAt.Before(b.clock.Now()))
		var slot model.Slot
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Take(&slot, "id = ?", talk.SlotID).Error)
		require.Equal(b.t, talk.ID, slot.BookingID)
		var taken int64
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Model(&model.PartyTime{}).Where("booking_id = ? AND party_id IN ?", talk.ID,
			[]model.ID{talk.CounsellorID, talk.AttendeeID}).Count(&taken).Error)
		require.EqualValues(b.t, 2*len(model.Buckets(talk.StartsAt, talk.EndsAt)), taken)
		var parent model.Account
		require.NoError(b.t, b.cfg.Store.Read(b.t.Context()).Take(&parent, "id = ?", talk.AccountID).Error)
		require.Equal(b.t, b.cfg.OpenID("demo-parent"), parent.OpenID)
	})
}

// counselling is the domain over a database.
func counselling(st *store.Store, v *vault.Vault) *counsel.Service {
	queue, accounts := calls.NewQueue(st), identity.Directory{}
	outbox := message.New(st, queue)
	log := audit.New(st, v, accounts, counsel.MadeBy)
	alerts := alert.New(alert.Config{Store: st, Talks: counsel.Talks, Vault: v, Accounts: accounts, Log: log, Outbox: outbox, Calls: queue})
	return counsel.New(st, v, outbox, alerts, accounts, log)
}
