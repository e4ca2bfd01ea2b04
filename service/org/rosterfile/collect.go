package rosterfile

import (
	"fmt"
	"slices"
	"strings"

	"xinyu/model"
)

// headerRows is how far down the header may be.
const headerRows = 10

// sheetFacts are what only the format knows about a sheet.
type sheetFacts struct {
	name      string
	since1904 bool
	// merged reports whether the cell (row and column from 1) is part of a merged one.
	merged func(line, col int) bool
	// untyped says that the format knows no numbers, only texts.
	untyped bool
}

// collector takes the rows of one sheet after the other and builds the File.
type collector struct {
	opts     Options
	progress func(done, total int)
	estimate int // of all rows, for progress
	file     File

	sheet   sheetFacts
	head    *header  // nil until found
	refused bool     // the sheet's header cannot be used: its rows are not read
	first   []rawRow // the rows among which the header is looked for
	headers int      // sheets in which a header was found

	seen    map[string]pupil
	dropped map[int]bool // indices in file.Rows of pupils found in two classes
	lost    lostDigits

	namesakes map[[5]string][]namesake // by class and name
}

type rawRow struct {
	line   int
	cells  []cell
	hidden bool
}

// pupil is where a student number was first seen.
type pupil struct {
	sheet string
	line  int
	class [4]string
	index int // in file.Rows, -1 where that row has a fault
}

func newCollector(opts Options, progress func(done, total int)) *collector {
	if progress == nil {
		progress = func(int, int) {}
	}
	return &collector{opts: opts, progress: progress, seen: make(map[string]pupil), dropped: make(map[int]bool), namesakes: make(map[[5]string][]namesake)}
}

func (c *collector) fault(line int, title, code, message string) {
	c.file.FaultCount++
	if len(c.file.Faults) < MaxFaults {
		c.file.Faults = append(c.file.Faults, Fault{Sheet: c.sheet.name, Line: line, Column: title, Code: code, Message: message})
	}
}

func (c *collector) columnFault(line int, k column, code string) {
	c.fault(line, c.head.title[k], code, columnMessage(code, k, c.head.title[k]))
}

func (c *collector) startSheet(facts sheetFacts) {
	c.sheet, c.head, c.refused, c.first = facts, nil, false, nil
}

// row takes the next row; the cells are not kept.
func (c *collector) row(line int, cells []cell, hidden bool) error {
	if c.head != nil {
		return c.data(line, cells, hidden)
	}
	if line <= headerRows {
		c.first = append(c.first, rawRow{line, slices.Clone(cells), hidden})
		return nil
	}
	if c.first == nil {
		// All of the first rows are blank.
		c.first = append(c.first, rawRow{line: line})
	}
	if err := c.findHeader(); err != nil {
		return err
	}
	return c.data(line, cells, hidden)
}

func (c *collector) endSheet() error {
	if c.head != nil {
		return nil
	}
	return c.findHeader()
}

