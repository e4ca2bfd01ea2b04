package rosterfile

import (
	"strings"
	"unicode"

	"xinyu/model"
)

type column int

const (
	colTown column = iota
	colSchool
	colGrade
	colClass
	colName
	colStudentNo
	colGender
	colBirth
	columnCount
)

// columns holds for each column its names, the best first: where a file has
// both 学籍号 and 学号, the number that is unique in the whole country wins.
// maxLen is in characters.
var columns = [columnCount]struct {
	names  []string
	maxLen int
}{
	colTown:      {[]string{"镇/街道", "镇", "街道", "区镇", "乡镇", "镇街道", "镇街", "乡镇街道", "乡镇/街道", "所属镇", "所在镇", "所属乡镇", "所在乡镇"}, 50},
	colSchool:    {[]string{"学校", "学校名称", "所在学校", "就读学校", "单位", "单位名称"}, 100},
	colGrade:     {[]string{"年级", "年级名称", "所在年级"}, 20},
	colClass:     {[]string{"班级", "班级名称", "所在班级", "行政班", "行政班级", "班"}, 50},
	colName:      {[]string{"姓名", "学生姓名", "名字", "学生名字"}, 50},
	colStudentNo: {[]string{"学籍号", "全国学籍号", "学籍号码", "学号", "学生编号"}, 32},
	colGender:    {[]string{"性别", "学生性别"}, 10},
	colBirth:     {[]string{"出生日期", "出生年月日", "生日"}, 40},
}

// columnByName finds a column, and the rank of the name in it, by a folded title.
var columnByName = func() map[string]titleMatch {
	m := make(map[string]titleMatch)
	for k, def := range columns {
		for rank, name := range def.names {
			m[name] = titleMatch{column(k), rank}
		}
	}
	return m
}()

type titleMatch struct {
	column column
	rank   int
}

// header says where each column of a sheet is.
type header struct {
	line  int
	at    [columnCount]int    // index of the cell, -1 where the column is missing
	title [columnCount]string // the title as the file has it; the usual one where missing
	twice []column            // columns whose title appears twice
	found int
}

// readHeader recognises the titles in a row.
func readHeader(line int, cells []cell) header {
	h := header{line: line}
	var ranks [columnCount]int
	for k := range columns {
		h.at[k], h.title[k] = -1, columns[k].names[0]
	}
	for i, cell := range cells {
		title := foldTitle(cell.text)
		m, ok := columnByName[title]
		if !ok {
			continue
		}
		k := m.column
		switch {
		case h.at[k] < 0:
			h.found++
		case m.rank == ranks[k]:
			h.twice = append(h.twice, k)
			continue
		case m.rank > ranks[k]:
			continue
		}
		h.at[k], h.title[k], ranks[k] = i, title, m.rank
	}
	return h
}

// isTitle reports whether the cell is a title of the column.
func isTitle(cell string, k column) bool {
	m, ok := columnByName[foldTitle(cell)]
	return ok && m.column == k
}

// foldTitle brings a title to the form in columns: without spaces, signs such
// as "*" and ":", and hints in brackets, as in "学 籍 号（必填）：".
func foldTitle(cell string) string {
	if len(cell) > 200 {
		return ""
	}
	text, _ := model.NormalText(cell)
	if folded := keepTitle(text, true); folded != "" {
		return folded
	}
	return keepTitle(text, false) // "【姓名】"
}

func keepTitle(text string, dropHints bool) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune("([{<【《〔", r):
			depth++
		case strings.ContainsRune(")]}>】》〕", r):
			depth = max(depth-1, 0)
		case depth > 0 && dropHints:
		case r == '/' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}
