package rosterfile_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"archive/zip"
	"bytes"

	"github.com/stretchr/testify/require"

	"xinyu/service/org/rosterfile"
)

// styles are the number formats that the cells of these tests name, from 1.
var styles = []string{`0"班"`, `000000`, `m"月"d"日"`, `General"班"`, `0.00E+00`, `0`, `#,##0`, `@"班"`, `yyyy/m/d;@`, `[DBNum1]0"班"`}

// sheetOf is a workbook with the rows below the titles, cell by cell as XML
// without their names.
func sheetOf(t *testing.T, titles string, rows ...string) []byte {
	t.Helper()
	var sheet strings.Builder
	sheet.WriteString(`<worksheet><sheetData><row r="1">`)
	for title := range strings.SplitSeq(titles, ",") {
		sheet.WriteString(inline(title))
	}
	sheet.WriteString("</row>")
	for i, row := range rows {
		if !strings.HasPrefix(row, "<row") {
			row = fmt.Sprintf(`<row r="%d">%s</row>`, i+2, row)
		}
		sheet.WriteString(row)
	}
	sheet.WriteString("</sheetData></worksheet>")
	return withStyles(t, rawBook(t, sheet.String(), `<sst/>`))
}

func withStyles(t *testing.T, data []byte) []byte {
	t.Helper()
	var numFmts, xfs strings.Builder
	xfs.WriteString(`<xf numFmtId="0"/>`)
	for i, code := range styles {
		fmt.Fprintf(&numFmts, `<numFmt numFmtId="%d" formatCode="%s"/>`, 170+i, strings.ReplaceAll(code, `"`, "&quot;"))
		fmt.Fprintf(&xfs, `<xf numFmtId="%d"/>`, 170+i)
	}
	xfs.WriteString(`<xf numFmtId="14"/><xf numFmtId="58"/>`) // built in: a date; a month and a day of Chinese Excel
	return rezip(t, data, "xl/styles.xml", func(string) string {
		return `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>` + numFmts.String() + `</numFmts><cellXfs>` + xfs.String() + `</cellXfs></styleSheet>`
	})
}

func inline(s string) string { return `<c t="inlineStr"><is><t>` + s + `</t></is></c>` }

// number is a cell of a number in one of the styles; 0 is none.
func number(style int, v string) string {
	return fmt.Sprintf(`<c s="%d" t="n"><v>%s</v></c>`, style, v)
}

const (
	builtInDate     = 11
	builtInMonthDay = 12
)

