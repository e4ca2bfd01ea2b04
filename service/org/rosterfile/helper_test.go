package rosterfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyu/model"
	"xinyu/service/org/rosterfile"
)

const today = model.Date("2026-09-21")

// all is the strictest set of options.
var all = rosterfile.Options{NeedTown: true, NeedSchool: true, Today: today}

// few asks for class, name and number only.
var few = rosterfile.Options{Today: today}

// at is a fault without its message.
type at struct {
	Line   int
	Column string
	Code   string
}

func faults(f *rosterfile.File) []at {
	var out []at
	for _, x := range f.Faults {
		out = append(out, at{x.Line, x.Column, x.Code})
	}
	return out
}

func parse(t *testing.T, data []byte, opts rosterfile.Options) *rosterfile.File {
	t.Helper()
	f, err := rosterfile.Parse(data, "花名册.xlsx", opts, nil)
	require.NoError(t, err)
	require.LessOrEqual(t, len(f.Rows), f.Total)
	return f
}

// refusal is the error with which the data is refused.
func refusal(t *testing.T, data []byte, name string) *model.Error {
	t.Helper()
	f, err := rosterfile.Parse(data, name, few, nil)
	require.Error(t, err)
	require.Nil(t, f)
	var e *model.Error
	require.True(t, errors.As(err, &e), "%T is no *model.Error", err)
	require.Regexp(t, `\p{Han}`, e.Message)
	return e
}

// csvOf joins lines of CSV.
func csvOf(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

const fullHeader = "镇/街道,学校,年级,班级,姓名,学籍号,性别,出生日期"

// book builds a workbook; edit may change it further.
func book(t *testing.T, rows [][]any, edit ...func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { require.NoError(t, f.Close()) }()
	fill(t, f, "Sheet1", rows)
	for _, e := range edit {
		e(f)
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

func fill(t *testing.T, f *excelize.File, sheet string, rows [][]any) {
	t.Helper()
	for i, row := range rows {
		require.NoError(t, f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row))
	}
}
