// Package sample writes rosters of invented pupils, for demonstrations, trials
// of scale and tests. The same options always give the same file.
package sample

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/xuri/excelize/v2"

	"xinyu/model"
)

// Format is the kind of file to write.
type Format string

// The formats.
const (
	CSV  Format = "csv" // UTF-8 with byte order mark, as Excel wants it
	XLSX Format = "xlsx"
)

// School is a school in which pupils are invented.
type School struct {
	Town, Name string
	// Grades are the names of its grades, the youngest first; empty is 一年级 to 六年级.
	Grades []string
	// FirstAge is the age in whole years in the first grade; 0 is 6.
	FirstAge int
}

// Options say what to write.
type Options struct {
	Format  Format
	Pupils  int
	Schools []School
	// ClassSize is the number of pupils in a class; 0 is 40. The last class may be smaller.
	ClassSize int
	// Seed chooses the names and birthdays.
	Seed uint64
	// Today is the day on which the ages hold.
	Today model.Date
}

var (
	primaryGrades = []string{"一年级", "二年级", "三年级", "四年级", "五年级", "六年级"}
	juniorGrades  = []string{"七年级", "八年级", "九年级"}
)

// Schools invents schools, of which every fourth in a town is a junior middle
// school. 15 towns with 4 each and 60,000 pupils give 1,500 classes of 40.
func Schools(towns []string, perTown int) []School {
	ordinals := []string{"第一", "第二", "第三", "第四", "第五", "第六", "第七", "第八", "第九", "第十"}
	var out []School
	for _, town := range towns {
		for i := range perTown {
			ordinal := "第" + strconv.Itoa(i+1)
			if i < len(ordinals) {
				ordinal = ordinals[i]
			}
			if i%4 == 3 {
				out = append(out, School{Town: town, Name: town + "示例" + ordinal + "初级中学", Grades: juniorGrades, FirstAge: 12})
			} else {
				out = append(out, School{Town: town, Name: town + "示例" + ordinal + "小学"})
			}
		}
	}
	return out
}

var titles = []string{"镇/街道", "学校", "年级", "班级", "姓名", "学籍号", "性别", "出生日期"}

// Write writes the roster. It fails where the options make no sense or w fails.
func Write(w io.Writer, opts Options) error {
	opts.ClassSize = cmp.Or(opts.ClassSize, 40)
	if len(opts.Schools) == 0 || opts.Pupils < 0 || opts.ClassSize < 0 || opts.Today.Start().IsZero() {
		return errors.New("sample roster: needs schools, a day, and no negative numbers")
	}
	switch opts.Format {
	case CSV:
		return writeCSV(w, opts)
	case XLSX:
		return writeXLSX(w, opts)
	default:
		return errors.New("sample roster: unknown format")
	}
}

func writeCSV(w io.Writer, opts Options) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write sample roster: %w", err)
	}
	out := csv.NewWriter(w)
	if err := invent(opts, out.Write); err != nil {
		return fmt.Errorf("write sample roster: %w", err)
	}
	out.Flush()
	return out.Error()
}

func writeXLSX(w io.Writer, opts Options) error {
	f := excelize.NewFile()
	out, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return fmt.Errorf("write sample roster: %w", err)
	}
	line, values := 0, make([]any, len(titles))
	err = invent(opts, func(cells []string) error {
		for i, cell := range cells {
			values[i] = cell
		}
		line++
		return out.SetRow("A"+strconv.Itoa(line), values)
	})
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Write(w)
	}
	if err != nil {
		return fmt.Errorf("write sample roster: %w", err)
	}
	return f.Close()
}

// invent gives the title row and then the pupils, class by class. The classes
// are dealt out to the schools, and in a school to its grades, in turn.
func invent(opts Options, row func([]string) error) error {
	if err := row(titles); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(opts.Seed, 1)) //nolint:gosec // invented pupils must come out the same for the same seed
	classes := (opts.Pupils + opts.ClassSize - 1) / opts.ClassSize
	left, number := opts.Pupils, 0
	for i, school := range opts.Schools {
		if len(school.Grades) == 0 {
			school.Grades = primaryGrades
		}
		school.FirstAge = cmp.Or(school.FirstAge, 6)
		classesHere := classes / len(opts.Schools)
		if i < classes%len(opts.Schools) {
			classesHere++
		}
		for c := range classesHere {
			grade := c % len(school.Grades)
			class := strconv.Itoa(c/len(school.Grades)+1) + "班"
			for range min(opts.ClassSize, left) {
				number++
				left--
				girl := random.IntN(2) == 1
				// Older than the age, and not yet a year older: leap days need the slack.
				born := opts.Today.AddDays(-(school.FirstAge+grade)*366 - random.IntN(350))
				cells := []string{school.Town, school.Name, school.Grades[grade], class,
					name(random, girl), fmt.Sprintf("T%010d", number), gender(girl), string(born)}
				if err := row(cells); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func gender(girl bool) string {
	if girl {
		return "女"
	}
	return "男"
}
