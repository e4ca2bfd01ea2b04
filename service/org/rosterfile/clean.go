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

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
