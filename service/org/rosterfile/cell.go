package rosterfile

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// cell is what is in a cell.
type cell struct {
	// text is what a person sees, number formats applied.
	text string
	// number is the number behind it, in plain digits where it is a whole one
	// that Excel keeps exactly; empty for a text.
	number string
	// date says that the number is shown as a date or a time.
	date bool
}

func textCells(texts []string) []cell {
	cells := make([]cell, len(texts))
	for i, t := range texts {
		cells[i].text = t
	}
	return cells
}

// exactDigits is how many digits of a number Excel keeps.
const exactDigits = 15

// plainNumber writes a number of a workbook, which programs may store as
// 2.0230001E7 or 1.0, in plain digits. One that has lost its last digits stays
// as it is written.
func plainNumber(raw string) string {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.Abs(v) >= 1e15 {
		return raw
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

var doubleForm = regexp.MustCompile(`^(\d+)(?:\.(\d+))?(?:[eE]\+?(\d{1,2}))?$`)

// wholeText undoes that a program has written a whole number as a text such as
// 1.0 or 2.0230001E7. Where digits are lost, as in 3.2E+17, the text stays.
func wholeText(s string) string {
	if !strings.ContainsAny(s, ".eE+") {
		return s
	}
	m := doubleForm.FindStringSubmatch(s)
	if m == nil || m[2] == "" { // 123E45 may be a number of a school
		return s
	}
	exponent := 0
	if m[3] != "" {
		exponent, _ = strconv.Atoi(m[3]) // two digits at most
	}
	digits := m[1] + m[2]
	point := len(m[1]) + exponent
	if point > len(digits) || strings.Trim(digits[point:], "0") != "" || point > exactDigits {
		return s
	}
	if whole := strings.TrimLeft(digits[:point], "0"); whole != "" {
		return whole
	}
	return "0"
}

// isFraction reports whether the text is a number with digits behind the point.
func isFraction(s string) bool {
	before, after, found := strings.Cut(s, ".")
	return found && allDigits(before) && allDigits(after)
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// turnedDate is what becomes of 3-1 or 3/1 in a table program, as a CSV then says it.
var turnedDate = regexp.MustCompile(`(?i)^(\d{1,2}月\d{1,2}日|\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?( \d{1,2}:\d{2}(:\d{2})?)?|\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2})$`)
