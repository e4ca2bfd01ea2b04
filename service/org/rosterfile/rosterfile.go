// Package rosterfile reads the pupil lists that schools really send (Excel
// workbooks and CSV in any of the usual encodings) and gives clean rows plus a
// list of what the person must correct. It knows no database: what the units
// and pupils mean to us is decided by the importer.
package rosterfile

import (
	"bytes"
	"cmp"
	"path"
	"strings"

	"xinyu/model"
)

// The genders of a Row; the empty string is unknown.
const (
	Male   = "male"
	Female = "female"
)

// Limits on one file.
const (
	// MaxFileBytes is the largest file that is looked at.
	MaxFileBytes = 50 << 20
	// DefaultMaxRows is the number of data rows allowed where Options names none.
	DefaultMaxRows = 200_000
	// MaxFaults is how many faults are listed; the rest are only counted.
	MaxFaults = 1_000
)

// Options say what a file must contain.
type Options struct {
	// NeedTown asks for a town in every row; without it the importer has one.
	NeedTown bool
	// NeedSchool asks for a school in every row; without it the importer has one.
	NeedSchool bool
	// Today is the business day against which birthdays are checked; empty is the system's.
	Today model.Date
	// MaxRows is the number of data rows allowed; 0 is DefaultMaxRows.
	MaxRows int
	// HiddenRows also reads the rows that are hidden or filtered out in a workbook.
	HiddenRows bool
}

// Row is one pupil without any fault. All text is NFKC-folded, trimmed and
// free of control characters, so brackets are always the half-width ones.
type Row struct {
	// Sheet is the worksheet's name; empty for CSV.
	Sheet string
	// Line is the row number that the person sees in the spreadsheet, from 1.
	Line int
	// Town, School and Grade are empty where the file does not have the column
	// (or, for Town and School, where they are not needed and left empty).
	Town, School, Grade string
	// Class is the class as written in the file, such as "3班" or "三(3)班".
	Class string
	// Name has no spaces between Han characters and "·" as its only dot.
	Name string
	// StudentNo is 3 to 32 ASCII letters and digits, letters in upper case. It is
	// empty where the pupil has none yet.
	StudentNo string
	// Gender is Male, Female or empty.
	Gender string
	// Birth is empty where unknown.
	Birth model.Date
}

// Fault is one thing to correct. It never repeats what a cell says.
type Fault struct {
	// Sheet is the worksheet's name; empty for CSV and for faults of the whole file.
	Sheet string
	// Line is the row number as in Row; 0 means the whole file or sheet.
	Line int
	// Column is the column's title as the file has it, without hints; empty for a whole row.
	Column string
	// Code is stable and in English, one of the Code constants.
	Code string
	// Message tells the person in Chinese what to do.
	Message string
}

// File is what Parse found. An importer should refuse it while FaultCount > 0.
type File struct {
	// Format is "xlsx" or "csv".
	Format string
	// Rows are the faultless rows in the file's order. A pupil found in two
	// classes is in none of them; of a duplicate the first row stays.
	Rows []Row
	// Total counts the data rows, faulty ones included, blank and example rows not.
	Total int
	// HiddenRows counts the rows with pupils that are hidden or filtered out in a
	// workbook; they are in Rows and Total only where Options ask for them.
	HiddenRows int
	// Faults are the first MaxFaults, in the order of reading.
	Faults []Fault
	// FaultCount counts all, also those beyond MaxFaults.
	FaultCount int
	// SkippedSheets names the visible worksheets with content but without a
	// header, beside others that have one (help sheets, summaries).
	SkippedSheets []string
}

// Parse reads a roster. The content decides about the format; name, the file's
// name, only helps to word a refusal. progress, where not nil, is called now
// and then with rows done and an estimate of the rows in all, and at the end
// with both equal. Faults in the content are in the File; the error is always a
// *model.Error and means that the file as a whole cannot be read.
func Parse(data []byte, name string, opts Options, progress func(done, total int)) (*File, error) {
	if opts.MaxRows <= 0 {
		opts.MaxRows = DefaultMaxRows
	}
	opts.Today = cmp.Or(opts.Today, model.DateOf(model.SystemClock()))
	c := newCollector(opts, progress)
	if err := parse(c, data, strings.ToLower(path.Ext(name))); err != nil {
		return nil, err
	}
	return c.finish(), nil
}

func parse(c *collector, data []byte, ext string) error {
	head := bytes.TrimLeft(data[:min(len(data), 512)], "\xef\xbb\xbf \t\r\n")
	switch {
	case len(data) > MaxFileBytes:
		return tooLarge("file_too_large", "文件太大（超过 50 MB），请按学校拆分后分别导入")
	case len(head) == 0:
		return invalid("file_empty", "文件是空的，请选择填写好的花名册")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		// An OLE container is either Excel 97–2003 or an encrypted .xlsx; the
		// stream names are in UTF-16.
		if bytes.Contains(data, utf16Bytes("EncryptedPackage")) {
			return invalid("file_encrypted", "文件设有打开密码，请取消密码后重新保存再导入")
		}
		return errOldExcel()
	case bytes.HasPrefix(data, []byte("PK")):
		return parseXLSX(c, data)
	case head[0] == '<' || bytes.HasPrefix(head, []byte("MIME-Version")):
		// Many school systems export a web page or Excel 2003 XML under the name .xls.
		return errOldExcel()
	case ext == ".xls" && bytes.HasPrefix(data, []byte{0x09}) && data[min(1, len(data)-1)] < 0x09:
		return errOldExcel() // a bare BIFF stream of Excel 2–4
	default:
		return parseCSV(c, data)
	}
}

func utf16Bytes(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}
