package rosterfile

import "unicode"

func isName(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || r == '〇':
			letters++
		case r != '·' && r != ' ':
			return false
		}
	}
	return letters > 0
}
