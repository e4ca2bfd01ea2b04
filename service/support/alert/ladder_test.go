package alert

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/unit"
)

// night is a Monday, 23:05 in Asia/Shanghai.
var night = time.Date(2026, 11, 23, 15, 5, 0, 0, time.UTC)

// watch is a county with an alert about a pupil of its class.
type watch struct {
	*storetest.Fixture
	t     *testing.T
	st    *store.Store
	clock *storetest.Clock
	svc   *Service
	tree  storetest.Tree
	pupil *model.Pupil
	names map[model.ID]string
}

func keepWatch(t *testing.T, st *store.Store, clock *storetest.Clock) *watch {
	f := storetest.NewFixture(t, st)
	w := &watch{Fixture: f, t: t, st: st, clock: clock, svc: newService(t, st), tree: f.Tree(), names: map[model.ID]string{}}
	w.pupil = f.Pupil(w.tree.Class)
	return w
}

// officer is a duty officer of the unit.
func (w *watch) officer(name string, u *model.Unit) model.Actor {
	actor := w.Staff(model.RoleDuty, u)
	w.names[actor.AccountID] = name
	return actor
}

// shift puts the officer on duty for the hours around night.
func (w *watch) shift(u *model.Unit, layer int, who model.Actor) {
	w.Insert(&model.DutyShift{ID: w.st.NewID(), UnitID: u.ID, Layer: layer, AccountID: who.AccountID, Weekday: 1, StartMinute: 22 * 60, Minutes: 9 * 60})
}

// told runs the job and returns who was told since the last run, sorted, with a
// message and a call each.
func (w *watch) told() []string {
	w.t.Helper()
	require.NoError(w.t, w.svc.Escalate(w.t.Context()))
	var rows []model.AlertTelling
	require.NoError(w.t, w.st.Read(w.t.Context()).Joins("JOIN alert_steps AS p ON p.id = alert_tellings.step_id").Where("p.done_at = ?", w.st.Now()).Find(&rows).Error)
	names := []string{}
	for _, r := range rows {
		names = append(names, w.names[r.AccountID])
		require.Positive(w.t, w.Count(&model.OutboxMessage{}, "kind = 'alert_waiting' AND recipient_id = ? AND send_after = ? AND status = 'pending'", r.AccountID, w.st.Now()))
		require.Positive(w.t, w.Count(&model.CallTask{}, "kind = 'alert_waiting' AND recipient_id = ? AND created_at = ? AND done_at IS NULL", r.AccountID, w.st.Now()))
	}
	slices.Sort(names)
	return names
}

func (w *watch) alert() model.Alert {
	w.t.Helper()
	var a model.Alert
	require.NoError(w.t, w.st.Read(w.t.Context()).Order("id DESC").Take(&a).Error)
	return a
}

func (w *watch) outcomes(kind model.StepKind) []model.StepOutcome {
	w.t.Helper()
	var rows []model.AlertStep
	require.NoError(w.t, w.st.Read(w.t.Context()).Where("kind = ? AND done_at IS NOT NULL", kind).Order("due_at, id").Find(&rows).Error)
	return store.Each(rows, func(s model.AlertStep) model.StepOutcome { return s.Outcome })
}

func TestSilenceTellsTheNextPerson(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		first, second := w.officer("first", w.tree.School), w.officer("second", w.tree.School)
		town, county := w.officer("town", w.tree.Town), w.officer("county", w.tree.County)
		w.shift(w.tree.School, 1, first)
		w.shift(w.tree.School, 2, second)
		w.shift(w.tree.Town, 1, town)
		raise(t, st, w.pupil)
		everybody := []string{"county", "first", "second", "town"}
		for _, want := range [][]string{{"first"}, {"second"}, {"town"}, everybody, {"first"}} {
			require.Equal(t, want, w.told())
			clock.Advance(immediatePatience - time.Second)
			require.Empty(t, w.told(), "not before it is time")
			clock.Advance(time.Second)
		}
		require.Equal(t, []model.StepOutcome{model.StepBreached}, w.outcomes(model.StepBreach))

		t.Run("until one of them takes it on", func(t *testing.T) {
			_, err := w.svc.Acknowledge(t.Context(), county, w.alert().ID, taking)
			require.NoError(t, err)
			require.Empty(t, w.told())
			require.Zero(t, w.Count(&model.OutboxMessage{}, "status IN ('pending', 'claimed')"), "what was not sent yet is taken back")
			require.Zero(t, w.Count(&model.CallTask{}, "done_at IS NULL"))
			clock.Advance(20 * time.Minute)
			require.Empty(t, w.told())
			require.Equal(t, 1, w.Count(&model.AlertStep{}, "done_at IS NULL"), "only that of silence is left")
		})
		t.Run("and from the beginning when it is reopened", func(t *testing.T) {
			_, err := w.svc.Reopen(t.Context(), county, w.alert().ID, "又有新情况")
			require.NoError(t, err)
			require.Equal(t, []string{"first"}, w.told())
			clock.Advance(immediatePatience)
			require.Equal(t, []string{"second"}, w.told())
		})
	})
}

