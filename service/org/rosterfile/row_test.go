package rosterfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org/rosterfile"
)

// rowOf parses one row of which one column says something else.
func rowOf(t *testing.T, field, cell string) *rosterfile.File {
	t.Helper()
	titles := strings.Split(fullHeader, ",")
	cells := []string{"甲镇", "示例小学", "三年级", "1班", "王芳", "T0001", "女", "2017-3-5"}
	for i, title := range titles {
		if title == field {
			cells[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
	}
	return parse(t, csvOf(fullHeader, strings.Join(cells, ",")), all)
}

func TestParseRefusesBadCellsWithoutRepeatingThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ column, cell, code string }{
		{"镇/街道", "", "missing"},
		{"镇/街道", strings.Repeat("镇", 51), "too_long"},
		{"学校", " 　", "missing"},
		{"学校", strings.Repeat("校", 101), "too_long"},
		{"学校", "=HYPERLINK(1)", "bad_text"},
		{"学校", "@SUM(1)", "bad_text"},
		{"年级", "", "missing"},
		{"年级", "#REF!", "bad_text"},
		{"班级", "\u200b", "missing"},
		{"班级", strings.Repeat("a", 51), "too_long"},
		{"班级", strings.Repeat("a", 5_000), "too_long"},
		{"班级", "1\x07班", "bad_text"},
		{"班级", "1\u202e班", "bad_text"},
		{"姓名", "", "missing"},
		{"姓名", strings.Repeat("王", 51), "too_long"},
		{"姓名", "王\x01芳", "bad_text"},
		{"姓名", "=A1", "bad_name"},
		{"姓名", "王芳1", "bad_name"},
		{"姓名", "王芳(女)", "bad_name"},
		{"姓名", "<b>王芳</b>", "bad_name"},
		{"姓名", "王芳,李强", "bad_name"},
		{"姓名", "·", "bad_name"},
		{"学籍号", "T1", "bad_student_no"},
		{"学籍号", strings.Repeat("9", 33), "bad_student_no"},
		{"学籍号", "T-0001", "bad_student_no"},
		{"学籍号", "学0001", "bad_student_no"},
		{"学籍号", "1.23457E+18", "student_no_scientific"},
		{"学籍号", "1.23457e18", "student_no_scientific"},
		{"学籍号", "3E+17", "student_no_scientific"},
		{"性别", "不男", "bad_gender"},
		{"出生日期", "2017-2-29", "bad_date"},
		{"出生日期", "2017-13-01", "bad_date"},
		{"出生日期", "2017-3", "bad_date"},
		{"出生日期", "三月五日", "bad_date"},
		{"出生日期", "20170230", "bad_date"},
		{"出生日期", "1", "bad_date"},
		{"出生日期", "2026-09-22", "birth_in_future"},
		{"出生日期", "99999", "birth_in_future"},
		{"出生日期", "2023-09-22", "age_out_of_range"},
		{"出生日期", "2000-09-21", "age_out_of_range"},
		{"出生日期", "1917-03-05", "age_out_of_range"},
	} {
		t.Run(fmt.Sprintf("%s %.20q", test.column, test.cell), func(t *testing.T) {
			t.Parallel()
			f := rowOf(t, test.column, test.cell)
			require.Equal(t, []at{{2, test.column, test.code}}, faults(f))
			require.Empty(t, f.Rows)
			require.Equal(t, 1, f.Total)
			require.Regexp(t, `\p{Han}`, f.Faults[0].Message)
			if len(strings.TrimSpace(test.cell)) > 3 {
				require.NotContains(t, f.Faults[0].Message, strings.TrimSpace(test.cell))
			}
		})
	}
}