// findHeader takes the row with the most known titles and reads those below it.
func (c *collector) findHeader() error {
	best, content := readHeader(0, nil), false
	for _, row := range c.first {
		content = content || len(row.cells) > 0
		if h := readHeader(row.line, row.cells); h.found > best.found {
			best = h
		}
	}
	c.head = &best
	if best.found < 2 {
		c.refused = true
		if content {
			c.file.SkippedSheets = append(c.file.SkippedSheets, c.sheet.name)
		}
		return nil
	}
	c.headers++
	c.checkHeader()
	for _, row := range c.first {
		if row.line > best.line {
			if err := c.data(row.line, row.cells, row.hidden); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *collector) checkHeader() {
	h, before := c.head, c.file.FaultCount
	need := [columnCount]bool{colTown: c.opts.NeedTown, colSchool: c.opts.NeedSchool, colClass: true, colName: true, colStudentNo: true}
	for k := range columnCount {
		if h.at[k] < 0 && need[k] {
			c.columnFault(h.line, k, CodeColumnMissing)
		}
	}
	for _, k := range h.twice {
		c.columnFault(h.line, k, CodeColumnTwice)
	}
	for k := range columnCount {
		if h.at[k] >= 0 && c.sheet.merged(h.line, h.at[k]+1) {
			c.columnFault(h.line, k, CodeHeaderMerged)
			break // one is enough: the message is about the whole header
		}
	}
	c.refused = c.file.FaultCount > before
}

// data reads a row below the header.
func (c *collector) data(line int, cells []cell, hidden bool) error {
	if c.refused {
		return nil
	}
	var raw [columnCount]cell
	blank := true
	for k, i := range c.head.at {
		if i >= 0 && i < len(cells) {
			raw[k] = cells[i]
			blank = blank && isBlank(cells[i].text)
		}
	}
	if blank || strings.HasPrefix(strings.TrimSpace(raw[colName].text), exampleMark) ||
		isTitle(raw[colName].text, colName) && isTitle(raw[colStudentNo].text, colStudentNo) { // a header repeated on each printed page
		return nil
	}
	if hidden {
		c.file.HiddenRows++
		if !c.opts.HiddenRows {
			return nil
		}
	}
	if c.file.Total++; c.file.Total > c.opts.MaxRows {
		return tooLarge("too_many_rows", fmt.Sprintf("文件超过 %d 行，请按镇或学校拆分后分别导入", c.opts.MaxRows))
	}
	if c.file.Total%1000 == 0 {
		c.progress(c.file.Total, max(c.estimate, c.file.Total))
	}
	row, ok := c.check(line, raw)
	ok = c.once(row, ok) && ok
	c.lost.see(c, row, ok)
	if ok {
		c.file.Rows = append(c.file.Rows, row)
	}
	return nil
}

func isBlank(cell string) bool {
	if len(cell) > maxCellBytes {
		return false
	}
	value, ok := model.NormalText(cell)
	return ok && value == ""
}

// check makes a Row of the cells and lists the faults; fields with a fault stay
// empty, and so does the class of a row whose town, school or grade has one.
func (c *collector) check(line int, raw [columnCount]cell) (Row, bool) {
	before, classKnown := c.file.FaultCount, true
	var value [columnCount]string
	for k := range columnCount {
		v, code := c.value(raw[k], k)
		if code == "" && v == "" && c.needed(k) {
			code = CodeMissing
		}
		if code != "" {
			c.columnFault(line, k, code)
			classKnown = classKnown && k > colClass
			continue
		}
		value[k] = v
	}
	if !classKnown {
		value[colClass] = "" // or the pupil would seem to be in another class
	}
	return Row{
		Sheet: c.sheet.name, Line: line, Town: value[colTown], School: value[colSchool], Grade: value[colGrade], Class: value[colClass],
		Name: value[colName], StudentNo: value[colStudentNo], Gender: value[colGender], Birth: model.Date(value[colBirth]),
	}, c.file.FaultCount == before
}

// value cleans and checks one cell.
func (c *collector) value(in cell, k column) (v, code string) {
	if k == colBirth && in.number != "" {
		in.text = in.number // however it is shown
	}
	v, code = text(in.text, k)
	if code != "" || v == "" {
		return "", code
	}
	switch k {
	case colGrade, colClass:
		return checkClass(v, in, c.sheet.untyped)
	case colName:
		return checkName(v)
	case colStudentNo:
		return checkStudentNo(v, in)
	case colGender:
		return checkGender(v)
	case colBirth:
		birth, code := checkBirth(v, c.opts.Today, c.sheet.since1904)
		return string(birth), code
	}
	return v, ""
}

// needed reports whether the column may not be left empty. A grade may be
// missing as a column, but a gap in it would make a wrong class of "1班".
func (c *collector) needed(k column) bool {
	switch k {
	case colTown:
		return c.opts.NeedTown
	case colSchool:
		return c.opts.NeedSchool
	case colGrade:
		return c.head.at[colGrade] >= 0
	default:
		return k == colClass || k == colName
	}
}

// once reports the pupil who stands in the file a second time.
func (c *collector) once(row Row, ok bool) bool {
	if row.Class == "" || row.Name == "" || row.StudentNo == "" && !ok {
		return true // has its own fault already
	}
	if !c.alone(row) {
		return false
	}
	if row.StudentNo == "" {
		return true // has none yet, or its own fault
	}
	class := [4]string{row.Town, row.School, row.Grade, row.Class}
	first, found := c.seen[row.StudentNo]
	if !found {
		p := pupil{sheet: row.Sheet, line: row.Line, class: class, index: -1}
		if ok {
			p.index = len(c.file.Rows)
		}
		c.seen[row.StudentNo] = p
		return true
	}
	there := place(row, first.sheet, first.line)
	title := c.head.title[colStudentNo]
	if first.class == class {
		c.fault(row.Line, title, CodeDuplicate, fmt.Sprintf("学籍号与%s重复，请删除多余的一行，或更正学籍号", there))
		return false
	}
	c.fault(row.Line, title, CodeTwoClasses,
		fmt.Sprintf("同一学籍号在%s和本表第 %d 行分属两个班级，请核对后只保留正确的一行", there, row.Line))
	if first.index >= 0 {
		c.dropped[first.index] = true
	}
	return false
}

// place says where another row of the file is.
func place(row Row, sheet string, line int) string {
	if sheet != row.Sheet {
		return fmt.Sprintf("工作表“%s”第 %d 行", sheet, line)
	}
	return fmt.Sprintf("第 %d 行", line)
}

// namesake is a row of a pupil whom another row may mean too.
type namesake struct {
	sheet     string
	line      int
	hasNumber bool
	birth     model.Date
}

// alone reports a pupil without a number whom nothing tells from another of the
// class and the name: either has no number, and not both have a birth date.
func (c *collector) alone(row Row) bool {
	key := [5]string{row.Town, row.School, row.Grade, row.Class, model.NameKey(row.Name)}
	for _, other := range c.namesakes[key] {
		if other.hasNumber && row.StudentNo != "" || row.Birth != "" && other.birth != "" && row.Birth != other.birth {
			continue
		}
		c.fault(row.Line, c.head.title[colStudentNo], CodeSameName,
			fmt.Sprintf("与%s的学生同班同名，又没有学籍号可以区分，请补上学籍号或出生日期，或删除多余的一行", place(row, other.sheet, other.line)))
		return false
	}
	c.namesakes[key] = append(c.namesakes[key], namesake{sheet: row.Sheet, line: row.Line, hasNumber: row.StudentNo != "", birth: row.Birth})
	return true
}

// finish closes the file after its last sheet.
func (c *collector) finish() *File {
	f := &c.file
	c.lost.report(c)
	if c.headers == 0 {
		f.SkippedSheets = nil
	}
	if f.FaultCount == 0 && f.Total == 0 {
		code := CodeNoRows
		if c.headers == 0 {
			code = CodeHeaderNotFound
		}
		c.sheet.name = ""
		c.fault(0, "", code, fixedMessages[code])
	}
	if len(c.dropped) > 0 {
		i := -1
		f.Rows = slices.DeleteFunc(f.Rows, func(Row) bool { i++; return c.dropped[i] })
	}
	c.progress(f.Total, f.Total)
	return f
}
