package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// Every file that is shipped can be read, and says what it is from.
func TestThePublishedListsAreRead(t *testing.T) {
	t.Parallel()
	entries, err := files.ReadDir("published")
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		text, err := files.ReadFile("published/" + entry.Name())
		require.NoError(t, err)
		require.Contains(t, string(text), "# http", "its source")
	}
	require.Nil(t, Published(2019))
	days := Published(2026)
	kinds := map[model.CalendarKind]int{}
	byDate := map[model.Date]Day{}
	for _, d := range days {
		kinds[d.Kind]++
		byDate[d.Date] = d
	}
	require.Equal(t, map[model.CalendarKind]int{model.CalendarHoliday: 3 + 9 + 3 + 5 + 3 + 3 + 7, model.CalendarWorking: 6}, kinds)
	for date, want := range map[model.Date]Day{
		"2026-01-01": {Kind: model.CalendarHoliday, Name: "元旦"}, "2026-01-04": {Kind: model.CalendarWorking, Name: "元旦"},
		"2026-02-23": {Kind: model.CalendarHoliday, Name: "春节"}, "2026-02-28": {Kind: model.CalendarWorking, Name: "春节"},
		"2026-10-07": {Kind: model.CalendarHoliday, Name: "国庆节"}, "2026-09-20": {Kind: model.CalendarWorking, Name: "国庆节"},
	} {
		want.Date = date
		require.Equal(t, want, byDate[date])
	}
}

func TestPastedLinesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	wednesday := 3
	october := []Day{{Date: "2026-10-01", Kind: model.CalendarHoliday, Name: "国庆节"}, {Date: "2026-10-02", Kind: model.CalendarHoliday, Name: "国庆节"}}
	for name, tc := range map[string]struct {
		lines string
		want  []Day
	}{
		"numbered":           {"七、国庆节：10月1日（周四）至2日（周五）放假调休，共2天。", october},
		"ISO dates":          {"2026-10-01 至 2026-10-02 放假 国庆节", october},
		"dashes, half-width": {"国庆节:10月1日(周四)-10月2日(周五)放假\r\n", october},
		"a list":             {"国庆节：10月1日、2日放假", october},
		"the year too":       {"国庆节：2026年10月1日~2026年10月2日放假", october},
		"as a Wednesday":     {"# 学校的安排\n\n国庆节：10月10日（周六）上班，按周三。", []Day{{Date: "2026-10-10", Kind: model.CalendarWorking, Name: "国庆节", Weekday: &wednesday}}},
		"in brackets":        {"10月10日（按周三）上班", []Day{{Date: "2026-10-10", Kind: model.CalendarWorking, Name: "调休上班", Weekday: &wednesday}}},
		"New Year's Eve":     {"元旦：2025年12月31日放假", []Day{{Date: "2025-12-31", Kind: model.CalendarHoliday, Name: "元旦"}}},
		"nothing":            {" \n", []Day{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			days, err := parse(2026, tc.lines)
			require.NoError(t, err)
			require.Equal(t, tc.want, days)
		})
	}
	for lines, want := range map[string]string{
		"国庆节：10月1日至7日放假，共8天。":        "第1行：写的是共8天，日期却有7天",
		"元旦：1月1日放假\n国庆节：10月1日（周五）放假": "第2行：10月1日是周四，不是周五，请检查年份和日期",
		"国庆节：10月1日至7日":               "第1行：请写明是“放假”还是“上班”",
		"国庆节：10月1日放假，10月10日上班":       "第1行：放假和上班请用句号分成两句",
		"国庆节：1日放假":                   "第1行：“1日”没有写是几月",
		"国庆节：2月30日放假":                "第1行：没有2月30日这一天",
		"国庆节：10月7日至1日放假":             "第1行：结束日期早于开始日期",
		"国庆节：10月1日放假。10月1日上班。":       "第1行：10月1日写了两次",
		"祝大家节日快乐":                    "第1行：没有看到日期，请写成“国庆节：10月1日至7日放假”",
	} {
		_, err := parse(2026, lines)
		e := new(model.Error)
		require.ErrorAs(t, err, &e)
		require.Equal(t, []any{"lines", want}, []any{e.Field, e.Message})
	}
	_, err := parse(2026, "国庆节：2027年10月1日放假")
	storetest.Refused(t, err, "date_of_another_year")
	_, err = parse(2026, "节：2026-01-01 至 9999-12-31 放假")
	require.Error(t, err, "and it ends at once")
}

func FuzzParse(f *testing.F) {
	f.Add("国庆节：10月1日（周四）至7日（周三）放假调休，共7天。10月10日（周六）上班，按周三。")
	f.Add("2026-10-01~2026-10-07 放假")
	f.Fuzz(func(t *testing.T, lines string) {
		days, err := parse(2026, lines)
		if err == nil && len(days) > maxDays {
			t.Fatal("too many days")
		}
	})
}