func TestParseFoldsWhatPeopleType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ column, cell, want string }{
		{"镇/街道", "　甲 镇\u200b", "甲 镇"},
		{"学校", "示例小学（东校区）", "示例小学(东校区)"},
		{"学校", "示例\n小学", "示例 小学"},
		{"年级", "", ""},
		{"班级", "３班", "3班"},
		{"班级", "三（３）班", "三(3)班"},
		{"姓名", "王　芳", "王芳"},
		{"姓名", "买买提•艾力", "买买提·艾力"},
		{"姓名", "买买提 . 艾力", "买买提·艾力"},
		{"姓名", "Ｌｉ  Ming", "Li Ming"},
		{"姓名", "〇一", "〇一"},
		{"姓名", "𠮷田", "𠮷田"},
		{"姓名", strings.Repeat("王", 50), strings.Repeat("王", 50)},
		{"学籍号", "Ｔ００１２", "T0012"},
		{"学籍号", "g32062320140305x", "G32062320140305X"},
		{"学籍号", "'0012", "0012"},
		{"学籍号", "\t3206232014030500121 ", "3206232014030500121"},
		{"学籍号", "3206 2320 1403", "320623201403"},
		{"学籍号", "20140001.0", "20140001"},
		{"学籍号", "123E45", "123E45"},
		{"学籍号", "", ""},
		{"性别", "男性", "male"},
		{"性别", "1", "male"},
		{"性别", "F", "female"},
		{"性别", "未知", ""},
		{"性别", "", ""},
		{"出生日期", "", ""},
		{"出生日期", "2014-3-5", "2014-03-05"},
		{"出生日期", "2014/03/05", "2014-03-05"},
		{"出生日期", "20140305", "2014-03-05"},
		{"出生日期", "2014年3月5日", "2014-03-05"},
		{"出生日期", "2014 年 3 月 5 日", "2014-03-05"},
		{"出生日期", "2014.3.5", "2014-03-05"},
		{"出生日期", "２０１４．３．５", "2014-03-05"},
		{"出生日期", "2014/3/5 0:00:00", "2014-03-05"},
		{"出生日期", "2014-03-05T00:00:00", "2014-03-05"},
		{"出生日期", "41703", "2014-03-05"},
		{"出生日期", "41703.999", "2014-03-05"},
		{"出生日期", "2023-09-21", "2023-09-21"},
		{"出生日期", "2000-09-22", "2000-09-22"},
	} {
		t.Run(fmt.Sprintf("%s %.20q", test.column, test.cell), func(t *testing.T) {
			t.Parallel()
			f := rowOf(t, test.column, test.cell)
			if test.column == "年级" {
				f = parse(t, csvOf("镇,学校,班级,姓名,学籍号", "甲镇,示例小学,1班,王芳,T0001"), all)
			}
			require.Empty(t, f.Faults)
			r := f.Rows[0]
			got := map[string]string{"镇/街道": r.Town, "学校": r.School, "年级": r.Grade, "班级": r.Class,
				"姓名": r.Name, "学籍号": r.StudentNo, "性别": r.Gender, "出生日期": string(r.Birth)}[test.column]
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseListsEveryFaultOfARow(t *testing.T) {
	t.Parallel()
	f := parse(t, csvOf(fullHeader, ",,三年级,,,x,?,?"), all)
	require.Equal(t, []at{{2, "镇/街道", "missing"}, {2, "学校", "missing"}, {2, "班级", "missing"}, {2, "姓名", "missing"},
		{2, "学籍号", "bad_student_no"}, {2, "性别", "bad_gender"}, {2, "出生日期", "bad_date"}}, faults(f))
}

func TestParseLeavesTownAndSchoolOpenWhereNotNeeded(t *testing.T) {
	t.Parallel()
	data := csvOf(fullHeader, ",,三年级,1班,王芳,T0001,,", "甲镇,示例小学,三年级,1班,李强,T0002,,")
	f := parse(t, data, few)
	require.Empty(t, f.Faults)
	require.Equal(t, []string{"", "甲镇"}, []string{f.Rows[0].Town, f.Rows[1].Town})
	f = parse(t, data, rosterfile.Options{NeedSchool: true, Today: today})
	require.Equal(t, []at{{2, "学校", "missing"}}, faults(f))
}

func TestParseFindsPupilsTwice(t *testing.T) {
	t.Parallel()
	f := parse(t, csvOf("年级,班级,姓名,学籍号,性别",
		"三年级,1班,王芳,T0001,女",
		"三年级,1班,李强,T0002,男",
		"三年级,１班,王芳,t0001,女", // the same class, differently typed
		"三年级,2班,李强,T0002,男", // another class
		"三年级,1班,赵敏,T0003,?", // faulty, yet seen
		"三年级,1班,赵敏,T0003,女",
		"#N/A,1班,王芳,T0001,女", // the class is not known: no guess
		"四年级,1班,钱坤,T0004,男",
	), few)
	require.Equal(t, []at{
		{4, "学籍号", "duplicate"},
		{5, "学籍号", "pupil_in_two_classes"},
		{6, "性别", "bad_gender"},
		{7, "学籍号", "duplicate"},
		{8, "年级", "bad_text"},
	}, faults(f))
	require.Contains(t, f.Faults[0].Message, "第 2 行")
	require.Contains(t, f.Faults[1].Message, "第 3 行")
	require.Contains(t, f.Faults[1].Message, "第 5 行")
	require.Contains(t, f.Faults[3].Message, "第 6 行")
	var numbers []string
	for _, r := range f.Rows {
		numbers = append(numbers, r.StudentNo)
	}
	// T0002 is in neither class; of T0001 the first row stays.
	require.Equal(t, []string{"T0001", "T0004"}, numbers)
}

func TestAPupilWithoutANumberIsToldFromNamesakes(t *testing.T) {
	t.Parallel()
	f := parse(t, csvOf("班级,姓名,学籍号,出生日期",
		"1班,王芳,,2019-3-5",
		"1班,王芳,,2019-3-6",
		"2班,王芳,,2019-3-5",
		"1班,李强,,", // nothing known but the name
		"1班,赵敏,T001,2019-1-1",
		"1班,赵敏,,2019-1-2",
		"1班,钱坤,T002,",
		"1班,孙丽,T003,",
		"1班,孙丽,T004,",
		"1班,王芳,,2019-3-5", // 11: the first once more
		"1班,钱坤,,2019-5-5", // 12: perhaps T002
		"1班,李　强,,",        // 13
	), few)
	require.Equal(t, []at{{11, "学籍号", "same_name_without_number"}, {12, "学籍号", "same_name_without_number"}, {13, "学籍号", "same_name_without_number"}}, faults(f))
	require.Contains(t, f.Faults[1].Message, "第 8 行")
	require.Len(t, f.Rows, 9)
}

func TestParseCapsTheFaultsAndTheRows(t *testing.T) {
	t.Parallel()
	lines := []string{"班级,姓名,学籍号"}
	for range 1_500 {
		lines = append(lines, "1班,王芳,?")
	}
	f := parse(t, csvOf(lines...), few)
	require.Len(t, f.Faults, rosterfile.MaxFaults)
	require.Equal(t, 1_500, f.FaultCount)

	_, err := rosterfile.Parse(csvOf(lines...), "a.csv", rosterfile.Options{Today: today, MaxRows: 1_499}, nil)
	require.ErrorIs(t, err, &model.Error{Kind: model.KindTooLarge, Code: "too_many_rows"})
	_, err = rosterfile.Parse(csvOf(lines...), "a.csv", rosterfile.Options{Today: today, MaxRows: 1_500}, nil)
	require.NoError(t, err)
}

func TestParseTellsItsProgress(t *testing.T) {
	t.Parallel()
	lines := []string{"班级,姓名,学籍号"}
	for i := range 2_500 {
		lines = append(lines, fmt.Sprintf("1班,王芳,T%04d", i))
	}
	var calls [][2]int
	_, err := rosterfile.Parse(csvOf(lines...), "a.csv", few, func(done, total int) { calls = append(calls, [2]int{done, total}) })
	require.NoError(t, err)
	require.Len(t, calls, 3)
	for i, call := range calls {
		require.Equal(t, min((i+1)*1000, 2_500), call[0])
		require.GreaterOrEqual(t, call[1], call[0])
	}
	require.Equal(t, [2]int{2_500, 2_500}, calls[2])
}