func TestWhoIsToldDependsOnTheRota(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		monday := night // each case has a week of its own
		for name, tc := range map[string]struct {
			rota func(w *watch)
			want [][]string
		}{
			"without a rota everybody on duty is told at once": {func(w *watch) {
				w.officer("school", w.tree.School)
				w.officer("county", w.tree.County)
				w.officer("elsewhere", w.tree.OtherClass)
			}, [][]string{{"county", "school"}, {"county", "school"}}},
			"a gap falls to the unit above at once": {func(w *watch) {
				day := w.officer("day", w.tree.School)
				w.Insert(&model.DutyShift{ID: st.NewID(), UnitID: w.tree.School.ID, Layer: 1, AccountID: day.AccountID, Weekday: 1, StartMinute: 8 * 60, Minutes: 10 * 60})
				w.shift(w.tree.County, 1, w.officer("county", w.tree.County))
			}, [][]string{{"county"}, {"county", "day"}}},
			"who has lost the post is a gap": {func(w *watch) {
				former := w.officer("former", w.tree.School)
				w.shift(w.tree.School, 1, former)
				w.Set(&model.Grant{}, "revoked_at", st.Now(), "account_id = ?", former.AccountID)
				w.shift(w.tree.County, 1, w.officer("county", w.tree.County))
			}, [][]string{{"county"}}},
			"who is locked is a gap": {func(w *watch) {
				locked := w.officer("locked", w.tree.School)
				w.shift(w.tree.School, 1, locked)
				w.Set(&model.Account{}, "disabled_at", st.Now(), "id = ?", locked.AccountID)
				w.shift(w.tree.County, 1, w.officer("county", w.tree.County))
			}, [][]string{{"county"}}},
			"a substitute stands in the place of the layer": {func(w *watch) {
				w.shift(w.tree.School, 1, w.officer("ill", w.tree.School))
				w.Insert(&model.DutyOverride{ID: st.NewID(), UnitID: w.tree.School.ID, Layer: 1, AccountID: w.officer("substitute", w.tree.School).AccountID,
					StartsAt: st.Now().Add(-time.Hour), EndsAt: st.Now().Add(2 * time.Minute)})
			}, [][]string{{"substitute"}, {"ill", "substitute"}, {"ill"}}},
			"a parent on duty is not told of the own child": {func(w *watch) {
				mother := w.officer("mother", w.tree.School)
				w.Bind(mother, w.pupil)
				w.shift(w.tree.School, 1, mother)
				w.officer("county", w.tree.County)
			}, [][]string{{"county"}}},
			"but where nobody else is on duty": {func(w *watch) {
				mother := w.officer("mother", w.tree.School)
				w.Bind(mother, w.pupil)
			}, [][]string{{"mother"}}},
			"never from whom the child is withheld: a manager is then": {func(w *watch) {
				father := w.officer("father", w.tree.School)
				w.Bind(father, w.pupil)
				w.Set(&model.Guardianship{}, "withheld_at", st.Now(), "account_id = ?", father.AccountID)
				w.names[w.Staff(model.RoleManager, w.tree.County).AccountID] = "manager"
				w.Staff(model.RoleManager, w.tree.School)
			}, [][]string{{"manager"}, {"manager"}}},
		} {
			t.Run(name, func(t *testing.T) {
				monday = monday.AddDate(0, 0, 7)
				clock.Set(monday)
				w := keepWatch(t, st, clock)
				tc.rota(w)
				raise(t, st, w.pupil)
				for _, want := range tc.want {
					require.Equal(t, want, w.told())
					clock.Advance(immediatePatience)
				}
				w.Set(&model.Alert{}, "status", model.AlertAcknowledged, "id = ?", w.alert().ID)
				require.Empty(t, w.told())
			})
		}
		t.Run("with nobody at all it goes on looking, and says so", func(t *testing.T) {
			clock.Set(monday.AddDate(0, 0, 7))
			w := keepWatch(t, st, clock)
			raise(t, st, w.pupil)
			require.Empty(t, w.told())
			w.officer("new", w.tree.County)
			clock.Advance(immediatePatience)
			require.Equal(t, []string{"new"}, w.told())
			require.Contains(t, w.outcomes(model.StepTell), model.StepNobody)
		})
	})
}

