package rosterfile_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyu/model"
	"xinyu/service/org/rosterfile"
)

func TestParseReadsAWorkbook(t *testing.T) {
	t.Parallel()
	data := book(t, [][]any{
		{"2026 年秋学期花名册"},
		{},
		{"序号", "姓 名", "学籍号（必填）", "班级", "年级", "性别", "生日"},
		{1, "王　芳", "T0001", 1, "三年级", "女", time.Date(2017, 3, 5, 0, 0, 0, 0, time.UTC)},
		{},
		{2, "李强", 20140002, "１班", "三年级", "男", "2017年3月6日"},
		{3, "赵敏", "3206232014030500121", "2班", "三年级", nil, 42800},
	}, func(f *excelize.File) {
		require.NoError(t, f.MergeCell("Sheet1", "A1", "G1"))
	})
	f := parse(t, data, few)
	require.Empty(t, f.Faults)
	require.Equal(t, "xlsx", f.Format)
	require.Equal(t, []rosterfile.Row{
		{Sheet: "Sheet1", Line: 4, Grade: "三年级", Class: "1", Name: "王芳", StudentNo: "T0001", Gender: "female", Birth: "2017-03-05"},
		{Sheet: "Sheet1", Line: 6, Grade: "三年级", Class: "1班", Name: "李强", StudentNo: "20140002", Gender: "male", Birth: "2017-03-06"},
		{Sheet: "Sheet1", Line: 7, Grade: "三年级", Class: "2班", Name: "赵敏", StudentNo: "3206232014030500121", Birth: "2017-03-06"},
	}, f.Rows)
}

func TestParseCountsDatesFrom1904WhereTheWorkbookDoes(t *testing.T) {
	t.Parallel()
	yes := true
	data := book(t, [][]any{{"姓名", "学籍号", "班级", "出生日期"}, {"王芳", "T0001", "1班", 41337}}, func(f *excelize.File) {
		require.NoError(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
	})
	f := parse(t, data, few)
	require.Empty(t, f.Faults)
	require.Equal(t, model.Date("2017-03-05"), f.Rows[0].Birth)
}

func TestParseSeesNumbersThatExcelHasCut(t *testing.T) {
	t.Parallel()
	data := book(t, [][]any{
		{"姓名", "学籍号", "班级"},
		{"王芳", 1.23457e18, "1班"},
		{"李强", nil, "1班"},
		{"赵敏", int64(1234567890123456), "1班"},
		{"钱坤", "1234567890123457", "1班"},
		{"孙丽", int64(123456789012345), "1班"},
	}, func(f *excelize.File) {
		require.NoError(t, f.SetCellDefault("Sheet1", "B3", "1.2345678901234501E+18"))
	})
	f := parse(t, data, few)
	require.Equal(t, []at{{2, "学籍号", "student_no_scientific"}, {3, "学籍号", "student_no_scientific"}, {4, "学籍号", "student_no_scientific"}}, faults(f))
	require.Contains(t, f.Faults[0].Message, "文本")
	require.Len(t, f.Rows, 2)
}

func TestParseRefusesAMergedHeader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to string
		want     []at
	}{
		"across":        {"A2", "B2", []at{{2, "学籍号", "column_missing"}, {2, "姓名", "header_merged"}}},
		"down":          {"C2", "C3", []at{{2, "班级", "header_merged"}}},
		"title only":    {"A1", "D1", nil},
		"other columns": {"D2", "E2", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := book(t, [][]any{{"花名册"}, {"姓名", "学籍号", "班级", "备注"}, {"王芳", "T0001", "1班", "x"}}, func(f *excelize.File) {
				require.NoError(t, f.MergeCell("Sheet1", test.from, test.to))
				if name == "across" { // Excel keeps the first text only
					require.NoError(t, f.SetCellValue("Sheet1", "B2", nil))
					require.NoError(t, f.SetCellValue("Sheet1", "A2", "姓名"))
				}
			})
			f := parse(t, data, few)
			require.Equal(t, test.want, faults(f))
		})
	}
}

