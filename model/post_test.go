package model

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestThePostTextIsPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"谢谢老师，很有帮助！", "谢谢老师，很有帮助！", true},
		{"  一\r\n二\r\r\r\n\n三\t四 ", "一\n二\n\n三 四", true},
		{"一\n \n \n \n二", "一\n \n  二", true},
		{"看\u200b不\ufeff见", "看不见", true},
		{"👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f", true},
		{" \n\t", "", true},
		{"响\x07铃", "", false},
		{"\u202e倒着写", "", false},
		{"\u2066隔开\u2069", "", false},
		{"坏\xff字节", "", false},
		{"私\ue000用", "", false},
	} {
		got, ok := PostText(c.in)
		require.Equal(t, c.ok, ok, "%q", c.in)
		if c.ok {
			require.Equal(t, c.want, got, "%q", c.in)
		}
	}
}

func TestAPostThatShowsNothingIsEmpty(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"spaces":                     " \u00a0\u2003\u3000\t\n",
		"zero-width":                 "\u200b\u200c\u200d\u2060\ufeff",
		"variation selectors":        "\u200d\ufe0f\ufe00\U000e0100\u180b",
		"a Hangul filler":            "\u3164",
		"a half-width Hangul filler": "\uffa0",
		"Hangul jamo fillers":        "\u115f\u1160",
		"a Braille blank":            "\u2800 \u2800",
		"a null notehead":            "\U0001d159",
		"Khmer vowels unseen":        "\u17b4\u17b5",
		"a joiner of graphemes":      "\u034f",
		"marks only":                 "\u0301\u20dd\u0903",
		"all at once":                "\u3164\n\u2800\u0301\u200d",
	} {
		got, ok := PostText(in)
		require.True(t, ok, name)
		require.Empty(t, got, name)
		_, ok = TitleText(in)
		require.False(t, ok, name)
	}
	for name, in := range map[string]string{"a tag": "\U000e0041", "a line of tags": "\U000e0001\U000e0041\U000e007f"} {
		_, ok := PostText(in)
		require.False(t, ok, name)
	}
	for _, in := range []string{"。", "…", "❤\ufe0f", "👍🏽", "e\u0301", "ㅏ\u3164", "⠁", "1", "①"} {
		got, ok := PostText(in)
		require.True(t, ok, in)
		require.Equal(t, in, got)
	}
}

func TestASessionIsDiscussedForAWhile(t *testing.T) {
	t.Parallel()
	ends := time.Date(2026, 9, 7, 10, 0, 0, 0, time.UTC)
	s := LectureSession{EndsAt: ends, Status: SessionEnded}
	require.True(t, s.Discussed(ends.AddDate(0, 0, 29)))
	require.False(t, s.Discussed(ends.AddDate(0, 0, 30)))
	s.Status = SessionCancelled
	require.False(t, s.Discussed(ends))
}

func TestATitleIsOneLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{" 学会交往　和谐相处（上） ": "学会交往 和谐相处（上）", "a\u200bb": "ab"} {
		got, ok := TitleText(in)
		require.True(t, ok, in)
		require.Equal(t, want, got)
	}
	for _, in := range []string{"", " ", "a\nb", "a\x00b", "a\u202eb", "a\xffb"} {
		_, ok := TitleText(in)
		require.False(t, ok, "%q", in)
	}
}
