package rosterfile

import "unicode"

// isName reports whether the folded text can be a person's name: letters of any
// script with their marks, and the signs between the parts of a name.
func isName(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.Han, r):
			letters++
		case unicode.IsMark(r) || r == '\u180e': // vowels of Tibetan, of Uyghur's and Mongolian's scripts
			if letters == 0 {
				return false
			}
		case r != '·' && r != ' ' && r != '-' && r != '\'' && r != '་':
			return false
		}
	}
	return letters > 0
}
