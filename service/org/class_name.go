package org

import (
	"regexp"
	"strconv"
	"strings"

	"xinyu/model"
)

// className is a class as a row of a file names it.
type className struct {
	// key is the same for every way to write the class, and for no other class.
	key string
	// name is how a new unit is called.
	name string
	// old is how earlier versions called it. Where these had numbers only, several
	// classes could come to the same: grade 1 and class 2 as well as class 12.
	old string
	// grade is the grade as the row has it, where the class is known by its name
	// alone.
	grade string
}

// unclear reports whether the old name may be another class's.
func (n className) unclear() bool { return isCount(n.old) && n.old != n.name }

// numeral is a number in figures or in Chinese.
const numeral = `([0-9]{1,4}|[一二三四五六七八九十]{1,3})`

var (
	gradeForm = regexp.MustCompile(`^` + numeral + `(?:年级|年|级)?$`)
	classForm = regexp.MustCompile(`^\(?` + numeral + `\)?班?$`)
	// A class with its grade: 三年级1班, 2024级(1)班, 三(1)班, 三1班.
	wholeForms = []*regexp.Regexp{
		regexp.MustCompile(`^` + numeral + `(?:年级|级)\(?` + numeral + `\)?班?$`),
		regexp.MustCompile(`^` + numeral + `\(` + numeral + `\)班?$`),
		regexp.MustCompile(`^([一二三四五六七八九])([0-9]{1,2})班$`),
	}
)

// nameClass reads grade and class of a row, either of which may hold both.
func nameClass(grade, class string) className {
	grade, class = strings.ReplaceAll(grade, " ", ""), strings.ReplaceAll(class, " ", "")
	n := className{old: class}
	if !strings.HasPrefix(class, grade) {
		n.old = grade + class
	}
	g, numbered := count(gradeForm, grade)
	if inClass, number, ok := wholeClass(class); ok && (grade == "" || numbered && g == inClass) {
		n.key, n.name = numberKey(inClass, number), class
		return n
	}
	gradeName := grade
	switch {
	case grade != "" && !numbered:
		class = strings.TrimPrefix(class, grade) // 小学部1班 of 小学部
	case isCount(grade):
		gradeName = gradeText(g)
	}
	number, counted := count(classForm, class)
	if counted && isCount(strings.Trim(class, "()")) {
		class = strconv.Itoa(number) + "班"
	}
	n.name = gradeName + class
	switch {
	case counted && numbered:
		n.key = numberKey(g, number)
	case counted && grade == "":
		n.key = numberKey(-1, number)
	default:
		n.key, n.grade = "="+n.name, gradeName
	}
	return n
}

func numberKey(grade, class int) string { return strconv.Itoa(grade) + "/" + strconv.Itoa(class) }

// wholeClass reads a class that names its grade too.
func wholeClass(s string) (grade, class int, ok bool) {
	for _, form := range wholeForms {
		if m := form.FindStringSubmatch(s); m != nil {
			grade, first := model.ParseCount(m[1])
			class, second := model.ParseCount(m[2])
			return grade, class, first && second
		}
	}
	return 0, 0, false
}

func count(form *regexp.Regexp, s string) (int, bool) {
	m := form.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	return model.ParseCount(m[1])
}

// isCount reports whether the text is a number and nothing else.
func isCount(s string) bool {
	_, ok := model.ParseCount(s)
	return ok
}

// firstYear is from where the number of a grade is the year in which it began.
const firstYear = 1900

// gradeText is the readable name of a grade that a file gives as a number.
func gradeText(n int) string {
	switch {
	case n >= firstYear:
		return strconv.Itoa(n) + "级"
	case n >= 1 && n <= 9:
		return string([]rune("一二三四五六七八九")[n-1]) + "年级"
	}
	return strconv.Itoa(n) + "年级"
}
