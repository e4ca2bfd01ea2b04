package alert

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestAManagerSetsTheRota(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		school := w.tree.School.ID
		manager, officer, above := w.Staff(model.RoleManager, w.tree.School), w.officer("a", w.tree.School), w.officer("b", w.tree.County)
		w.Set(&model.Account{}, "name", "陈老师", "id = ?", officer.AccountID)
		shift := Shift{Layer: 1, AccountID: officer.AccountID, Weekday: 1, StartMinute: 22 * 60, Minutes: 9 * 60}
		override := Override{Layer: 1, AccountID: above.AccountID, StartsAt: night.Add(24 * time.Hour), EndsAt: night.Add(25 * time.Hour)}
		set := func(actor model.Actor, in RotaIn) (Rota, error) { return w.svc.SetRota(t.Context(), actor, school, in) }

		empty, err := w.svc.Rota(t.Context(), officer, school)
		require.NoError(t, err)
		require.Equal(t, Rota{UnitID: school, Shifts: []Shift{}, Overrides: []Override{}, Now: []model.ID{}, Gaps: []Span{}, Uncovered: []Span{}, Names: map[model.ID]string{}}, empty)

		r, err := set(manager, RotaIn{Shifts: []Shift{shift}, Overrides: []Override{override}})
		require.NoError(t, err)
		require.Equal(t, []any{1, []Shift{shift}, []Override{override}, []model.ID{officer.AccountID}, "陈老师"},
			[]any{r.Version, r.Shifts, r.Overrides, r.Now, r.Names[officer.AccountID]})
		monday := model.DateOf(night).Start()
		require.Equal(t, []Span{
			{monday.Add(31 * time.Hour).UTC(), override.StartsAt},
			{override.EndsAt, monday.Add((7*24 + 22) * time.Hour).UTC()},
			{monday.Add((7*24 + 31) * time.Hour).UTC(), monday.Add((14*24 + 22) * time.Hour).UTC()},
		}, r.Gaps)

		t.Run("the second of two editors is told what is there", func(t *testing.T) {
			_, err := set(manager, RotaIn{Shifts: []Shift{}})
			e := storetest.Refused(t, err, "version_conflict")
			require.Equal(t, []Shift{shift}, e.Details.(Rota).Shifts)
			_, err = set(manager, RotaIn{Version: 2})
			storetest.Refused(t, err, "version_conflict")
		})
		t.Run("what is wrong is refused and changes nothing", func(t *testing.T) {
			stranger := w.officer("c", w.tree.OtherClass)
			for code, in := range map[string]RotaIn{
				"not_on_duty":                {Version: 1, Shifts: []Shift{{Layer: 1, AccountID: stranger.AccountID, Weekday: 1, Minutes: 60}}},
				"override_ends_before_start": {Version: 1, Overrides: []Override{{Layer: 1, AccountID: officer.AccountID, StartsAt: night, EndsAt: night}}},
				"rota_too_long":              {Version: 1, Shifts: make([]Shift, maxShifts+1)},
			} {
				_, err := set(manager, in)
				storetest.Refused(t, err, code)
			}
			still, err := w.svc.Rota(t.Context(), manager, school)
			require.NoError(t, err)
			require.Equal(t, r, still)
		})
		t.Run("others neither set nor see it", func(t *testing.T) {
			for _, stranger := range []model.Actor{officer, w.Staff(model.RoleManager, w.tree.OtherClass), w.Staff(model.RoleManager, w.Tree().County), w.Staff(model.RoleTeacher, w.tree.School)} {
				_, err := set(stranger, RotaIn{Version: 1})
				storetest.Refused(t, err, "unit_not_found")
			}
			_, err := w.svc.Rota(t.Context(), w.officer("d", w.tree.OtherClass), school)
			storetest.Refused(t, err, "unit_not_found")
		})
		t.Run("a manager who has just lost the post sets none, whatever their login remembers", func(t *testing.T) {
			former := w.Staff(model.RoleManager, w.tree.School)
			w.Set(&model.Grant{}, "revoked_at", st.Now(), "account_id = ?", former.AccountID)
			_, err := set(former, RotaIn{Version: 1})
			storetest.Refused(t, err, "unit_not_found")
		})
		t.Run("one of twenty at once wins", func(t *testing.T) {
			errs := storetest.Contend(20, func(int) error { _, err := set(manager, RotaIn{Version: 1, Shifts: []Shift{shift}}); return err })
			require.Equal(t, map[string]int{"": 1, "version_conflict": 19}, storetest.Codes(t, errs))
		})
	})
}

