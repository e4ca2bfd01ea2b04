package rosterfile

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxShown bounds how many formatted numbers are remembered.
const maxShown = 100_000

// formats shows numbers as the workbook's formats do. excelize formats them, in
// a workbook of its own with one cell: only the format and the number get there.
type formats struct {
	since1904 bool
	ofStyle   []numberFormat // by the cell's style
	scratch   *excelize.File
	shown     map[shownKey]string
}

type numberFormat struct {
	id    int
	code  string // of a format that is not built in
	date  bool
	plain bool // shows numbers as they are
	whole bool // shows a number as it is and something beside it; code is right for whole ones
	text  bool // says something of texts too
	style int  // in scratch; 0 until it is made
}

type shownKey struct {
	style int
	shown
}

// shown is what a cell holds: a number or a text.
type shown struct{ number, text string }

// readFormats reads the styles of the workbook; without any, numbers are shown as they are.
func readFormats(styles io.Reader, since1904 bool) (*formats, error) {
	f := &formats{since1904: since1904, shown: map[shownKey]string{}}
	if styles == nil {
		return f, nil
	}
	var sheet struct {
		NumFmts struct {
			NumFmt []struct {
				ID   int    `xml:"numFmtId,attr"`
				Code string `xml:"formatCode,attr"`
			} `xml:"numFmt"`
		} `xml:"numFmts"`
		CellXfs struct {
			Xf []struct {
				ID int `xml:"numFmtId,attr"`
			} `xml:"xf"`
		} `xml:"cellXfs"`
	}
	if err := xml.NewDecoder(styles).Decode(&sheet); err != nil {
		return nil, errDamaged("styles")
	}
	codes := map[int]string{}
	for _, n := range sheet.NumFmts.NumFmt {
		codes[n.ID] = n.Code
	}
	for _, xf := range sheet.CellXfs.Xf {
		f.ofStyle = append(f.ofStyle, formatOf(xf.ID, codes[xf.ID]))
	}
	return f, nil
}

func formatOf(id int, code string) numberFormat {
	general := strings.NewReplacer("G/通用格式", "0", "General", "0", "GENERAL", "0").Replace(code)
	n := numberFormat{id: id, code: general, whole: general != code}
	n.plain = code == "" && (id == 0 || id == 49) || code == "@" || n.whole && general == "0"
	switch {
	case n.plain:
	case code != "":
		n.date, n.text = isDateCode(code), strings.Contains(code, "@")
	default: // built in: dates and times, those of Chinese Excel among them
		n.date = id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
	}
	return n
}

// isDateCode reports whether a format's code shows a date or a time: it has their
// letters outside of quotes, brackets and escapes.
func isDateCode(code string) bool {
	var end rune
	skip := false
	for _, r := range code {
		switch {
		case skip:
			skip = false
		case end != 0:
			if r == end {
				end = 0
			}
		case r == '"':
			end = '"'
		case r == '[':
			end = ']'
		case r == '\\' || r == '_' || r == '*':
			skip = true
		case strings.ContainsRune("yYmMdDhHsS", r):
			return true
		}
	}
	return false
}

// number is the cell of a number in the style.
func (f *formats) number(style int, raw string) cell {
	c := cell{number: plainNumber(raw)}
	c.text = c.number
	if n := f.format(style); n != nil && !n.plain {
		c.date = n.date
		if !n.whole || allDigits(c.number) {
			c.text = f.show(style, n, shown{number: raw}, c.number)
		}
	}
	return c
}

// words is the cell of a text in the style, which may add something to it.
func (f *formats) words(style int, text string) cell {
	if n := f.format(style); n != nil && n.text && text != "" {
		return cell{text: f.show(style, n, shown{text: text}, text)}
	}
	return cell{text: text}
}

func (f *formats) format(style int) *numberFormat {
	if style < 0 || style >= len(f.ofStyle) {
		return nil
	}
	return &f.ofStyle[style]
}

func (f *formats) show(style int, n *numberFormat, value shown, otherwise string) string {
	key := shownKey{style, value}
	if text, known := f.shown[key]; known {
		return text
	}
	text, err := f.ask(n, value)
	if err != nil {
		text = otherwise
	}
	if len(f.shown) >= maxShown {
		clear(f.shown)
	}
	f.shown[key] = text
	return text
}

// ask has excelize show the value. The library has a history of panics on
// forged formats: one becomes an error.
func (f *formats) ask(n *numberFormat, value shown) (text string, err error) {
	defer guard(&err)
	if f.scratch == nil {
		f.scratch = excelize.NewFile(excelize.Options{CultureInfo: excelize.CultureNameZhCN})
	}
	if n.style == 0 {
		style := &excelize.Style{NumFmt: n.id}
		if n.code != "" {
			style = &excelize.Style{CustomNumFmt: &n.code}
		}
		if n.style, err = f.scratch.NewStyle(style); err != nil {
			return "", err
		}
	}
	const sheet, at = "Sheet1", "A1"
	if value.text != "" {
		err = f.scratch.SetCellStr(sheet, at, value.text)
	} else {
		err = f.scratch.SetCellDefault(sheet, at, value.number)
	}
	if err != nil {
		return "", err
	}
	if err := f.scratch.SetCellStyle(sheet, at, at, n.style); err != nil {
		return "", err
	}
	return f.scratch.GetCellValue(sheet, at)
}

func guard(err *error) {
	if recover() != nil {
		*err = errDamaged("panic")
	}
}

// close frees the library's own temporary files, of which there are none.
func (f *formats) close() {
	if f.scratch != nil {
		_ = f.scratch.Close()
	}
}
