package rosterfile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/org/rosterfile"
)

func replace(s, from, to string) string { return strings.ReplaceAll(s, from, to) }

func TestParseKnowsTheTitlesThatSchoolsUse(t *testing.T) {
	t.Parallel()
	cells := map[string]string{"town": "甲镇", "school": "示例小学", "grade": "三年级", "class": "1班", "name": "王芳", "no": "T0001", "gender": "女", "birth": "2017-3-5"}
	for title, field := range map[string]string{
		"镇": "town", "街道": "town", "区镇": "town", "乡镇": "town", "镇（街道）": "town", "镇/街道": "town", "所在镇": "town",
		"学校": "school", "学校名称": "school", "单位": "school", " 学　校 ": "school",
		"年级": "grade", "年级名称": "grade",
		"班级": "class", "班": "class", "行政班": "class", "*班级": "class", "班级：": "class",
		"姓名": "name", "学生姓名": "name", "名字": "name", "姓 名": "name", "【姓名】": "name", "\ufeff姓名\u200b": "name",
		"学籍号": "no", "学号": "no", "全国学籍号": "no", "学生编号": "no", "学籍号(必填)": "no", "学籍号（必填，文本）": "no", "学籍号[19位]": "no",
		"性别": "gender", "性别*": "gender",
		"出生日期": "birth", "生日": "birth", "出生年月日": "birth", "出生日期(年-月-日)": "birth",
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			usual := map[string]string{"town": "镇", "school": "学校", "grade": "年级", "class": "班级", "name": "姓名", "no": "学籍号", "gender": "性别", "birth": "出生日期"}
			usual[field] = title
			var head, row []string
			for f, name := range usual { // in any order
				head, row = append(head, `"`+name+`"`), append(row, cells[f])
			}
			f := parse(t, csvOf(strings.Join(head, ","), strings.Join(row, ",")), all)
			require.Empty(t, f.Faults)
			require.Equal(t, []rosterfile.Row{{Line: 2, Town: "甲镇", School: "示例小学", Grade: "三年级", Class: "1班",
				Name: "王芳", StudentNo: "T0001", Gender: rosterfile.Female, Birth: "2017-03-05"}}, f.Rows)
		})
	}
}

func TestParsePrefersTheNationalNumber(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"学号,全国学籍号", "学号,学籍号"} {
		f := parse(t, csvOf("班级,姓名,"+head, "1班,王芳,007,T0001"), few)
		require.Empty(t, f.Faults)
		require.Equal(t, "T0001", f.Rows[0].StudentNo)
	}
	f := parse(t, csvOf("学籍号,学号,班级,姓名", "?,007,1班,王芳"), few)
	require.Equal(t, []at{{2, "学籍号", rosterfile.CodeBadStudentNo}}, faults(f))
}

func TestParseReportsFaultsOfTheHeader(t *testing.T) {
	t.Parallel()
	ten := strings.Split(strings.Repeat("说明,x\n", 9), "\n")[:9]
	for name, test := range map[string]struct {
		data []byte
		opts rosterfile.Options
		want []at
	}{
		"town and school missing":        {csvOf("班级,姓名,学籍号", "1班,王芳,T0001"), all, []at{{1, "镇/街道", "column_missing"}, {1, "学校", "column_missing"}}},
		"name and number missing":        {csvOf("标题", "班级,性别", "1班,女"), few, []at{{2, "姓名", "column_missing"}, {2, "学籍号", "column_missing"}}},
		"class missing":                  {csvOf("姓名,学籍号", "王芳,T0001"), few, []at{{1, "班级", "column_missing"}}},
		"two names":                      {csvOf("姓名,学籍号,班级,姓名", "王芳,T0001,1班,王某"), few, []at{{1, "姓名", "column_twice"}}},
		"no header":                      {csvOf("王芳,T0001,1班", "李强,T0002,1班"), few, []at{{0, "", "header_not_found"}}},
		"header in row 10":               {csvOf(append(ten, "姓名,学籍号,班级", "王芳,T0001,1班")...), few, nil},
		"header in row 11":               {csvOf(append(ten, "说明,x", "姓名,学籍号,班级", "王芳,T0001,1班")...), few, []at{{0, "", "header_not_found"}}},
		"header in row 11, blank before": {csvOf("", "", "", "", "", "", "", "", "", "", "姓名,学籍号,班级", "王芳,T0001,1班"), few, []at{{0, "", "header_not_found"}}},
		"no rows":                        {csvOf("姓名,学籍号,班级"), few, []at{{0, "", "no_rows"}}},
		"blank rows only":                {csvOf("姓名,学籍号,班级", ",,", " ,　,"), few, []at{{0, "", "no_rows"}}},
		"two title rows and a separator": {csvOf("sep=,", "花名册", "2026 年秋,,", "姓名,学籍号,班级", "王芳,T0001,1班"), few, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, test.data, test.opts)
			require.Equal(t, test.want, faults(f))
			require.Equal(t, len(test.want), f.FaultCount)
			if test.want == nil {
				require.Len(t, f.Rows, 1)
			} else {
				require.Empty(t, f.Rows)
			}
			for _, x := range f.Faults {
				require.Regexp(t, `\p{Han}`, x.Message)
				require.Contains(t, x.Message, x.Column)
			}
		})
	}
}