func TestACountyKeepsItsCalendar(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		ctx, f, svc := t.Context(), storetest.NewFixture(t, st), New(st)
		tree := f.Tree()
		manager, school, elsewhere := f.Staff(model.RoleManager, tree.County), f.Staff(model.RoleManager, tree.School), f.Staff(model.RoleManager, f.Tree().County)
		guardian := f.Guardian(f.Pupil(tree.Class))
		days := Published(2026)

		empty, err := svc.Get(ctx, school, tree.School.ID, 2026)
		require.NoError(t, err)
		require.Equal(t, Year{UnitID: tree.County.ID, Year: 2026, Days: []Day{}, Published: days}, empty)
		for _, other := range []model.Actor{school, elsewhere, guardian} {
			_, err = svc.Set(ctx, other, tree.County.ID, 2026, Change{Days: days})
			require.ErrorIs(t, err, model.NotFound("unit"))
		}
		_, err = svc.Set(ctx, manager, tree.School.ID, 2026, Change{Days: days})
		require.ErrorIs(t, err, model.NotFound("unit"), "only a county has one")
		_, err = svc.Get(ctx, elsewhere, tree.School.ID, 2026)
		require.ErrorIs(t, err, model.NotFound("unit"))

		read, err := svc.Read(ctx, manager, tree.County.ID, 2026, "国庆节：10月1日放假")
		require.NoError(t, err)
		require.Len(t, read, 1)
		_, err = svc.Read(ctx, school, tree.County.ID, 2026, "国庆节：10月1日放假")
		require.ErrorIs(t, err, model.NotFound("unit"))

		errs := storetest.Contend(8, func(int) error {
			_, err := svc.Set(ctx, manager, tree.County.ID, 2026, Change{Days: days})
			return err
		})
		require.Equal(t, map[string]int{"": 1, "version_conflict": 7}, storetest.Codes(t, errs))
		set, err := svc.Get(ctx, guardian, tree.Class.ID, 2026)
		require.NoError(t, err)
		require.Equal(t, 1, set.Version)
		require.Empty(t, set.Published)
		require.Len(t, set.Days, len(days))
		for _, err := range errs {
			if err != nil {
				require.Equal(t, set, storetest.Refused(t, err, "version_conflict").Details)
			}
		}
		// The Saturday counts as a Wednesday; all else of the year goes.
		as := 3
		next, err := svc.Set(ctx, manager, tree.County.ID, 2026, Change{Version: 1, Days: []Day{
			{Date: "2026-10-10", Kind: model.CalendarWorking, Name: "国庆节", Weekday: &as}, {Date: "2026-10-01", Kind: model.CalendarHoliday, Name: "国庆节"}}})
		require.NoError(t, err)
		require.Equal(t, 2, next.Version)
		require.Equal(t, []model.Date{"2026-10-01", "2026-10-10"}, []model.Date{next.Days[0].Date, next.Days[1].Date})
		of, err := Of(st.Read(ctx), tree.Class.ID, "2026-01-01", "2026-12-31")
		require.NoError(t, err)
		require.Len(t, of, 2)
		require.Equal(t, []time.Weekday{time.Wednesday, time.Sunday}, []time.Weekday{of.Weekday("2026-10-10"), of.Weekday("2026-10-11")})
		name, holiday := of.Holiday("2026-10-01")
		require.Equal(t, []any{"国庆节", true}, []any{name, holiday})
		_, holiday = of.Holiday("2026-10-10")
		require.False(t, holiday)
		for _, now := range []time.Time{time.Date(2026, 9, 30, 15, 59, 0, 0, time.UTC), time.Date(2026, 10, 1, 16, 0, 0, 0, time.UTC)} {
			at, err := AfterHoliday(st.Read(ctx), tree.Class.ID, now)
			require.NoError(t, err)
			require.Equal(t, now, at)
		}
		at, err := AfterHoliday(st.Read(ctx), tree.Class.ID, time.Date(2026, 9, 30, 16, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		require.Equal(t, time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC), at, "eight in the morning of the day after")
		names, err := Holidays(st.Read(ctx), []Place{{tree.Class.ID, "2026-10-01"}, {tree.Class.ID, "2026-10-10"}})
		require.NoError(t, err)
		require.Equal(t, map[Place]string{{tree.Class.ID, "2026-10-01"}: "国庆节"}, names)

		bad := func(code string, year int, days ...Day) {
			t.Helper()
			_, err := svc.Set(ctx, manager, tree.County.ID, year, Change{Version: 2, Days: days})
			storetest.Refused(t, err, code)
		}
		good := Day{Date: "2026-10-01", Kind: model.CalendarHoliday, Name: "国庆节"}
		spoil := func(change func(*Day)) Day { d := good; change(&d); return d }
		bad("calendar_day_repeated", 2026, good, good)
		bad("date_malformed", 2026, spoil(func(d *Day) { d.Date = "2026-02-30" }))
		bad("calendar_kind_unknown", 2026, spoil(func(d *Day) { d.Kind = "half" }))
		bad("weekday_of_holiday", 2026, spoil(func(d *Day) { d.Weekday = &as }))
		bad("calendar_name_malformed", 2026, spoil(func(d *Day) { d.Name = strings.Repeat("节", 21) }))
		bad("date_of_another_year", 2027, good)
		bad("year_out_of_range", 1999, good)
		_, err = svc.Set(ctx, manager, tree.County.ID, 2027, Change{Days: []Day{{Date: "2026-12-31", Kind: model.CalendarHoliday, Name: "元旦"}}})
		require.NoError(t, err)
		bad("calendar_day_twice", 2026, Day{Date: "2026-12-31", Kind: model.CalendarHoliday, Name: "元旦"})
		still, err := svc.Get(ctx, manager, tree.County.ID, 2026)
		require.NoError(t, err)
		require.Equal(t, next, still, "a refused list changes nothing")
	})
}
