package rosterfile_test

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org/rosterfile"
	"xinyu/service/org/rosterfile/sample"
)

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte(fullHeader + "\n甲镇,示例小学,三年级,1班,王芳,T0001,女,2017-3-5\n"))
	f.Add([]byte("\xff\xfe\xd3\x59\x0d\x54\t\x00"))
	f.Add([]byte("\xd0\xd5\xc3\xfb;\xd1\xa7\xba\xc5;\xb0\xe0\xbc\xb6\r\n\xcd\xf5;\"T0001\";1\r\n"))
	f.Add([]byte("姓名\t学号\t班\r\"a\n\"\t\"\r=\"0012\"\t'1\t41703"))
	f.Add([]byte("姓名,学号,生日\n,1.2E+18,99999.9"))
	f.Fuzz(checkParse)
}

func FuzzParseXLSX(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, rosterfile.WriteTemplate(&b))
	f.Add(b.Bytes())
	b = bytes.Buffer{}
	require.NoError(f, sample.Write(&b, sample.Options{Format: sample.XLSX, Pupils: 3, Schools: sample.Schools([]string{"甲镇"}, 1), Today: today}))
	f.Add(b.Bytes())
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Fuzz(checkParse)
}

// FuzzParseSheet puts the text into the places of a real workbook, which
// random bytes would never get into for the zip's checksums.
func FuzzParseSheet(f *testing.F) {
	f.Add(goodSheet, goodStrings)
	f.Add(`<x:worksheet xmlns:x="y"><x:sheetData><x:row r="1048577"/><x:row><x:c r="XFE1"/>`, `<sst`)
	f.Fuzz(func(t *testing.T, sheet, strings string) { checkParse(t, rawBook(t, sheet, strings)) })
}

const (
	goodSheet = `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="s"><v>0</v></c>` +
		`<c r="C1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c><c r="E1" t="s"><v>3</v></c></row><row r="3"><c r="A3" t="str"><f>A1</f><v>王</v></c>` +
		`<c r="B3"><v>20140001</v></c><c r="C3"><v>1</v></c><c r="D3"><v>1</v></c><c r="E3"><v>1</v></c></row>` +
		`</sheetData><mergeCells><mergeCell ref="F1:G1"/></mergeCells></worksheet>`
	goodStrings = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>学籍号</t></si><si><r><t>班级</t></r></si><si><t>镇</t></si><si><t>学校</t></si></sst>`
)

func TestParseReadsAMinimalWorkbook(t *testing.T) {
	t.Parallel()
	f := parse(t, rawBook(t, goodSheet, goodStrings), all)
	require.Empty(t, f.Faults)
	require.Equal(t, []rosterfile.Row{{Sheet: "a", Line: 3, Town: "1", School: "1", Class: "1", Name: "王", StudentNo: "20140001"}}, f.Rows)
}

// rawBook is a workbook of one sheet and shared strings as they are given.
func rawBook(t *testing.T, sheet, strings string) []byte {
	t.Helper()
	const open = "http://schemas.openxmlformats.org/"
	return zipOf(t, map[string]string{
		"[Content_Types].xml": `<Types xmlns="` + open + `package/2006/content-types"/>`,
		"_rels/.rels": `<Relationships xmlns="` + open + `package/2006/relationships">` +
			`<Relationship Id="rId1" Type="` + open + `officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns="` + open + `spreadsheetml/2006/main" xmlns:r="` + open + `officeDocument/2006/relationships">` +
			`<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + open + `package/2006/relationships">` +
			`<Relationship Id="rId1" Type="` + open + `officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/styles.xml":            `<styleSheet xmlns="` + open + `spreadsheetml/2006/main"/>`,
		"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": strings,
	})
}

// checkParse checks what holds for any file whatever.
func checkParse(t *testing.T, data []byte) {
	f, err := rosterfile.Parse(data, "a.xls", all, nil)
	if err != nil {
		var e *model.Error
		require.True(t, errors.As(err, &e))
		require.Nil(t, f)
		return
	}
	require.LessOrEqual(t, len(f.Rows), f.Total)
	require.LessOrEqual(t, len(f.Faults), min(f.FaultCount, rosterfile.MaxFaults))
	require.True(t, f.FaultCount > 0 || len(f.Rows) == f.Total && f.Total > 0)
	seen := make(map[string]bool)
	for _, r := range f.Rows {
		require.Positive(t, r.Line)
		require.Regexp(t, `^([0-9A-Z]{3,32})?$`, r.StudentNo)
		require.False(t, seen[r.StudentNo])
		seen[r.StudentNo] = r.StudentNo != ""
		for _, s := range []string{r.Town, r.School, r.Class, r.Name} {
			require.NotEmpty(t, s)
			require.True(t, utf8.ValidString(s))
			require.LessOrEqual(t, utf8.RuneCountInString(s), 100)
		}
		if r.Birth != "" {
			require.LessOrEqual(t, r.Birth, today)
		}
	}
}
