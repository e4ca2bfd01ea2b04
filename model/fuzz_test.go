package model_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// FuzzNormalForms checks that what is brought to a normal form stays as it is
// when it is brought there again: what a family types and what a roster holds
// meet by these forms.
func FuzzNormalForms(f *testing.F) {
	for _, s := range []string{"王　芳", "阿依古丽 • 买买提", "G3206\u200b23", `="0012"`, "'''1.0", "+86 138-0000-1234", "e\u200b\u0301", "a\r\n\r\n\n\u2028b", "\u202ea", "👨\u200d👩", "\xff", "\u3164", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, form := range map[string]func(string) (string, bool){
			"text": model.NormalText, "post": model.PostText, "title": model.TitleText,
			"name":  func(s string) (string, bool) { return model.NormalName(s), true },
			"phone": func(s string) (string, bool) { return model.NormalPhone(s), true },
		} {
			once, ok := form(s)
			if !ok || once == "" {
				continue
			}
			require.True(t, utf8.ValidString(once), name)
			require.Equal(t, strings.TrimSpace(once), once, name)
			twice, ok := form(once)
			require.True(t, ok, "%s: %q becomes %q", name, s, once)
			require.Equal(t, once, twice, "%s of %q", name, s)
		}
		if no := model.NormalStudentNo(s); no != "" {
			require.NotContains(t, no, " ")
			require.Equal(t, strings.ToUpper(no), no)
		}
	})
}

// FuzzDays reads days and terms.
func FuzzDays(f *testing.F) {
	for _, s := range []string{"2026-02-28", "2026-02-30", "0000-01-01", "9999-12-31", "2026-2-3", "1986-05-04", "2026H1", "0000H2", "２０２６H1", "+026H1"} {
		f.Add(s, "2017-03-05")
	}
	f.Fuzz(func(t *testing.T, s, birth string) {
		day, err := model.ParseDate(s)
		require.Equal(t, err == nil, model.Date(s).Valid(), s)
		if err == nil {
			require.Equal(t, s, string(day))
			require.Equal(t, day, model.DateOf(day.Start()))
			if s > "0000-12-31" && s < "9999-01-01" {
				require.Equal(t, day, day.AddDays(40).AddDays(-40))
			}
			if born, err := model.ParseDate(birth); err == nil && born <= day {
				require.GreaterOrEqual(t, model.AgeOn(born, day), 0)
			}
		}
		if model.Term(s).Valid() {
			require.Regexp(t, `^[0-9]{4}H[12]$`, s)
		}
	})
}

// FuzzRequestKey checks that a key which is taken is text of any database.
func FuzzRequestKey(f *testing.F) {
	f.Add("a-b_c")
	f.Add("ſ\x00\x7f")
	f.Fuzz(func(t *testing.T, key string) {
		if model.CheckRequestKey(key) == nil {
			require.Regexp(t, `^[ -~]{0,64}$`, key)
			require.NotContains(t, key, "\n")
		}
	})
}