func TestARotaKnowsTheCalendar(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		weekday, holiday, monday := w.officer("weekday", w.tree.School), w.officer("holiday", w.tree.School), w.officer("monday", w.tree.School)
		shift := func(layer, day int, who model.Actor) {
			w.Insert(&model.DutyShift{ID: st.NewID(), UnitID: w.tree.School.ID, Layer: layer, AccountID: who.AccountID, Weekday: day, StartMinute: 8 * 60, Minutes: 10 * 60})
		}
		shift(1, 2, weekday)
		shift(1, model.OnHolidays, holiday)
		shift(2, 2, weekday)
		shift(1, 1, monday)
		onMonday := time.Monday
		tuesday := model.DateOf(night).AddDays(1)
		w.Insert(&model.CalendarDay{UnitID: w.tree.County.ID, Year: 2026, OnDate: tuesday, Kind: model.CalendarHoliday, Name: "放假"},
			&model.CalendarDay{UnitID: w.tree.County.ID, Year: 2026, OnDate: tuesday.AddDays(4), Kind: model.CalendarWorking, Name: "上班", Weekday: &onMonday})
		at := func(day model.Date) map[int][]model.ID {
			rotas, err := readRotas(st.Read(t.Context()), []model.ID{w.tree.School.ID}, day.Start().Add(9*time.Hour))
			require.NoError(t, err)
			return rotas[w.tree.School.ID].onDuty(day.Start().Add(9 * time.Hour))
		}
		require.Equal(t, map[int][]model.ID{1: {holiday.AccountID}, 2: {weekday.AccountID}}, at(tuesday), "a layer without shifts for holidays goes on")
		require.Equal(t, map[int][]model.ID{1: {weekday.AccountID}, 2: {weekday.AccountID}}, at(tuesday.AddDays(7)))
		require.Equal(t, map[int][]model.ID{1: {monday.AccountID}}, at(tuesday.AddDays(4)), "a Saturday that counts as a Monday")
	})
}

func TestManagersAreToldOfGaps(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		manager, officer, above := w.Staff(model.RoleManager, w.tree.Town), w.officer("a", w.tree.School), w.officer("b", w.tree.County)
		told := func() int {
			t.Helper()
			require.NoError(t, w.svc.FindGaps(t.Context()))
			return w.Count(&model.OutboxMessage{}, "kind = 'rota_gap' AND recipient_id = ?", manager.AccountID)
		}
		require.Zero(t, told(), "without a rota everybody is told at once")
		week := make([]Shift, 7)
		for i := range week {
			week[i] = Shift{Layer: 1, AccountID: officer.AccountID, Weekday: i + 1, StartMinute: 0, Minutes: 12 * 60}
		}
		rota, err := w.svc.SetRota(t.Context(), manager, w.tree.School.ID, RotaIn{Shifts: week})
		require.NoError(t, err)
		require.Equal(t, rota.Gaps, rota.Uncovered)
		require.Len(t, rota.Gaps, 15)
		for i := range week {
			w.Insert(&model.DutyShift{ID: st.NewID(), UnitID: w.tree.County.ID, Layer: 1, AccountID: above.AccountID, Weekday: i + 1, StartMinute: 12 * 60, Minutes: 11 * 60})
		}
		rota, err = w.svc.Rota(t.Context(), manager, w.tree.School.ID)
		require.NoError(t, err)
		require.Len(t, rota.Uncovered, 15, "the county's lacks the last hour of each day")
		require.Equal(t, time.Hour, rota.Uncovered[1].Until.Sub(rota.Uncovered[1].From))
		require.Equal(t, 1, told())
		require.Equal(t, 1, told(), "one message, sent anew each day")
		w.Set(&model.DutyShift{}, "minutes", 12*60, "unit_id = ?", w.tree.County.ID)
		w.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "kind = 'rota_gap'")
		told()
		require.Zero(t, w.Count(&model.OutboxMessage{}, "kind = 'rota_gap' AND status = 'pending'"), "there is no gap any more")
	})
}
