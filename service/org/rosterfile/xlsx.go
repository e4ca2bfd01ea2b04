package rosterfile

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// Limits on what is inside a workbook, each many times what a full roster needs.
// Sheets are read as they are unpacked, and nothing is kept of their empty cells:
// a whole column that is formatted down to row 1,048,576 makes some 200 MB.
const (
	maxUnzipped     = 1 << 30   // all parts together, bytes
	maxStrings      = 192 << 20 // the shared strings, which are held in memory
	maxPartUnzipped = 8 << 20   // a part other than sheets and shared strings, bytes
	maxParts        = 2_000
	maxStringCount  = 1_500_000 // shared strings
	maxColumns      = 1_000
	maxSheetRow     = 1 << 20 // the last row of a sheet
)

func parseXLSX(c *collector, data []byte) error {
	book, err := openBook(data)
	if err != nil {
		return err
	}
	defer book.formats.close()
	c.file.Format = "xlsx"
	for _, s := range book.sheets {
		c.estimate += s.rows
	}
	for _, s := range book.sheets {
		if err := book.readSheet(c, s); err != nil {
			return err
		}
	}
	return nil
}

// book is an open workbook.
type book struct {
	parts   map[string]*zip.File // by the name in small letters
	strings []string             // shared by all sheets
	formats *formats
	sheets  []sheet
}

// sheet is a visible sheet of cells.
type sheet struct {
	name string
	part *zip.File
	rows int // a guess, for the progress
}

func openBook(data []byte) (*book, error) {
	b := &book{}
	if err := b.openParts(data); err != nil {
		return nil, err
	}
	since1904, err := b.readWorkbook()
	if err != nil {
		return nil, err
	}
	if b.formats, err = b.readStyles(since1904); err != nil {
		return nil, err
	}
	return b, b.readStrings()
}

// openParts refuses by the directory alone what is no workbook or would unpack to too much.
// The sizes named there are binding: the zip reader fails on a part that is longer.
func (b *book) openParts(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errDamaged("zip directory")
	}
	b.parts = make(map[string]*zip.File, len(archive.File))
	workbook, total := false, uint64(0)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		workbook = workbook || strings.HasPrefix(name, "xl/workbook") && strings.HasSuffix(name, ".xml")
		if name == "xl/workbook.bin" {
			return errOldExcel()
		}
		most := uint64(maxPartUnzipped)
		switch {
		case strings.HasPrefix(name, "xl/worksheets/"):
			most = maxUnzipped
		case name == "xl/sharedstrings.xml":
			most = maxStrings
		}
		// Added only after the check, so that the sum cannot overflow.
		if part.UncompressedSize64 > most || total+part.UncompressedSize64 > maxUnzipped || len(archive.File) > maxParts {
			return tooLarge("file_unpacks_too_large", "文件解压后太大，请删除图片和多余的工作表，或按学校拆分后再导入")
		}
		total += part.UncompressedSize64
		b.parts[name] = part
	}
	if !workbook {
		return errUnknownType()
	}
	return nil
}

// relation is a line of a part of relations.
type relation struct {
	ID, kind, part string
}

// relations are those of the part; its targets are written from where the part is.
func (b *book) relations(of string) ([]relation, error) {
	var rels struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	if err := b.decode(path.Join(path.Dir(of), "_rels", path.Base(of)+".rels"), &rels); err != nil {
		return nil, err
	}
	var out []relation
	for _, r := range rels.Relationship {
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", path.Dir(of), target)
		}
		out = append(out, relation{ID: r.ID, kind: path.Base(r.Type), part: strings.ToLower(strings.TrimPrefix(path.Clean(target), "/"))})
	}
	return out, nil
}

// decode reads a small part, and leaves v as it is where there is none.
func (b *book) decode(name string, v any) error {
	part := b.parts[strings.ToLower(name)]
	if part == nil {
		return nil
	}
	r, err := part.Open()
	if err != nil {
		return errDamaged("zip part")
	}
	defer r.Close()
	if err := xml.NewDecoder(r).Decode(v); err != nil {
		return errDamaged("part of the workbook")
	}
	return nil
}

