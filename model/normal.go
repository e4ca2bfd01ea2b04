package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NormalText drops invisible characters, writes the standard characters for those
// of old fonts, folds full-width forms (NFKC), trims and makes every run of white
// space one space. It is false where the text holds
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
	for _, r := range norm.NFKC.String(StandardForm(visible)) {
		switch {
		case r == mongolianVowelSeparator:
			b.WriteRune(r)
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

// mongolianVowelSeparator is a format character that changes how a word is read.
const mongolianVowelSeparator = '\u180e'

// nameSigns are written for the dot in the names of some nationalities, for the
// hyphen and for the apostrophe. 丶 is typed for the dot for its look; it is in
// nobody's name.
var nameSigns = strings.NewReplacer(
	".", "·", "•", "·", "・", "·", "‧", "·", "∙", "·", "⋅", "·", "●", "·", "⸱", "·", "ꞏ", "·", "᛫", "·", "丶", "·",
	"‐", "-", "‒", "-", "–", "-", "—", "-", "−", "-",
	"’", "'", "‘", "'", "ʼ", "'", "ʻ", "'", "′", "'", "`", "'",
	"\u0640", "") // the stroke that makes Arabic letters longer

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

// SameName reports whether two names are one person's as far as spelling tells:
// in the form of NormalName, capital letters or not.
func SameName(a, b string) bool { return NameKey(a) == NameKey(b) }

// NameKey is NormalName in small letters: equal for names that SameName takes for one.
func NameKey(s string) string { return strings.ToLower(NormalName(s)) }

// foldName takes out the spaces by which lists line up two-character names
// ("王　芳"), and writes dot, hyphen and apostrophe one way. Tibetan's sign
// between syllables is dropped at the end.
func foldName(s string) string {
	if isPlainHan(s) {
		return s
	}
	s = strings.TrimRight(nameSigns.Replace(s), "་། ")
	if !strings.ContainsAny(s, " ·") {
		return s
	}
	runes := []rune(s)
	out := make([]rune, 0, len(runes))
	for i, r := range runes {
		// s is trimmed, so a space always has two neighbours.
		if r == ' ' && (i == 0 || i == len(runes)-1 || joinsName(runes[i-1]) || joinsName(runes[i+1])) {
			continue
		}
		if r == '·' && len(out) > 0 && out[len(out)-1] == '·' {
			continue // "..", or a dot between spaces and a dot
		}
		out = append(out, r)
	}
	return string(out)
}

// isPlainHan is the quick way out for nearly all names.
func isPlainHan(s string) bool {
	for _, r := range s {
		if r < 0x4e00 || r > 0x9fff || r == '丶' {
			return false
		}
	}
	return true
}

func joinsName(r rune) bool {
	return r == '·' || r == '-' || r == '\'' || r == '〇' || unicode.Is(unicode.Han, r)
}

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