func TestParseReadsEverySheetWithAHeader(t *testing.T) {
	t.Parallel()
	data := book(t, [][]any{{"姓名", "学籍号", "班级"}, {"王芳", "T0001", "1班"}, {"李强", "T0002", "1班"}}, func(f *excelize.File) {
		for _, name := range []string{"四年级", "汇总", "空", "选项"} {
			_, err := f.NewSheet(name)
			require.NoError(t, err)
		}
		fill(t, f, "四年级", [][]any{{}, {"班级", "姓名", "学籍号"}, {"2班", "赵敏", "T0003"}, {"1班", "王芳", "T0001"}, {"2班", "李强", "T0002"}})
		fill(t, f, "汇总", [][]any{{"合计", 5}})
		fill(t, f, "选项", [][]any{{"班级", "姓名", "学籍号"}, {"1班", "孙丽", "T0009"}})
		require.NoError(t, f.SetSheetVisible("选项", false))
	})
	f := parse(t, data, few)
	require.Equal(t, []string{"汇总"}, f.SkippedSheets)
	require.Equal(t, []rosterfile.Fault{
		{Sheet: "四年级", Line: 4, Column: "学籍号", Code: "duplicate", Message: "学籍号与工作表“Sheet1”第 2 行重复，请删除多余的一行，或更正学籍号"},
		{Sheet: "四年级", Line: 5, Column: "学籍号", Code: "pupil_in_two_classes", Message: "同一学籍号在工作表“Sheet1”第 3 行和本表第 5 行分属两个班级，请核对后只保留正确的一行"},
	}, f.Faults)
	require.Len(t, f.Rows, 2)
	require.Equal(t, "四年级", f.Rows[1].Sheet)
	require.Equal(t, 3, f.Rows[1].Line)
}

func TestParseRefusesUnreadableFiles(t *testing.T) {
	t.Parallel()
	good := book(t, [][]any{{"姓名", "学籍号", "班级"}, {"王芳", "T0001", "1班"}, {"李强", "T0002", "1班"}})
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 1024)...)
	encrypted := func() []byte {
		f, err := excelize.OpenReader(bytes.NewReader(good))
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, f.Write(&b, excelize.Options{Password: "test"}))
		return b.Bytes()
	}()
	for name, test := range map[string]struct {
		data []byte
		file string
		code string
	}{
		"empty":                  {nil, "a.xlsx", "file_empty"},
		"blank":                  {[]byte("\ufeff \r\n"), "a.csv", "file_empty"},
		"too large":              {make([]byte, rosterfile.MaxFileBytes+1), "a.csv", "file_too_large"},
		"old Excel":              {ole, "a.xls", "xls_unsupported"},
		"old Excel, renamed":     {ole, "a.xlsx", "xls_unsupported"},
		"Excel 4":                {[]byte("\x09\x04\x06\x00\x00\x00"), "a.xls", "xls_unsupported"},
		"a web page called .xls": {[]byte("\r\n<html><table></table></html>"), "a.xls", "xls_unsupported"},
		"Excel 2003 XML":         {[]byte("\ufeff<?xml version=\"1.0\"?>"), "a.xls", "xls_unsupported"},
		"binary workbook":        {zipOf(t, map[string]string{"xl/workbook.bin": "x"}), "a.xlsb", "xls_unsupported"},
		"encrypted":              {encrypted, "a.xlsx", "file_encrypted"},
		"another zip":            {zipOf(t, map[string]string{"word/document.xml": "x"}), "a.xlsx", "file_type_unsupported"},
		"a picture":              {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "a.xlsx", "file_type_unsupported"},
		"no text encoding":       {[]byte("姓名,\xff\xff\xff"), "a.csv", "csv_encoding"},
		"cut off":                {good[:len(good)/2], "a.xlsx", "file_damaged"},
		"sheet breaks off":       {rezip(t, good, "xl/worksheets/sheet1.xml", func(s string) string { return strings.Replace(s, "<row r=\"2\"", "<row <", 1) }), "a.xlsx", "file_damaged"},
		"no workbook XML":        {zipOf(t, map[string]string{"xl/workbook.xml": "<"}), "a.xlsx", "file_damaged"},
		"zip bomb":               {zipSaying(t, 193<<20), "a.xlsx", "file_unpacks_too_large"},
		"zip bomb that lies":     {zipSaying(t, 10), "a.xlsx", "file_damaged"},
		"a part too large":       {rezip(t, good, "xl/styles.xml", func(string) string { return strings.Repeat(" ", 9<<20) }), "a.xlsx", "file_unpacks_too_large"},
		"too many strings":       {rezip(t, good, "xl/sharedStrings.xml", func(string) string { return strings.Repeat("<si/>", 4_000_001) }), "a.xlsx", "file_unpacks_too_large"},
		"too many columns":       {book(t, [][]any{{"姓名", "学籍号", "班级"}}, func(f *excelize.File) { require.NoError(t, f.SetCellInt("Sheet1", "XFD1", 1)) }), "a.xlsx", "too_many_columns"},
		"too many commas":        {[]byte("姓名,学籍号\n" + strings.Repeat(",", 8_000_001)), "a.csv", "too_many_columns"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := refusal(t, test.data, test.file)
			require.Equal(t, test.code, e.Code)
			require.Equal(t, "file", e.Field)
			if strings.Contains(test.code, "too") {
				require.Equal(t, model.KindTooLarge, e.Kind)
			} else {
				require.Equal(t, model.KindInvalid, e.Kind)
			}
		})
	}
}