func TestACellIsWhatAPersonSeesInIt(t *testing.T) {
	t.Parallel()
	row := func(class, no, gender, birth string) []byte {
		return sheetOf(t, "班级,姓名,学籍号,性别,出生日期", class+inline("王芳")+no+gender+birth)
	}
	good := rosterfile.Row{Sheet: "a", Line: 2, Class: "1班", Name: "王芳", StudentNo: "T001", Gender: "male", Birth: "2017-03-05"}
	for name, test := range map[string]struct {
		class, no, gender, birth string
		change                   func(r *rosterfile.Row)
	}{
		"1 shown as 1班":                  {number(1, "1"), inline("T001"), inline("男"), inline("2017-3-5"), nil},
		"General with a word":            {number(4, "1"), inline("T001"), inline("男"), inline("2017-3-5"), nil},
		"a text with a word":             {`<c s="8" t="str"><v>1</v></c>`, inline("T001"), inline("男"), inline("2017-3-5"), nil},
		"123 shown as 000123":            {number(1, "1"), number(2, "123"), inline("男"), inline("2017-3-5"), func(r *rosterfile.Row) { r.StudentNo = "000123" }},
		"doubles, as Java writes them":   {number(0, "1.0"), number(0, "2.0230001E7"), number(0, "1.0"), number(0, "2.0170305E7"), func(r *rosterfile.Row) { r.Class, r.StudentNo = "1", "20230001" }},
		"a double of a round number":     {number(0, "1.0"), number(0, "2.0E7"), number(0, "1.0"), number(0, "42799.0"), func(r *rosterfile.Row) { r.Class, r.StudentNo = "1", "20000000" }},
		"a date with a time":             {number(1, "1"), inline("T001"), inline("男"), number(builtInDate, "42799.75"), nil},
		"a date in a format of its own":  {number(1, "1"), inline("T001"), inline("男"), number(9, "42799"), nil},
		"a whole number shown as 2E+07":  {number(1, "1"), number(5, "20230001"), inline("男"), inline("2017-3-5"), func(r *rosterfile.Row) { r.StudentNo = "20230001" }},
		"a number with commas":           {number(1, "1"), number(7, "20230001"), inline("男"), inline("2017-3-5"), func(r *rosterfile.Row) { r.StudentNo = "20230001" }},
		"fifteen digits":                 {number(1, "1"), number(6, "123456789012345"), inline("男"), inline("2017-3-5"), func(r *rosterfile.Row) { r.StudentNo = "123456789012345" }},
		"doubles written as texts":       {inline("1.0"), inline("2.0230001E7"), inline("1.0"), inline("20170305.0"), func(r *rosterfile.Row) { r.Class, r.StudentNo = "1", "20230001" }},
		"a text that looks like a float": {inline("7.10"), inline("T001"), inline("男"), inline("2017-3-5"), func(r *rosterfile.Row) { r.Class = "7.10" }},
		"texts of many runs":             {`<c t="inlineStr"><is><r><t>1</t></r><rPh><t>x</t></rPh><r><t>班</t></r></is></c>`, inline("T001"), inline("男"), inline("2017-3-5"), nil},
		"signs of XML and of Excel":      {`<c t="str"><v>1_x73ED_</v></c>`, inline("<![CDATA[T001]]>"), inline("&#30007;"), inline("2017-3-5"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, row(test.class, test.no, test.gender, test.birth), few)
			require.Empty(t, f.Faults)
			want := good
			if test.change != nil {
				test.change(&want)
			}
			require.Equal(t, []rosterfile.Row{want}, f.Rows)
		})
	}
}

func TestWhatATableProgramHasSpoiledIsNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ class, no, column, code string }{
		"3-1 shown as 3月1日":         {number(3, "46082"), inline("T001"), "班级", "turned_into_date"},
		"3-1 as a built-in date":    {number(builtInMonthDay, "46082"), inline("T001"), "班级", "turned_into_date"},
		"3-1, saved as an ISO date": {`<c t="d"><v>2026-03-01</v></c>`, inline("T001"), "班级", "turned_into_date"},
		"7.10, of which 7.1 stays":  {number(0, "7.1"), inline("T001"), "班级", "turned_into_number"},
		"a number of a date":        {inline("1班"), number(builtInDate, "46082"), "学籍号", "turned_into_date"},
		"a number cut to 15 digits": {inline("1班"), number(6, "3.2062320140305E+17"), "学籍号", "student_no_scientific"},
		"a number of 16 digits":     {inline("1班"), number(6, "1234567890123456"), "学籍号", "student_no_scientific"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, sheetOf(t, "班级,姓名,学籍号", test.class+inline("王芳")+test.no), few)
			require.Equal(t, []at{{2, test.column, test.code}}, faults(f))
			require.Contains(t, f.Faults[0].Message, "文本")
			require.Empty(t, f.Rows)
		})
	}
	for _, class := range []string{"3月1日", "1-Mar", "Mar-01", "2026/3/1", "2026年3月1日"} {
		require.Equal(t, []at{{2, "班级", "turned_into_date"}}, faults(parse(t, csvOf("班级,姓名,学籍号", class+",王芳,T001"), few)), class)
	}
	require.Equal(t, []at{{2, "班级", "turned_into_number"}}, faults(parse(t, csvOf("班级,姓名,学籍号", "7.1,王芳,T001"), few)))
	require.Empty(t, faults(parse(t, csvOf("班级,姓名,学籍号", "3-1,王芳,T001", "1.0,李强,2.0230001E7"), few)))
}

