package rosterfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxTextRun bounds a text between two tags, and a tag, in bytes; Excel's cells
// end at 32,767 characters.
const maxTextRun = 256 << 10

var (
	errTextRun = errors.New("a text is too long")
	errXML     = errors.New("broken XML")
)

// scanner reads the XML of a sheet or of the shared strings as it is unpacked,
// without keeping any of it. encoding/xml takes ten times as long, which is too
// long for a million rows that hold nothing but a format.
type scanner struct {
	r    *bufio.Reader
	text []byte // before the tag
	tag  []byte // what is between < and >; both hold until the next call

	local []byte // the last name that had a prefix
}

func newScanner(r io.Reader) *scanner {
	decoded := transform.NewReader(r, unicode.BOMOverride(transform.Nop)) // parts may be in UTF-16
	return &scanner{r: bufio.NewReaderSize(decoded, maxTextRun)}
}

// next reads the text up to the next tag, and the tag. The error is io.EOF at the end.
func (s *scanner) next() error {
	s.text = s.text[:0]
	for {
		text, err := s.r.ReadSlice('<')
		if err != nil {
			return scanError(err)
		}
		if s.text = append(s.text, text[:len(text)-1]...); len(s.text) > maxTextRun {
			return errTextRun
		}
		s.tag = s.tag[:0]
		if err := s.readTag(); err != nil {
			return err
		}
		content, isData := bytes.CutPrefix(s.tag, []byte("![CDATA["))
		switch {
		case isData:
			s.text = append(s.text, escapeData(bytes.TrimSuffix(content, []byte("]]")))...)
		case bytes.HasPrefix(s.tag, []byte("!--")) || bytes.HasPrefix(s.tag, []byte("?")):
		case bytes.HasPrefix(s.tag, []byte("!")):
			return errXML // declarations of entities, which no workbook has
		default:
			return nil
		}
	}
}

// readTag reads to the end of the tag, which may have a > within quotes, and of
// a comment or data, which end by signs of their own.
func (s *scanner) readTag() error {
	for {
		part, err := s.r.ReadSlice('>')
		if err != nil {
			return scanError(err)
		}
		if s.tag = append(s.tag, part...); len(s.tag) > maxTextRun {
			return errTextRun
		}
		closed := s.tag[:len(s.tag)-1]
		switch {
		case bytes.HasPrefix(closed, []byte("!--")):
			if len(closed) < len("!----") || !bytes.HasSuffix(closed, []byte("--")) {
				continue
			}
		case bytes.HasPrefix(closed, []byte("![CDATA[")):
			if !bytes.HasSuffix(closed, []byte("]]")) {
				continue
			}
		case inQuotes(closed):
			continue
		case bytes.IndexByte(closed, '<') >= 0 && !bytes.ContainsAny(closed, `"'`):
			return errXML
		}
		s.tag = closed
		return nil
	}
}

func inQuotes(tag []byte) bool {
	var quote byte
	for _, b := range tag {
		switch {
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case b == quote:
			quote = 0
		}
	}
	return quote != 0
}

func scanError(err error) error {
	if errors.Is(err, bufio.ErrBufferFull) {
		return errTextRun
	}
	return err
}

// name is the name of the tag without its prefix, with a / in front where it
// closes; it holds until the next call.
func (s *scanner) name() []byte {
	name := s.tag
	if end := bytes.IndexAny(name, " \t\r\n"); end >= 0 {
		name = name[:end]
	} else if len(name) > 1 {
		name = bytes.TrimSuffix(name, []byte("/"))
	}
	colon := bytes.IndexByte(name, ':')
	if colon < 0 {
		return name
	}
	if s.local = s.local[:0]; name[0] == '/' {
		s.local = append(s.local, '/')
	}
	s.local = append(s.local, name[colon+1:]...)
	return s.local
}

// empty reports whether the tag closes itself.
func (s *scanner) empty() bool { return bytes.HasSuffix(s.tag, []byte("/")) }

// attr is the value of the tag's attribute, as it is written, or nil.
func (s *scanner) attr(name string) []byte {
	rest := s.tag
	for {
		at := bytes.IndexByte(rest, '=')
		if at < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:at])
		if gap := bytes.LastIndexAny(key, " \t\r\n"); gap >= 0 {
			key = key[gap+1:]
		}
		rest = bytes.TrimLeft(rest[at+1:], " \t\r\n")
		if len(rest) == 0 {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

// number is the attribute as a number, 0 where it is none.
func (s *scanner) number(name string) int {
	n, err := strconv.Atoi(string(s.attr(name)))
	if err != nil {
		return 0
	}
	return n
}

func escapeData(data []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(data, []byte("&"), []byte("&amp;")), []byte("<"), []byte("&lt;"))
}

var (
	entity = regexp.MustCompile(`&(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|quot|apos);`)
	// excelEscape is how a workbook writes a character that XML can't hold.
	excelEscape = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)
	named       = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}
)

// plainText undoes what XML and Excel write for characters.
func plainText(text []byte) string {
	s := string(text)
	if strings.Contains(s, "&") {
		s = entity.ReplaceAllStringFunc(s, func(e string) string {
			e = e[1 : len(e)-1]
			if known, ok := named[e]; ok {
				return known
			}
			if hex, ok := strings.CutPrefix(e, "#x"); ok {
				return character(hex, 16)
			}
			return character(e[1:], 10)
		})
	}
	if strings.Contains(s, "_x") {
		s = excelEscape.ReplaceAllStringFunc(s, func(e string) string { return character(e[2:6], 16) })
	}
	return s
}

func character(digits string, base int) string {
	n, err := strconv.ParseInt(digits, base, 32)
	if err != nil || !utf8.ValidRune(rune(n)) {
		return string(utf8.RuneError)
	}
	return string(rune(n))
}
