package model_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestNamesAreSortedAsPeopleCount(t *testing.T) {
	t.Parallel()
	want := []string{
		"小班", "中(1)班", "中(2)班", "大班", "学前班",
		"一年级1班", "一年级2班", "一年级10班", "一年级12班", "二年级1班", "三(1)班", "三(2)班", "三(14)班", "三年级9班", "三年级10班", "六年级1班", "7年级2班", "七年级10班",
		"十年级1班", "2024级1班", "2024级11班", "初一2班", "初二1班", "高一1班", "高三10班",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(model.CountingKey(a), model.CountingKey(b)) })
	require.Equal(t, want, got)
	require.Less(t, model.CountingKey("第二小学"), model.CountingKey("第十一小学"))
	require.Equal(t, "大豫镇", model.CountingKey("大豫镇"))
	require.Equal(t, 190, len([]rune(model.CountingKey(strings.Repeat("1a", 100)))))
}

func TestChineseNumeralsAreRead(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"0": 0, "07": 7, "十": 10, "十二": 12, "二十": 20, "九十九": 99, "三": 3, "2024": 2024} {
		n, ok := model.ParseCount(s)
		require.True(t, ok, s)
		require.Equal(t, want, n, s)
	}
	for _, s := range []string{"", "一二", "十十", "百", "1班", "-1", "十〇", "1234567"} {
		_, ok := model.ParseCount(s)
		require.False(t, ok, s)
	}
}
