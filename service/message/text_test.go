package message

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// forbidden are words that no message may hold.
var forbidden = []string{
	"心理", "心育", "咨询", "辅导", "自杀", "自伤", "自残", "轻生", "危机", "预警", "抑郁", "焦虑", "情绪", "治疗", "医", "病", "干预", "档案", "帮扶",
	"老师", "教师", "学生", "孩子", "家长", "同学", "班", "年级", "学校", "姓名", "宣讲", "微课", "测评", "量表", "访谈",
}

// Every text that can be sent is neutral and fits: texts into twenty characters,
// statuses into five.
func TestEveryTextIsNeutralAndShort(t *testing.T) {
	t.Parallel()
	check := func(text string, most int) {
		t.Helper()
		require.NotEmpty(t, text)
		require.LessOrEqual(t, utf8.RuneCountInString(text), most, text)
		for _, r := range text {
			require.True(t, unicode.Is(unicode.Han, r), "%s: plain Chinese only", text)
		}
		for _, word := range forbidden {
			require.False(t, strings.Contains(text, word), "%s says %s", text, word)
		}
	}
	for _, text := range texts {
		check(text, 20)
	}
	for _, text := range statuses {
		check(text, 5)
	}
	for _, text := range heads {
		check(text, 20)
	}
	for name, k := range kinds {
		require.NotEmpty(t, heads[k.status], name)
		require.NotEmpty(t, texts[k.text], name)
		require.NotEmpty(t, statuses[k.status], name)
		require.NotEmpty(t, k.title, name)
		require.NotEmpty(t, k.queue, name)
	}
}