// readWorkbook finds the sheets that the person sees; hidden ones hold a
// template's lists of choices. It reports whether days are counted from 1904.
func (b *book) readWorkbook() (since1904 bool, err error) {
	main := "xl/workbook.xml"
	tops, err := b.relations("")
	if err != nil {
		return false, err
	}
	for _, r := range tops {
		if r.kind == "officeDocument" && b.parts[r.part] != nil {
			main = r.part
		}
	}
	var workbook struct {
		Props struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets struct {
			Sheet []struct {
				Name  string     `xml:"name,attr"`
				State string     `xml:"state,attr"`
				Attrs []xml.Attr `xml:",any,attr"`
			} `xml:"sheet"`
		} `xml:"sheets"`
	}
	if err := b.decode(main, &workbook); err != nil {
		return false, err
	}
	rels, err := b.relations(main)
	if err != nil {
		return false, err
	}
	parts := map[string]relation{}
	for _, r := range rels {
		parts[r.ID] = r
	}
	for _, s := range workbook.Sheets.Sheet {
		if s.State != "" && s.State != "visible" {
			continue
		}
		for _, a := range s.Attrs {
			if r := parts[a.Value]; a.Name.Local == "id" && r.kind == "worksheet" && b.parts[r.part] != nil {
				const bytesPerRow = 500
				b.sheets = append(b.sheets, sheet{name: s.Name, part: b.parts[r.part], rows: int(b.parts[r.part].UncompressedSize64 / bytesPerRow)})
			}
		}
	}
	if len(b.sheets) == 0 && len(workbook.Sheets.Sheet) == 0 {
		return false, errDamaged("no sheets")
	}
	on := workbook.Props.Date1904
	return on == "1" || on == "true", nil
}

func (b *book) readStyles(since1904 bool) (*formats, error) {
	part := b.parts["xl/styles.xml"]
	if part == nil {
		return readFormats(nil, since1904)
	}
	r, err := part.Open()
	if err != nil {
		return nil, errDamaged("zip part")
	}
	defer r.Close()
	return readFormats(r, since1904)
}

// readStrings reads the texts that cells name by number. Texts that tell how a
// word is spoken are left out.
func (b *book) readStrings() error {
	part := b.parts["xl/sharedstrings.xml"]
	if part == nil {
		return nil
	}
	r, err := part.Open()
	if err != nil {
		return errDamaged("zip part")
	}
	defer r.Close()
	s := newScanner(r)
	var text texts
	for {
		switch err := s.next(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return refusedXML(err)
		}
		name := s.name()
		text.take(s, name)
		if string(name) == "/si" || string(name) == "si" && s.empty() {
			if len(b.strings) == maxStringCount {
				return tooLarge("file_unpacks_too_large", "文件内容太多，请按学校拆分后再导入")
			}
			b.strings = append(b.strings, text.done())
		}
	}
}

// texts joins the runs of a rich text.
type texts struct {
	out      []byte
	on       bool
	phonetic bool
}

func (t *texts) take(s *scanner, name []byte) {
	switch string(name) {
	case "rPh":
		t.phonetic = !s.empty()
	case "/rPh":
		t.phonetic = false
	case "t":
		t.on = !s.empty() && !t.phonetic
	case "/t":
		if t.on {
			t.out = append(t.out, s.text...)
		}
		t.on = false
	}
}

// done is the whole text; the next one begins.
func (t *texts) done() string {
	text := plainText(t.out)
	*t = texts{out: t.out[:0]}
	return text
}

func refusedXML(err error) error {
	if errors.Is(err, errTextRun) {
		return tooLarge("cell_too_long", "有单元格的文字太长，请只保留花名册需要的内容")
	}
	return errDamaged("XML")
}
