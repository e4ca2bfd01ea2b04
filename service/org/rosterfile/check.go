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

var (
	studentNoForm  = regexp.MustCompile(`^[0-9A-Z]{3,32}$`)
	scientificForm = regexp.MustCompile(`^[+-]?\d+(\.\d+E[+-]?|E[+-])\d+$`)
)

// checkStudentNo checks a number. isNumber tells whether the cell holds a
// number and not text: beyond 15 digits Excel has then lost the last ones.
func checkStudentNo(s string, isNumber func() bool) (string, string) {
	s = model.NormalStudentNo(s)
	switch {
	case scientificForm.MatchString(s):
		return "", CodeStudentNoScientific
	case !studentNoForm.MatchString(s):
		return "", CodeBadStudentNo
	case len(s) > 15 && strings.Trim(s, "0123456789") == "" && isNumber():
		return "", CodeStudentNoScientific
	}
	return s, ""
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
