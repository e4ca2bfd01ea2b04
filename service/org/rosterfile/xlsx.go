package rosterfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits on what is inside a workbook, each many times what a full roster needs.
const (
	maxUnzipped     = 192 << 20 // all parts together, bytes
	maxPartUnzipped = 8 << 20   // a part other than sheets and shared strings, bytes
	maxParts        = 2_000
	maxStringTags   = 2_500_000 // "<" in the shared strings, which are held in memory parsed
	maxColumns      = 1_000
	maxTextRun      = 256 << 10 // bytes between two tags; Excel's cells end at 32,767 characters
)

func parseXLSX(c *collector, data []byte) error {
	if err := checkZip(data); err != nil {
		return err
	}
	book, err := openBook(data)
	if err != nil {
		return err
	}
	defer book.close()
	c.file.Format = "xlsx"
	sheets := book.visibleSheets()
	for _, s := range sheets {
		c.estimate += s.rowCount()
	}
	for _, s := range sheets {
		if err := readSheet(c, book, s); err != nil {
			return err
		}
	}
	return nil
}

// checkZip refuses by the directory alone what is no workbook or would unpack to too much.
// The sizes named there are binding: the zip reader fails on a part that is longer.
func checkZip(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errDamaged("zip directory")
	}
	workbook, total := false, uint64(0)
	var bulky []*zip.File
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		workbook = workbook || strings.HasPrefix(name, "xl/workbook") && strings.HasSuffix(name, ".xml")
		if name == "xl/workbook.bin" {
			return errOldExcel()
		}
		bulk := strings.HasPrefix(name, "xl/worksheets/") || name == "xl/sharedstrings.xml"
		// Added only after the check, so that the sum cannot overflow.
		if part.UncompressedSize64 > maxUnzipped || total+part.UncompressedSize64 > maxUnzipped ||
			!bulk && part.UncompressedSize64 > maxPartUnzipped || len(archive.File) > maxParts {
			return tooLarge("file_unpacks_too_large", "文件解压后太大，请删除图片和多余的工作表，或按学校拆分后再导入")
		}
		total += part.UncompressedSize64
		if bulk {
			bulky = append(bulky, part)
		}
	}
	if !workbook {
		return errUnknownType()
	}
	for _, part := range bulky {
		if err := checkTexts(part); err != nil {
			return err
		}
	}
	return nil
}

// checkTexts refuses a part with a text that no cell can hold, without keeping
// any of it: the library would make several copies of it.
func checkTexts(part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return errDamaged("zip part")
	}
	defer r.Close()
	run := textRun{}
	switch _, err := io.Copy(&run, io.LimitReader(r, maxUnzipped)); {
	case errors.Is(err, errTextRun):
		return tooLarge("cell_too_long", "有单元格的文字太长，请只保留花名册需要的内容")
	case err != nil:
		return errDamaged("zip part")
	}
	return nil
}

var errTextRun = errors.New("a text is too long")

// textRun counts the bytes since the last tag, and fails when they are too many.
type textRun struct{ length int }

func (r *textRun) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		tag := bytes.IndexByte(rest, '<')
		if tag < 0 {
			tag = len(rest)
		}
		if r.length += tag; r.length > maxTextRun {
			return 0, errTextRun
		}
		if tag == len(rest) {
			break
		}
		r.length, rest = 0, rest[tag+1:]
	}
	return len(b), nil
}

func readSheet(c *collector, book *book, s *sheet) error {
	rows, err := book.rows(s.name)
	if err != nil {
		return err
	}
	defer rows.close()
	c.startSheet(sheetFacts{name: s.name, since1904: book.since1904, merged: s.merged, isNumber: s.isNumber})
	line := 0
	for {
		cells, more, err := rows.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		line++
		if len(cells) > maxColumns {
			return tooLarge("too_many_columns", "文件的列数太多，请只保留花名册需要的列")
		}
		if len(cells) == 0 {
			continue
		}
		if err := c.row(line, cells); err != nil {
			return err
		}
		if c.refused {
			return nil
		}
	}
	// The library ends quietly where the XML breaks off.
	if line < s.lastRow() {
		return errDamaged("sheet breaks off")
	}
	return c.endSheet()
}

// book is an open workbook. The library has a history of panics on forged
// files, so each call into it turns one into an error.
type book struct {
	file      *excelize.File
	since1904 bool
}

func openBook(data []byte) (b *book, err error) {
	defer guard(&err)
	file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true,
		// The same limit for sheets keeps them in memory: pupils' data must not reach a temporary file.
		UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped,
	})
	if err != nil {
		return nil, errDamaged("open")
	}
	b = &book{file: file}
	if content, ok := file.Pkg.Load("xl/sharedStrings.xml"); ok && bytes.Count(content.([]byte), []byte("<")) > maxStringTags {
		return nil, tooLarge("file_unpacks_too_large", "文件内容太多，请按学校拆分后再导入")
	}
	props, err := file.GetWorkbookProps()
	if err != nil {
		return nil, errDamaged("properties")
	}
	b.since1904 = props.Date1904 != nil && *props.Date1904
	return b, nil
}

// close frees the library's own temporary files, of which there are none.
func (b *book) close() {
	var err error
	defer guard(&err)
	_ = b.file.Close()
}

type rowReader struct{ rows *excelize.Rows }

func (b *book) rows(sheet string) (r *rowReader, err error) {
	defer guard(&err)
	rows, err := b.file.Rows(sheet)
	if err != nil {
		return nil, errDamaged("sheet")
	}
	return &rowReader{rows}, nil
}

func (r *rowReader) next() (cells []string, more bool, err error) {
	defer guard(&err)
	if !r.rows.Next() {
		if r.rows.Error() != nil {
			return nil, false, errDamaged("row")
		}
		return nil, false, nil
	}
	cells, err = r.rows.Columns()
	if err != nil {
		return nil, false, errDamaged("cells")
	}
	return cells, true, nil
}

func (r *rowReader) close() { _ = r.rows.Close() }

func guard(err *error) {
	if recover() != nil {
		*err = errDamaged("panic")
	}
}
