package rosterfile

import (
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// readSheet gives the rows of a sheet to the collector.
func (b *book) readSheet(c *collector, s sheet) error {
	merges, err := b.mergesOf(s)
	if err != nil {
		return err
	}
	part, err := s.part.Open()
	if err != nil {
		return errDamaged("zip part")
	}
	defer part.Close()
	merged := func(line, col int) bool {
		return slices.ContainsFunc(merges, func(m [4]int) bool { return m[0] <= line && line <= m[1] && m[2] <= col && col <= m[3] })
	}
	c.startSheet(sheetFacts{name: s.name, since1904: b.formats.since1904, merged: merged})
	rows := sheetReader{book: b, scanner: newScanner(part)}
	for {
		switch err := rows.next(); {
		case errors.Is(err, io.EOF):
			return c.endSheet()
		case err != nil:
			return err
		}
		if len(rows.cells) == 0 {
			continue
		}
		if err := c.row(rows.line, rows.cells, rows.hidden); err != nil {
			return err
		}
		if c.refused {
			return nil
		}
	}
}

// mergesOf are the merged cells near the header: first and last row and column,
// from 1. They stand behind the rows, and are asked for only where there is a header to look at.
func (b *book) mergesOf(s sheet) ([][4]int, error) {
	part, err := s.part.Open()
	if err != nil {
		return nil, errDamaged("zip part")
	}
	defer part.Close()
	scan := newScanner(part)
	var out [][4]int
	for {
		switch err := scan.next(); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, refusedXML(err)
		}
		if len(scan.tag) < len("mergeCell ref") || string(scan.name()) != "mergeCell" {
			continue
		}
		from, to, _ := cutRef(string(scan.attr("ref")))
		col1, row1, err1 := excelize.CellNameToCoordinates(from)
		col2, row2, err2 := excelize.CellNameToCoordinates(to)
		if err1 == nil && err2 == nil && row1 <= headerRows {
			out = append(out, [4]int{row1, row2, col1, col2})
		}
	}
}

func cutRef(ref string) (from, to string, found bool) {
	for i := range len(ref) {
		if ref[i] == ':' {
			return ref[:i], ref[i+1:], true
		}
	}
	return ref, ref, false
}

// sheetReader reads a sheet row by row.
type sheetReader struct {
	book    *book
	scanner *scanner
	line    int
	hidden  bool
	cells   []cell // up to the last that is not empty; good until the next row
	begun   bool   // the rows have begun
}

// next reads the next row. The error is io.EOF behind the last one.
func (r *sheetReader) next() error {
	for {
		if err := r.scan(); err != nil {
			return err
		}
		switch string(r.scanner.name()) {
		case "sheetData":
			if r.begun = true; r.scanner.empty() {
				return io.EOF
			}
		case "/sheetData":
			return io.EOF
		case "row":
			if !r.begun {
				continue
			}
			if r.line = max(r.scanner.number("r"), r.line+1); r.line > maxSheetRow {
				return errDamaged("row number")
			}
			hidden := string(r.scanner.attr("hidden"))
			r.hidden, r.cells = hidden == "1" || hidden == "true", r.cells[:0]
			if r.scanner.empty() {
				continue
			}
			return r.readRow()
		}
	}
}

// scan reads the next tag; the sheet may not end before its rows do.
func (r *sheetReader) scan() error {
	err := r.scanner.next()
	switch {
	case errors.Is(err, io.EOF) && !r.begun:
		return io.EOF // a sheet without rows, such as a chart
	case errors.Is(err, io.EOF):
		return errDamaged("sheet breaks off")
	case err != nil:
		return refusedXML(err)
	}
	return nil
}

func (r *sheetReader) readRow() error {
	col := 0
	for {
		if err := r.scan(); err != nil {
			return err
		}
		switch string(r.scanner.name()) {
		case "/row":
			return nil
		case "row", "/sheetData":
			return errDamaged("row in a row")
		case "c":
			col++
			if r.scanner.empty() {
				if at := r.column(); at > 0 {
					col = at
				}
				continue
			}
			at, err := r.readCell(col)
			if err != nil {
				return err
			}
			col = at
		}
	}
}

// column is the number of the cell's column by its name, 0 where it has none.
func (r *sheetReader) column() int {
	n := 0
	for _, b := range r.scanner.attr("r") {
		switch {
		case b >= 'A' && b <= 'Z':
			n = n*26 + int(b-'A') + 1
		case b >= 'a' && b <= 'z':
			n = n*26 + int(b-'a') + 1
		default:
			return n
		}
		if n > 1<<14 {
			return n
		}
	}
	return n
}

// readCell reads a cell with content and returns its column.
func (r *sheetReader) readCell(col int) (int, error) {
	if at := r.column(); at > 0 {
		col = at
	}
	kind, style := string(r.scanner.attr("t")), r.scanner.number("s")
	value, text := "", texts{}
	for {
		if err := r.scan(); err != nil {
			return 0, err
		}
		name := r.scanner.name()
		switch string(name) {
		case "/v":
			value = plainText(r.scanner.text)
		case "/c":
			r.put(col, r.cellOf(kind, style, value, text.done()))
			if len(r.cells) > maxColumns {
				return 0, tooLarge("too_many_columns", "文件的列数太多，请只保留花名册需要的列")
			}
			return col, nil
		case "c", "/row":
			return 0, errDamaged("cell in a cell")
		}
		text.take(r.scanner, name)
	}
}

func (r *sheetReader) put(col int, c cell) {
	if c.text == "" || col > maxColumns {
		if c.text != "" {
			r.cells = append(r.cells, make([]cell, maxColumns+1)...) // too many columns
		}
		return
	}
	for len(r.cells) < col {
		r.cells = append(r.cells, cell{})
	}
	r.cells[col-1] = c
}

// cellOf is what a cell of the kind shows; a number is one without a kind.
func (r *sheetReader) cellOf(kind string, style int, value, inline string) cell {
	switch kind {
	case "s":
		i, err := strconv.Atoi(value)
		if err != nil || i < 0 || i >= len(r.book.strings) {
			return cell{}
		}
		return r.book.formats.words(style, r.book.strings[i])
	case "inlineStr":
		return r.book.formats.words(style, inline)
	case "b":
		return cell{text: map[string]string{"1": "TRUE", "0": "FALSE"}[value]}
	case "", "n":
		if value == "" {
			return cell{}
		}
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return cell{text: value}
		}
		return r.book.formats.number(style, value)
	case "d":
		return cell{text: value, date: true}
	default: // the text of a formula, an error
		return r.book.formats.words(style, value)
	}
}