func TestNumbersWhoseLastDigitsAreGoneAreRefusedInCSVToo(t *testing.T) {
	t.Parallel()
	lines := func(numbers ...string) []byte {
		out := []string{"班级,姓名,学籍号"}
		for i, n := range numbers {
			out = append(out, fmt.Sprintf("1班,王%c,%s", '一'+rune(i), n))
		}
		return csvOf(out...)
	}
	f := parse(t, lines("320623201403050000", "320623201403060000", "3206232014030700000"), few)
	require.Equal(t, []at{{2, "学籍号", "student_no_scientific"}, {3, "学籍号", "student_no_scientific"}, {4, "学籍号", "student_no_scientific"}}, faults(f))
	require.Empty(t, f.Rows)
	require.Equal(t, []at{{2, "学籍号", "student_no_scientific"}}, faults(parse(t, lines("3.20623E+17"), few)))

	// Of many true numbers one may end so, and letters keep a number from being cut.
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("32062320140305%04d", 1000+i))
	}
	many[7] = "320623201403056000"
	require.Empty(t, faults(parse(t, lines(many...), few)))
	require.Empty(t, faults(parse(t, lines("G320623201403050000", "2014000", "123456789012000"), few)))
}

func TestHiddenRowsAreCountedAndLeftOutUnlessAskedFor(t *testing.T) {
	t.Parallel()
	pupil := func(name, no string) string { return inline("1班") + inline(name) + inline(no) }
	data := sheetOf(t, "班级,姓名,学籍号", pupil("王芳", "T001"), `<row r="3" hidden="1">`+pupil("李强", "T002")+`</row>`, `<row r="4" hidden="true">`+inline("")+`</row>`,
		`<row r="5" hidden="1">`+pupil("赵敏", "?")+`</row>`, pupil("钱坤", "T004"))
	f := parse(t, data, few)
	require.Empty(t, f.Faults, "what is left out holds nothing up")
	require.Equal(t, 2, f.HiddenRows)
	require.Equal(t, 2, f.Total)
	require.Equal(t, []string{"王芳", "钱坤"}, []string{f.Rows[0].Name, f.Rows[1].Name})

	f = parse(t, data, rosterfile.Options{Today: today, HiddenRows: true})
	require.Equal(t, []at{{5, "学籍号", "bad_student_no"}}, faults(f))
	require.Equal(t, 4, f.Total)
	require.Equal(t, 3, f.Rows[1].Line)
}

// A whole column that is formatted makes a million rows of nothing.
func TestAMillionFormattedEmptyRowsAreReadInSecondsWithoutBeingKept(t *testing.T) { // not parallel: it reads the process's memory
	begin := sheetOf(t, "班级,姓名,学籍号", inline("1班")+inline("王芳")+inline("T001"))
	var sheet strings.Builder
	for i := 3; i < 1_048_576; i++ {
		fmt.Fprintf(&sheet, `<row r="%d" spans="1:8" s="1" customFormat="1">`, i)
		for col := 'A'; col <= 'H'; col++ {
			fmt.Fprintf(&sheet, `<c r="%c%d" s="1"/>`, col, i)
		}
		sheet.WriteString("</row>")
	}
	sheet.WriteString(`<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>2班</t></is></c><c r="B1048576" t="inlineStr"><is><t>李强</t></is></c><c r="C1048576"><v>20140001</v></c></row></sheetData>`)
	data := rezip(t, begin, "xl/worksheets/sheet1.xml", func(s string) string { return strings.Replace(s, "</sheetData>", sheet.String(), 1) })
	sheet.Reset()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	f := parse(t, data, few)
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	require.Empty(t, f.Faults)
	require.Equal(t, []int{2, 1_048_576}, []int{f.Rows[0].Line, f.Rows[1].Line})
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
	require.Less(t, took, 60*time.Second) // some three seconds; more where tests run beside it
	t.Logf("%d bytes in %s", unzipped(t, data), took)
}

func unzipped(t *testing.T, data []byte) (size uint64) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, part := range r.File {
		size += part.UncompressedSize64
	}
	return size
}

