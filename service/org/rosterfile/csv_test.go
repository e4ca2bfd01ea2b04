package rosterfile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"xinyu/service/org/rosterfile"
)

func TestParseReadsEveryEncodingAndSeparator(t *testing.T) {
	t.Parallel()
	want := []rosterfile.Row{
		{Line: 2, Town: "甲镇", School: "示例小学", Grade: "三年级", Class: "1班", Name: "王芳", StudentNo: "T0001", Gender: "female", Birth: "2017-03-05"},
		{Line: 3, Town: "甲镇", School: "示例小学", Grade: "三年级", Class: "2班", Name: "李强", StudentNo: "T0002", Gender: "male"},
	}
	comma := string(csvOf(fullHeader, "甲镇,示例小学,三年级,1班,王芳,T0001,女,2017-3-5", "甲镇,示例小学,三年级,2班,李强,T0002,男,"))
	other := func(sep string) string {
		out := ""
		for _, r := range comma {
			if r == ',' {
				out += sep
			} else {
				out += string(r)
			}
		}
		return out
	}
	encode := func(e encoding.Encoding, s string) []byte {
		out, err := e.NewEncoder().Bytes([]byte(s))
		require.NoError(t, err)
		return out
	}
	for name, data := range map[string][]byte{
		"UTF-8":                     []byte(comma),
		"UTF-8 with BOM":            []byte("\ufeff" + comma),
		"UTF-16 little endian":      encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), other("\t")),
		"UTF-16 big endian":         encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), comma),
		"GBK":                       encode(simplifiedchinese.GBK, comma),
		"GB18030 with BOM":          encode(simplifiedchinese.GB18030, "\ufeff"+comma),
		"tabs":                      []byte(other("\t")),
		"semicolons":                []byte(other(";")),
		"Windows line ends":         []byte(replace(comma, "\n", "\r\n")),
		"old Macintosh line ends":   []byte(replace(comma, "\n", "\r")),
		"all cells quoted":          []byte(`"` + replace(replace(comma[:len(comma)-1], ",", `","`), "\n", "\"\n\"") + `"`),
		"without a last line break": []byte(comma[:len(comma)-1]),
		"numbers kept by =\"\"":     []byte(replace(replace(comma, "T0001", `="T0001"`), "T0002", `"=""T0002"""`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, data, all)
			require.Empty(t, f.Faults)
			require.Equal(t, want, f.Rows)
			require.Equal(t, "csv", f.Format)
			require.Equal(t, 2, f.Total)
		})
	}
}

func TestParseKeepsTheRowNumbersOfTheSpreadsheet(t *testing.T) {
	t.Parallel()
	f := parse(t, csvOf(
		"某县某校花名册",
		"",
		"备注,班级,姓名,学籍号",
		"\"两行\n备注\",1班,王芳,T0001",
		"",
		",,,",
		" ,　,\u200b,",
		"x,1班,李强,T0002",
		"只有备注,,,",
		"备注,班级,姓名,学籍号",
		"x,1班,赵敏,T0003",
	), few)
	require.Empty(t, f.Faults)
	var lines []int
	for _, r := range f.Rows {
		lines = append(lines, r.Line)
	}
	// The cell of two lines is one row in Excel.
	require.Equal(t, []int{4, 8, 11}, lines)
	require.Equal(t, 3, f.Total)
}

func TestParseReportsBrokenQuotes(t *testing.T) {
	t.Parallel()
	f := parse(t, csvOf("班级,姓名,学籍号", `1班,王"芳,T0001`, "1班,李强,T0002"), few)
	require.Equal(t, []at{{2, "", rosterfile.CodeBadQuotes}}, faults(f))
	require.Len(t, f.Rows, 1)

	e := refusal(t, csvOf("班级,姓名,学籍号", "1班,王芳,T0001", `1班,"李强,T0002`, "1班,赵敏,T0003"), "a.csv")
	require.Equal(t, "csv_unclosed_quote", e.Code)
	require.Contains(t, e.Message, "第 3 行")
}
