package model

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// countingKeyRunes bounds a CountingKey.
const countingKeyRunes = 190

// CountingKey is a key by which names of units and classes are sorted as people
// count: 9班 before 10班, 三年级 before 四年级, 小班 before 大班, 初二 before 高一.
func CountingKey(name string) string {
	s := name
	if m := kindergarten.FindStringSubmatch(s); m != nil {
		s = "0000." + kindergartenOrder[m[1]] + s[len(m[1]):]
	}
	var b strings.Builder
	for len(s) > 0 {
		run := leadingNumeral(s)
		if n, ok := ParseCount(run); ok {
			fmt.Fprintf(&b, "%06d", n)
		} else {
			b.WriteString(run)
		}
		s = s[len(run):]
		rest := strings.IndexFunc(s, isNumeral)
		if rest < 0 {
			rest = len(s)
		}
		b.WriteString(s[:rest])
		s = s[rest:]
	}
	key := []rune(b.String())
	return string(key[:min(len(key), countingKeyRunes)])
}

var (
	kindergarten      = regexp.MustCompile(`^(学前|托|小|中|大)(班|\(?[0-9一二三四五六七八九十])`)
	kindergartenOrder = map[string]string{"托": "1", "小": "2", "中": "3", "大": "4", "学前": "5"}
)

const hanDigits = "〇一二三四五六七八九"

func isNumeral(r rune) bool {
	return r >= '0' && r <= '9' || r == '十' || strings.ContainsRune(hanDigits, r)
}

// leadingNumeral is the run of figures, or of Chinese numerals, at the beginning.
func leadingNumeral(s string) string {
	arabic := false
	for i, r := range s {
		if !isNumeral(r) || i > 0 && arabic != (r <= '9') {
			return s[:i]
		}
		arabic = r <= '9'
	}
	return s
}

// ParseCount reads a number of a class or grade: figures, or Chinese numerals up
// to ninety-nine.
func ParseCount(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, n >= 0 && len(s) <= 6
	}
	digit := func(part string) (int, bool) {
		r := []rune(part)
		if len(r) != 1 {
			return 0, false
		}
		i := strings.IndexRune(hanDigits, r[0])
		return i / len("〇"), i > 0
	}
	tens, ones, found := strings.Cut(s, "十")
	if !found {
		return digit(s)
	}
	n := 10
	if tens != "" {
		t, ok := digit(tens)
		if !ok {
			return 0, false
		}
		n = 10 * t
	}
	if ones == "" {
		return n, true
	}
	o, ok := digit(ones)
	return n + o, ok
}