func TestShiftsAreOnByTheMinute(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, model.Shanghai)
		require.NoError(t, err)
		return when
	}
	for _, tc := range []struct {
		weekday, start, minutes int
		when                    string
		on                      bool
	}{
		{1, 22 * 60, 9 * 60, "2026-11-23 21:59", false},
		{1, 22 * 60, 9 * 60, "2026-11-23 22:00", true},
		{1, 22 * 60, 9 * 60, "2026-11-24 06:59", true},
		{1, 22 * 60, 9 * 60, "2026-11-24 07:00", false},
		{7, 22 * 60, 9 * 60, "2026-11-23 06:59", true}, // from Sunday into Monday
		{7, 22 * 60, 9 * 60, "2026-11-23 07:00", false},
		{7, 22 * 60, 9 * 60, "2026-11-22 06:59", false},
		{3, 0, 24 * 60, "2026-11-25 00:00", true},
		{3, 0, 24 * 60, "2026-11-25 23:59", true},
		{3, 0, 24 * 60, "2026-11-26 00:00", false},
	} {
		require.Equal(t, tc.on, rota{}.covers(model.DutyShift{Weekday: tc.weekday, StartMinute: tc.start, Minutes: tc.minutes}, at(tc.when)), "%+v", tc)
	}
}

func TestReplicasDoEachStepOnce(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		w.officer("county", w.tree.County)
		for range 5 {
			raise(t, st, w.Pupil(w.tree.Class))
		}
		for round := 1; round <= 3; round++ {
			for _, err := range storetest.Contend(8, func(int) error { return newService(t, st).Escalate(t.Context()) }) {
				require.NoError(t, err)
			}
			require.Equal(t, 5*round, w.Count(&model.AlertTelling{}))
			require.Equal(t, 5, w.Count(&model.AlertStep{}, "kind = 'tell' AND done_at IS NULL"), "one further step each")
			clock.Advance(immediatePatience)
		}
	})
}

func TestAFloodWakesNobodyTwice(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		w.officer("county", w.tree.County)
		for range 20 {
			require.NoError(t, w.svc.Raise(t.Context(), model.Alert{Level: model.AlertImmediate, UnitID: w.tree.County.ID, AccountID: w.Account().AccountID, Loose: true,
				SourceKind: "booking", SourceID: st.NewID()}))
		}
		require.Equal(t, []string{"county"}, w.told(), "of the first one")
		raise(t, st, w.pupil)
		clock.Advance(time.Second)
		require.Equal(t, []string{"county"}, w.told(), "of the one about a pupil too")
		clock.Advance(joinedWithin)
		require.Equal(t, []string{"county", "county"}, w.told(), "again of both, later")
	})
}

func TestTheLadderNamesTheUnitAboveTheAlerts(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		w.shift(w.tree.Town, 1, w.officer("town", w.tree.County))
		raise(t, st, w.pupil)
		require.Equal(t, []string{"town"}, w.told(), "the post may be at a unit above the rota's")
		var call model.CallTask
		require.NoError(t, st.Read(t.Context()).Take(&call).Error)
		require.Equal(t, []any{model.QueueDuty, w.tree.Town.ID}, []any{call.Queue, call.UnitID})
		_, err := unit.Get(st.Read(t.Context()), call.UnitID)
		require.NoError(t, err)
	})
}
