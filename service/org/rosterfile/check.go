package rosterfile

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"xinyu/model"
)

// Ages beyond these are typing errors: nursery class to the end of vocational school.
const minAge, maxAge = 3, 25

// maxCellBytes is where a cell is too long whatever is in it, so that no work
// is spent on folding it.
const maxCellBytes = 2_000

// text cleans a cell and checks what holds for every column; code is empty where it is fine.
func text(cell string, k column) (value, code string) {
	if len(cell) > maxCellBytes {
		return "", CodeTooLong
	}
	value, ok := model.NormalText(cell)
	if value = wholeText(value); k == colBirth || k == colName {
		value, ok = model.NormalText(cell)
	}
	switch {
	case !ok:
		return "", CodeBadText
	case utf8.RuneCountInString(value) > columns[k].maxLen && k != colStudentNo:
		return "", CodeTooLong
	// A leading sign would be run as a formula when the list is exported again; "#N/A" is a failed one.
	case value != "" && k < colName && strings.ContainsRune("=+-@#", rune(value[0])):
		return "", CodeBadText
	}
	return value, ""
}

func checkName(s string) (string, string) {
	if s = model.NormalName(s); !isName(s) {
		return "", CodeBadName
	}
	return s, ""
}

// checkClass refuses what a table program has made of a class or grade such as
// 3-1 or 7.10: nobody can say which class it was.
func checkClass(s string, in cell, untyped bool) (string, string) {
	switch {
	case in.date || turnedDate.MatchString(s):
		return "", CodeTurnedDate
	case (in.number != "" || untyped) && (isFraction(s) || isFraction(in.number)):
		return "", CodeTurnedNumber
	}
	return s, ""
}

var (
	studentNoForm  = regexp.MustCompile(`^[0-9A-Z]{3,32}$`)
	scientificForm = regexp.MustCompile(`^[+-]?\d+(\.\d+E[+-]?|E[+-])\d+$`)
)

// checkStudentNo checks a number. A number that the table program keeps as one
// is taken as it is shown, such as 000123, if that is digits; else as it is.
func checkStudentNo(s string, in cell) (string, string) {
	s = model.NormalStudentNo(s)
	if in.number != "" {
		if in.date {
			return "", CodeTurnedDate
		}
		if !isExact(in.number) {
			return "", CodeStudentNoScientific
		}
		if !studentNoForm.MatchString(s) || scientificForm.MatchString(s) {
			s = in.number
		}
	}
	switch {
	case scientificForm.MatchString(s):
		return "", CodeStudentNoScientific
	case !studentNoForm.MatchString(s):
		return "", CodeBadStudentNo
	}
	return s, ""
}

// isExact reports whether the number has no more digits than Excel keeps.
func isExact(number string) bool { return allDigits(number) && len(number) <= exactDigits }

// lostDigits looks for numbers whose last digits a table program has made zeros
// before the file was saved as CSV: of true numbers of 18 digits one in a
// thousand ends in three zeros.
type lostDigits struct {
	long    int // numbers of more digits than the table program keeps
	suspect []suspect
}

type suspect struct {
	sheet string
	line  int
	title string
	index int // in file.Rows, -1 where the row has another fault
}

// zerosNeeded is how many zeros behind the digits that are kept say something.
const zerosNeeded = 3

func (l *lostDigits) see(c *collector, row Row, ok bool) {
	no := row.StudentNo
	if len(no) < exactDigits+zerosNeeded || !allDigits(no) {
		return
	}
	l.long++
	if strings.Trim(no[exactDigits:], "0") != "" {
		return
	}
	s := suspect{sheet: row.Sheet, line: row.Line, title: c.head.title[colStudentNo], index: -1}
	if ok {
		s.index = len(c.file.Rows)
	}
	l.suspect = append(l.suspect, s)
}

// report refuses the numbers where they are too many to be chance.
func (l *lostDigits) report(c *collector) {
	if 10*len(l.suspect) <= l.long {
		return
	}
	for _, s := range l.suspect {
		c.sheet.name = s.sheet
		c.fault(s.line, s.title, CodeStudentNoScientific, fixedMessages[CodeStudentNoScientific])
		if s.index >= 0 {
			c.dropped[s.index] = true
		}
	}
}

// checkGender understands words and the codes of GB/T 2261.1 (1 男, 2 女).
func checkGender(s string) (string, string) {
	switch strings.ToLower(s) {
	case "", "未知", "未说明":
		return "", ""
	case "男", "男性", "男生", "m", "male", "1":
		return Male, ""
	case "女", "女性", "女生", "f", "female", "2":
		return Female, ""
	}
	return "", CodeBadGender
}

var (
	dateForm   = regexp.MustCompile(`^(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?$`)
	digitsForm = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	serialForm = regexp.MustCompile(`^\d{4,5}(\.\d+)?$`)
)

// checkBirth reads a date as text or as Excel's count of days, and checks the age.
func checkBirth(s string, today model.Date, since1904 bool) (model.Date, string) {
	if s == "" {
		return "", ""
	}
	birth, ok := readDate(s, since1904)
	if !ok {
		return "", CodeBadDate
	}
	if birth > today {
		return "", CodeBirthInFuture
	}
	if age := model.AgeOn(birth, today); age < minAge || age > maxAge {
		return "", CodeAgeOutOfRange
	}
	return birth, ""
}

func readDate(s string, since1904 bool) (model.Date, bool) {
	if serialForm.MatchString(s) {
		serial, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return "", false
		}
		t, err := excelize.ExcelDateToTime(math.Floor(serial), since1904)
		return model.Date(t.Format(time.DateOnly)), err == nil
	}
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		m = digitsForm.FindStringSubmatch(strings.TrimSuffix(s, ".0"))
	}
	if m == nil {
		return "", false
	}
	date, err := model.ParseDate(fmt.Sprintf("%s-%02s-%02s", m[1], m[2], m[3]))
	return date, err == nil
}