func TestNamesAsTheCountryHasThem(t *testing.T) {
	t.Parallel()
	for _, test := range [][2]string{
		{"王\ue863", "王䶮"}, {"\ue81e", "龴"}, {"王\ue816", "王\U00020087"}, {"李\ue5e5明", "李明"},
		{"买买提-艾力", "买买提-艾力"}, {"买买提－艾力", "买买提-艾力"}, {"Anne-Marie", "Anne-Marie"}, {"O'Brien", "O'Brien"}, {"O’Brien", "O'Brien"},
		{"买买提●艾力", "买买提·艾力"}, {"买买提丶艾力", "买买提·艾力"}, {"买买提\u00b7艾力", "买买提·艾力"}, {"买买提\u2022艾力", "买买提·艾力"}, {"买买提\u30fb艾力", "买买提·艾力"},
		{"买买提\uff65艾力", "买买提·艾力"}, {"买买提\u2027艾力", "买买提·艾力"}, {"买买提\u2219艾力", "买买提·艾力"}, {"买买提\u22c5艾力", "买买提·艾力"},
		{"买买提\uff0e艾力", "买买提·艾力"}, {"买买提\u0387艾力", "买买提·艾力"}, {"买买提\ufe52艾力", "买买提·艾力"}, {"买买提 · · 艾力", "买买提·艾力"},
		{"བཀྲ་ཤིས", "བཀྲ་ཤིས"}, {"བཀྲ་ཤིས་", "བཀྲ་ཤིས"}, {"ئەركىن ئابدۇللا", "ئەركىن ئابدۇللا"}, {"ᠪᠠᠲᠤ", "ᠪᠠᠲᠤ"}, {"ᠰᠠᠷ\u180eᠠ", "ᠰᠠᠷ\u180eᠠ"},
	} {
		f := rowOf(t, "姓名", test[0])
		require.Empty(t, f.Faults, test[0])
		require.Equal(t, test[1], f.Rows[0].Name, test[0])
	}
	require.Equal(t, []at{{2, "姓名", "bad_name"}}, faults(rowOf(t, "姓名", "王*芳")), "a name that was made unreadable")
	require.Equal(t, []at{{2, "姓名", "bad_text"}}, faults(rowOf(t, "姓名", "王\uf8ff")), "a character that nobody knows")

	// FE9F and FE51 in GB18030.
	data := append([]byte("\xb0\xe0\xbc\xb6,\xd0\xd5\xc3\xfb,\xd1\xa7\xbc\xae\xba\xc5\n1,\xcd\xf5\xfe\x9f,T001\n1,\xcd\xf5\xfe\x51\xfe\x59,T002\n"), '\n')
	f := parse(t, data, few)
	require.Empty(t, f.Faults)
	require.Equal(t, []string{"王䶮", "王\U00020087\u9fb4"}, []string{f.Rows[0].Name, f.Rows[1].Name})
}

func TestCSVAsProgramsWriteIt(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"CR ends lines, and a cell has two of LF": "班级,姓名,学籍号,备注\r1班,王芳,T001,\"两行\n备注\"\r2班,李强,T002,\r",
		"CR ends lines, and a cell has two of CR": "班级,姓名,学籍号,备注\r1班,王芳,T001,\"两行\r备注\"\r2班,李强,T002,\r",
		"sep=;":                        "sep=;\r\n班级;姓名;学籍号\r\n1班;王芳;T001\r\n2班;李强;T002\r\n",
		"UTF-16 without a mark":        utf16(t, "班级\t姓名\t学籍号\r\n1班\t王芳\tT001\r\n2班\t李强\tT002\r\n", false),
		"UTF-16 BE without a mark":     utf16(t, "班级,姓名,学籍号\n1班,王芳,T001\n2班,李强,T002\n", true),
		"semicolons, a comma in cells": "班级;姓名;学籍号;备注\n1班;王芳;T001;a,b,c,d\n2班;李强;T002;\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, []byte(data), few)
			require.Empty(t, f.Faults)
			require.Equal(t, []rosterfile.Row{{Line: 2, Class: "1班", Name: "王芳", StudentNo: "T001"}, {Line: 3, Class: "2班", Name: "李强", StudentNo: "T002"}}, f.Rows)
		})
	}
}

func utf16(t *testing.T, s string, big bool) string {
	t.Helper()
	var b bytes.Buffer
	for _, r := range s {
		require.Less(t, r, rune(0x10000))
		two := []byte{byte(r), byte(r >> 8)}
		if big {
			two[0], two[1] = two[1], two[0]
		}
		_, err := io.Copy(&b, bytes.NewReader(two))
		require.NoError(t, err)
	}
	return b.String()
}