func TestParseDecidesByContentNotByName(t *testing.T) {
	t.Parallel()
	data := book(t, [][]any{{"姓名", "学籍号", "班级"}, {"王芳", "T0001", "1班"}})
	for _, name := range []string{"a.csv", "a.xls", "", "a"} {
		f, err := rosterfile.Parse(data, name, few, nil)
		require.NoError(t, err)
		require.Len(t, f.Rows, 1)
		f, err = rosterfile.Parse(csvOf("姓名,学籍号,班级", "王芳,T0001,1班"), name, few, nil)
		require.NoError(t, err)
		require.Len(t, f.Rows, 1)
	}
}

func zipOf(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range parts {
		part, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(part, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// rezip changes one part of a workbook.
func rezip(t *testing.T, data []byte, name string, edit func(string) string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	parts := make(map[string]string)
	for _, part := range r.File {
		rc, err := part.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(rc)
		require.NoError(t, err)
		parts[part.Name] = string(content)
	}
	require.Contains(t, parts, name)
	parts[name] = edit(parts[name])
	return zipOf(t, parts)
}

// zipSaying is a workbook of a megabyte whose directory tells another size.
func zipSaying(t *testing.T, size uint64) []byte {
	t.Helper()
	var packed, b bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	require.NoError(t, err)
	_, err = deflate.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, deflate.Close())
	w := zip.NewWriter(&b)
	for _, name := range []string{"xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		part, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate,
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
		require.NoError(t, err)
		_, err = part.Write(packed.Bytes())
		require.NoError(t, err)
		size = min(size, 10)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// A small file with one cell of 180 MB is refused before any of it is kept.
func TestParseKeepsNothingOfAnEndlessCell(t *testing.T) { // not parallel: it reads the process's memory
	for _, part := range []string{"xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"} {
		data := rezip(t, book(t, [][]any{{"姓名", "学籍号", "班级"}}), part, func(string) string {
			return "<sst><si><t>" + strings.Repeat("a", 180<<20) + "</t></si></sst>"
		})
		require.Less(t, len(data), 1<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e := refusal(t, data, "a.xlsx")
		runtime.ReadMemStats(&after)
		require.Equal(t, "cell_too_long", e.Code, part)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), part)
	}
}
