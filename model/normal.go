package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NormalText drops invisible characters, folds full-width forms (NFKC), trims and
// makes every run of white space one space. It is false where the text holds
// control characters or bytes that could not be decoded, and empty where it
// shows nothing.
func NormalText(s string) (string, bool) {
	if isPlain(s) {
		return s, true
	}
	visible := strings.Map(func(r rune) rune { // first, as they keep a letter from its accent
		if isInvisible(r) {
			return -1
		}
		return r
	}, s)
	var b strings.Builder
	b.Grow(len(s))
	ok, gap := true, false
	for _, r := range norm.NFKC.String(visible) {
		switch {
		case unicode.IsSpace(r):
			gap = b.Len() > 0
		case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
			ok = false
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	if text := b.String(); !showsNothing(text) {
		return text, ok
	}
	return "", ok
}

// isPlain is the quick way out for nearly all cells: printable ASCII without
// spaces, and common Han characters.
func isPlain(s string) bool {
	for _, r := range s {
		if (r <= ' ' || r >= 0x7f) && (r < 0x4e00 || r > 0x9fff) {
			return false
		}
	}
	return true
}

// isInvisible tells the characters that get into cells by copying from web
// pages and chats and that mean nothing there: zero-width characters, soft
// hyphens, direction marks and variation selectors.
func isInvisible(r rune) bool {
	return r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x2060 && r <= 0x2064 || r == 0xfeff ||
		r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef
}

// showsNothing reports whether a text looks empty: it has only spaces, format
// characters, combining marks without a base letter, and characters that fonts
// draw as blanks.
func showsNothing(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !isBlank(r) })
}

func isBlank(r rune) bool {
	return r == '\u2800' || r == '\U0001d159' || // a Braille cell without dots, a note without a head
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.M, unicode.Z, unicode.Other_Default_Ignorable_Code_Point)
}

// nameDots are written for the dot in the names of some nationalities.
var nameDots = strings.NewReplacer(".", "·", "•", "·", "・", "·", "‧", "·", "∙", "·", "⋅", "·")

// NormalName is the one form in which a person's name is stored and compared:
// NormalText, then foldName. Whatever a guardian types and a roster holds go
// through it, so that both meet. It is empty where the text cannot be one.
func NormalName(s string) string {
	text, ok := NormalText(s)
	if !ok {
		return ""
	}
	return foldName(text)
}

// foldName takes out the spaces by which lists line up two-character names
// ("王　芳"), and writes the dot one way.
func foldName(s string) string {
	if strings.ContainsAny(s, ".•・‧∙⋅") {
		s = nameDots.Replace(s)
	}
	if !strings.Contains(s, " ") {
		return s
	}
	runes := []rune(s)
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		// s is trimmed, so a space always has two neighbours.
		if r == ' ' && (joinsName(runes[i-1]) || joinsName(runes[i+1])) {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

func joinsName(r rune) bool { return r == '·' || r == '〇' || unicode.Is(unicode.Han, r) }

// NormalStudentNo is the one form of a student number (学籍号), in which it is
// sealed and hashed: half-width, in upper case, without spaces and without what
// programs wrap around it. It does not check the number. It is empty where the
// text cannot be one.
func NormalStudentNo(s string) string {
	text, ok := NormalText(s)
	if !ok {
		return ""
	}
	return unwrapNumber(text)
}

// unwrapNumber undoes what programs do to keep or lose a number as text:
// ="0012", '0012, and the ".0" of a number written by statistics software.
func unwrapNumber(s string) string {
	if t, ok := strings.CutPrefix(s, `="`); ok {
		s = strings.TrimSuffix(t, `"`)
	}
	s = strings.TrimPrefix(s, "'")
	if t, ok := strings.CutSuffix(s, ".0"); ok && isDigits(t) {
		s = t
	}
	return strings.ToUpper(strings.ReplaceAll(s, " ", ""))
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
