package rosterfile

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheet reads from the raw XML what the streaming reader does not tell. Where
// the XML is written in an unusual way it says that there is nothing special.
type sheet struct {
	name   string
	xml    []byte
	merges [][4]int // first and last row and column, from 1; only those near the header
	offset int      // isNumber is asked for ascending rows and goes on from here
}

// visibleSheets are those the person sees; hidden ones hold a template's lists of choices.
func (b *book) visibleSheets() []*sheet {
	var err error
	defer guard(&err)
	paths := b.sheetPaths()
	var out []*sheet
	for _, name := range b.file.GetSheetList() {
		if visible, err := b.file.GetSheetVisible(name); err == nil && !visible {
			continue
		}
		s := &sheet{name: name}
		if content, ok := b.file.Pkg.Load(paths[name]); ok {
			s.xml = content.([]byte)
		}
		s.merges = readMerges(s.xml)
		out = append(out, s)
	}
	return out
}

// sheetPaths finds the part that holds each sheet, which the library does not show.
func (b *book) sheetPaths() map[string]string {
	content, ok := b.file.Pkg.Load("xl/_rels/workbook.xml.rels")
	if !ok || b.file.WorkBook == nil {
		return nil
	}
	var rels struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	if err := xml.Unmarshal(content.([]byte), &rels); err != nil {
		return nil
	}
	target := make(map[string]string, len(rels.Relationship))
	for _, rel := range rels.Relationship {
		part, absolute := strings.CutPrefix(rel.Target, "/")
		if !absolute {
			part = "xl/" + part
		}
		target[rel.ID] = part
	}
	paths := make(map[string]string)
	for _, s := range b.file.WorkBook.Sheets.Sheet {
		paths[s.Name] = target[s.ID]
	}
	return paths
}

var mergeTag = regexp.MustCompile(`<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+):([A-Z]+\d+)"`)

func readMerges(content []byte) [][4]int {
	var out [][4]int
	after := content[max(bytes.LastIndex(content, []byte("sheetData>")), 0):]
	for _, m := range mergeTag.FindAllSubmatch(after, -1) {
		col1, row1, err1 := excelize.CellNameToCoordinates(string(m[1]))
		col2, row2, err2 := excelize.CellNameToCoordinates(string(m[2]))
		if err1 == nil && err2 == nil && row1 <= headerRows {
			out = append(out, [4]int{row1, row2, col1, col2})
		}
	}
	return out
}

func (s *sheet) merged(line, col int) bool {
	return slices.ContainsFunc(s.merges, func(m [4]int) bool { return m[0] <= line && line <= m[1] && m[2] <= col && col <= m[3] })
}

// rowCount is an estimate for the progress bar.
func (s *sheet) rowCount() int {
	return bytes.Count(s.xml, []byte("</row>")) + bytes.Count(s.xml, []byte("</x:row>"))
}

var rowNumber = regexp.MustCompile(`\sr="(\d{1,7})"`)

// lastRow is the number of the last row in the XML, 0 where it is not written there.
func (s *sheet) lastRow() int {
	start := bytes.LastIndex(s.xml, []byte("<row "))
	if start < 0 {
		return 0
	}
	tag, _, _ := bytes.Cut(s.xml[start:], []byte(">"))
	m := rowNumber.FindSubmatch(tag)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0
	}
	return n
}

func (s *sheet) isNumber(line, col int) bool {
	name, err := excelize.CoordinatesToCellName(col, line)
	if err != nil || s.offset >= len(s.xml) {
		return false
	}
	i := bytes.Index(s.xml[s.offset:], []byte(` r="`+name+`"`))
	if i < 0 {
		s.offset = len(s.xml) // cells without names: do not search the whole sheet for each
		return false
	}
	s.offset += i
	start := bytes.LastIndexByte(s.xml[:s.offset], '<')
	tag, _, _ := bytes.Cut(s.xml[max(start, 0):], []byte(">"))
	return !bytes.Contains(tag, []byte(` t="`)) || bytes.Contains(tag, []byte(` t="n"`))
}
