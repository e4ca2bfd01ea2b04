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
	content, comma := cutSeparator(normalizeLines(content))
	if comma == 0 {
		comma = sniffComma(content)
	}
	lines := strings.Count(content, "\n") + 1
	if lines+strings.Count(content, string(comma)) > maxCSVCells {
		return tooLarge("too_many_columns", "文件的列数太多，请只保留花名册需要的列")
	}
	c.file.Format, c.estimate = "csv", lines
	no := func(int, int) bool { return false }
	c.startSheet(sheetFacts{merged: no, untyped: true})
	badQuotes := func(line int) { c.fault(line, "", CodeBadQuotes, fixedMessages[CodeBadQuotes]) }
	take := func(line int, texts []string) error { return c.row(line, textCells(texts), false) }
	if err := readRecords(content, comma, take, badQuotes); err != nil {
		return err
	}
	return c.endSheet()
}

// decode gives the text of the file: a byte order mark decides; without one it
// is UTF-16 where every other byte of a sign such as the comma is zero, UTF-8
// where it can be, else GB18030, which contains GBK and GB 2312.
func decode(data []byte) (string, error) {
	var out []byte
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
	case looksLikeUTF16(data, 1):
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	case looksLikeUTF16(data, 0):
		out, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	case utf8.Valid(data):
		out = data
	default:
		out, err = simplifiedchinese.GB18030.NewDecoder().Bytes(withoutOldCodes(data))
	}
	if err != nil || bytes.ContainsRune(out, 0) {
		return "", errUnknownType()
	}
	if bytes.ContainsRune(out, utf8.RuneError) {
		return "", invalid("csv_encoding", "无法识别文件的文字编码，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入")
	}
	return strings.TrimPrefix(string(out), "\ufeff"), nil
}

// looksLikeUTF16 reports whether only the bytes at even or at odd places are
// zero at times, as those of line ends, digits and separators in UTF-16.
func looksLikeUTF16(data []byte, zeros int) bool {
	start := data[:min(len(data), 4096)]
	var found [2]int
	for i, b := range start {
		if b == 0 {
			found[i%2]++
		}
	}
	return len(data)%2 == 0 && found[zeros] > 0 && found[1-zeros] == 0
}

// oldCodes are the characters of GBK that the decoder does not know, as Unicode
// took them in late: by their two bytes, in the four that GB18030 also has for
// what stands in Unicode's supplementary planes, or in UTF-8's order. See model.StandardForm.
var oldCodes = func() map[[2]byte][]byte {
	codes := map[[2]byte][]byte{}
	for code, r := range map[uint16]rune{
		0xfe51: '\U00020087', 0xfe52: '\U00020089', 0xfe53: '\U000200cc', 0xfe59: '\u9fb4', 0xfe61: '\u9fb5', 0xfe66: '\u9fb6', 0xfe67: '\u9fb7',
		0xfe6c: '\U000215d7', 0xfe6d: '\u9fb8', 0xfe76: '\U0002298f', 0xfe7e: '\u9fb9', 0xfe90: '\u9fba', 0xfe91: '\U000241fe', 0xfea0: '\u9fbb', 0xa8bc: '\u1e3f',
	} {
		four, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r)))
		if err == nil {
			codes[[2]byte{byte(code >> 8), byte(code)}] = four
		}
	}
	return codes
}()

// withoutOldCodes writes four bytes for the two of oldCodes.
func withoutOldCodes(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		n := 1
		switch {
		case data[i] < 0x81 || i+1 == len(data):
		case data[i+1] >= '0' && data[i+1] <= '9':
			n = min(4, len(data)-i)
		default:
			n = 2
			if four := oldCodes[[2]byte{data[i], data[i+1]}]; four != nil {
				out = append(out, four...)
				i += 2
				continue
			}
		}
		out = append(out, data[i:i+n]...)
		i += n
	}
	return out
}

// cutSeparator takes the first line by which Excel is told the separator, as in
// "sep=;", which no spreadsheet shows; comma is 0 where there is none.
func cutSeparator(s string) (rest string, comma rune) {
	line, rest, _ := strings.Cut(s, "\n")
	sign, found := strings.CutPrefix(strings.Trim(line, "\r\"; "), "sep=")
	switch {
	case !found:
		return s, 0
	case sign == "\t" || sign == ",":
		return rest, rune(sign[0])
	case sign == "": // the ; has been trimmed
		return rest, ';'
	}
	return s, 0
}

// formulaText is a number kept as text by ="0012", which is no proper CSV.
var formulaText = regexp.MustCompile(`(?m)(^|[,;\t])="([^",;\t\r\n]*)"`)

func normalizeLines(s string) string {
	if endsLinesByCR(s) {
		s = strings.ReplaceAll(s, "\r", "\n") // the lines of an old Macintosh, and of its cells
	}
	if strings.Contains(s, `="`) {
		s = formulaText.ReplaceAllString(s, "$1$2")
	}
	return s
}

// endsLinesByCR reports whether lines end by a carriage return alone. A line feed
// within quotes is in a cell.
func endsLinesByCR(s string) bool {
	if !strings.Contains(s, "\r") {
		return false
	}
	quoted, found := false, false
	for i := range len(s) {
		switch s[i] {
		case '"':
			quoted = !quoted
		case '\n':
			if !quoted {
				return false
			}
		case '\r':
			found = found || !quoted
		}
	}
	return found
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
			if h := readHeader(line, textCells(cells)); h.found > found {
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
