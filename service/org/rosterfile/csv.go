package rosterfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// maxCSVCells bounds the memory that a line of nothing but commas can take.
const maxCSVCells = 8_000_000

func parseCSV(c *collector, data []byte) error {
	content, err := decode(data)
	if err != nil {
		return err
	}
	content = normalizeLines(content)
	comma := sniffComma(content)
	lines := strings.Count(content, "\n") + 1
	if lines+strings.Count(content, string(comma)) > maxCSVCells {
		return tooLarge("too_many_columns", "文件的列数太多，请只保留花名册需要的列")
	}
	c.file.Format, c.estimate = "csv", lines
	no := func(int, int) bool { return false }
	c.startSheet(sheetFacts{merged: no, isNumber: no})
	badQuotes := func(line int) { c.fault(line, "", CodeBadQuotes, fixedMessages[CodeBadQuotes]) }
	if err := readRecords(content, comma, c.row, badQuotes); err != nil {
		return err
	}
	return c.endSheet()
}

// decode gives the text of the file: a byte order mark decides; without one it
// is UTF-8 where it can be, else GB18030, which contains GBK and GB 2312.
func decode(data []byte) (string, error) {
	var out []byte
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
	case utf8.Valid(data):
		out = data
	default:
		out, err = simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	}
	if err != nil || bytes.ContainsRune(out, 0) {
		return "", errUnknownType()
	}
	if bytes.ContainsRune(out, utf8.RuneError) {
		return "", invalid("csv_encoding", "无法识别文件的文字编码，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入")
	}
	return strings.TrimPrefix(string(out), "\ufeff"), nil
}

// formulaText is a number kept as text by ="0012", which is no proper CSV.
var formulaText = regexp.MustCompile(`(?m)(^|[,;\t])="([^",;\t\r\n]*)"`)

func normalizeLines(s string) string {
	if !strings.Contains(s, "\n") {
		s = strings.ReplaceAll(s, "\r", "\n") // the lines of an old Macintosh
	}
	if strings.Contains(s, `="`) {
		s = formulaText.ReplaceAllString(s, "$1$2")
	}
	return s
}

// sniffComma takes the separator by which most titles are recognised.
func sniffComma(content string) rune {
	// Cut off in the middle of a line: the titles stand long before.
	start := content[:min(len(content), 64<<10)]
	best, found := ',', 0
	for _, comma := range []rune{',', '\t', ';'} {
		take := func(line int, cells []string) error {
			if line > headerRows {
				return io.EOF
			}
			if h := readHeader(line, cells); h.found > found {
				best, found = comma, h.found
			}
			return nil
		}
		// Quotes may be broken here; the real reading reports it.
		_ = readRecords(start, comma, take, func(int) {})
	}
	return best
}

// readRecords calls row with each record and the row number that a spreadsheet
// shows for it: a quoted cell of several lines is one row there. It stops at
// row's error.
func readRecords(content string, comma rune, row func(line int, cells []string) error, badQuotes func(line int)) error {
	r := csv.NewReader(strings.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	folded := 0 // line breaks inside cells so far
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			line := broken.StartLine - folded
			if broken.Line > broken.StartLine {
				// What follows is part of the quoted cell: nobody can say where it ends.
				return invalid("csv_unclosed_quote", fmt.Sprintf("第 %d 行的双引号没有成对，后面的内容无法读取，请更正后再导入", line))
			}
			badQuotes(line)
			continue
		}
		if err != nil {
			return errDamaged("csv")
		}
		start, _ := r.FieldPos(0)
		line := start - folded
		for _, cell := range cells {
			folded += strings.Count(cell, "\n")
		}
		if err := row(line, cells); err != nil {
			return err
		}
	}
}
