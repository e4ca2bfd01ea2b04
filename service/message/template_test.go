package message

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestFieldsFitWeChatsLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("字", 30)
	for _, c := range []struct{ field, value, want, err string }{
		{"thing1", "您有一条待办", "您有一条待办", ""},
		{"thing12", long, strings.Repeat("字", 20), ""},
		{"character_string2", "A-1 b", "A-1 b", ""},
		{"character_string2", "中文", "", "characters"},
		{"character_string2", strings.Repeat("a", 33), "", "longer than 32"},
		{"time3", "2026年11月24日 09:05", "2026年11月24日 09:05", ""},
		{"time3", "09:05", "09:05", ""},
		{"time3", "2026年11月24日", "", "24 hours"},
		{"time3", "25:05", "", "24 hours"},
		{"time3", "9:05 PM", "", "characters"},
		{"date3", "2026年11月24日", "2026年11月24日", ""},
		{"phrase4", "即将开始", "即将开始", ""},
		{"phrase4", "您有一条待办", "", "longer than 5"},
		{"phrase4", "ok", "", "characters"},
		{"name5", "一二三四五六七八九十百", "一二三四五六七八九十", ""},
		{"number6", "12.5", "12.5", ""},
		{"number6", "十二", "", "characters"},
		{"amount6", "12 yuan", "", "characters"},
		{"amount6", "12元", "12元", ""},
		{"phone_number7", "0513-84512345", "0513-84512345", ""},
		{"phone_number7", strings.Repeat("1", 18), "", "longer than 17"},
		{"car_number8", "苏F12345学", "苏F12345学", ""},
		{"letter9", "abcdE", "abcdE", ""},
		{"letter9", "ab1", "", "characters"},
		{"symbol9", "★★", "★★", ""},
		{"symbol9", "ab", "", "characters"},
		{"thing1", " \n ", "", "empty"},
		{"thing1", "a\nb", "", "characters"},
		{"thing", "a", "", "no keyword"},
		{"Thing1", "a", "", "no keyword"},
		{"first1", "a", "", "does not know"},
	} {
		got, err := fit(c.field, c.value)
		if c.err != "" {
			require.ErrorContains(t, err, c.err, c.field)
			require.NotContains(t, err.Error(), c.value+"\"", "the value is not told")
			continue
		}
		require.NoError(t, err, c.field)
		require.Equal(t, c.want, got)
	}
}

func TestTemplatesAreCheckedAtTheStart(t *testing.T) {
	t.Parallel()
	const good = `{"booking_reminder_1h": {"miniProgram": {"id": "AbC_-1", "fields": {"thing1": "text", "time2": "time", "phrase3": "status", "thing4": "look", "character_string5": "time"}}}}`
	templates, err := ReadTemplates(good)
	require.NoError(t, err)
	require.True(t, templates.knows("AbC_-1"))
	at := time.Date(2026, 11, 24, 1, 5, 0, 0, time.UTC)
	data, err := templates.miniProgram(KindBookingHour).data(kinds[KindBookingHour], at)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"thing1": "您有一项安排即将开始", "time2": "2026年11月24日 09:05", "phrase3": "即将开始", "thing4": "请点击查看详情",
		"character_string5": "2026-11-24 09:05"}, data)
	path := filepath.Join(t.TempDir(), "templates.json")
	require.NoError(t, os.WriteFile(path, []byte(good), 0o600))
	_, err = ReadTemplates(path)
	require.NoError(t, err)
	none, err := ReadTemplates("  ")
	require.NoError(t, err)
	require.Nil(t, none.miniProgram(KindBookingHour))
	for setting, want := range map[string]string{
		"/no/such/file":           "cannot be read",
		t.TempDir():               "cannot be read",
		`{"x": 1}`:                "want JSON",
		`{}{}`:                    "want JSON",
		`{"birthday": {}}`:        "birthday: there is no such kind",
		`{"wait_list_offer": {}}`: "wait_list_offer: neither",
		`{"wait_list_offer": {"official": {"id": "a b", "fields": {"thing1": "text"}}}}`:              "wait_list_offer.official: id",
		`{"wait_list_offer": {"official": {"id": "ab"}}}`:                                             "fields are missing",
		`{"wait_list_offer": {"miniProgram": {"id": "ab", "fields": {"thing1": "张三"}}}}`:              "fields.thing1: want text, status, look or time",
		`{"wait_list_offer": {"miniProgram": {"id": "ab", "fields": {"phrase1": "text"}}}}`:           "fields.phrase1 would be longer",
		`{"wait_list_offer": {"miniProgram": {"id": "ab", "fields": {"time1": "text"}}}}`:             "fields.time1 would hold characters",
		`{"wait_list_offer": {"miniProgram": {"id": "ab", "fields": {"first": "text"}}}}`:             "fields.first is no keyword",
		`{"wait_list_offer": {"miniProgram": {"id": "ab", "fields": {"thing1": "text"}, "to": "x"}}}`: "want JSON",
	} {
		_, err := ReadTemplates(setting)
		require.ErrorContains(t, err, want, setting)
		require.NotContains(t, err.Error(), "\n")
	}
}

// What leaves holds no words but those of the whitelist, whatever the kind.
func TestDemoTemplatesFit(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{}
	for _, text := range texts {
		allowed[text] = true
	}
	for _, text := range statuses {
		allowed[text] = true
	}
	at := time.Date(2026, 1, 2, 3, 4, 0, 0, model.Shanghai)
	allowed[timeText(at)] = true
	templates := DemoTemplates()
	for name, k := range kinds {
		for _, c := range []*Carrier{templates.miniProgram(name), templates.official(name)} {
			data, err := c.data(k, at)
			require.NoError(t, err)
			for _, value := range data {
				require.True(t, allowed[value], value)
			}
		}
	}
	require.Len(t, templates.Titled(), 2*len(kinds))
}
