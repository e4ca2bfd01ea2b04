// Package redact masks what no log line may hold: secrets, tokens, openids,
// names, telephone and other numbers of people, and what somebody wrote.
//
// New wraps the handler of the program's logger. Package logwatch has the tests
// fail by the same rules: Handler is the net below, not the excuse for logging
// such things.
package redact

import (
	"regexp"
	"strings"
	"unicode"
)

// Mask stands for what is masked.
const Mask = "***"

// Rule is one sort of thing that no line may hold.
type Rule struct {
	// What names the sort.
	What string
	// Form is a regular expression without groups.
	Form string
	// Also decides about a match of Form; nil: every match is one.
	Also func(match string) bool
}

// Rules know the things by their form, so that what nobody thought of is found
// too. The program logs in English alone: whatever is Chinese in a line is a
// name, or what somebody wrote or was written to.
var Rules = []Rule{
	{"a name or a text of somebody's", `\p{Han}|\\u[4-9][0-9a-f]{3}|%[Ee][4-9]%[89A-Fa-f][0-9A-Fa-f]`, nil},
	{"a login token", `\bxy_[A-Za-z0-9_-]{20,}`, nil},
	{"an access token", `\b99_[0-9a-f]{6}`, nil},
	{"a parameter of WeChat's that is secret", `(?i:access_token|refresh_token|session_key|js_code|appsecret|touser|authorization)[\\"']*[ ]?[=:][ ]?[\\"']*[^\\"', }&]|(?i:bearer) [A-Za-z0-9_-]{3}`, nil},
	{"a parameter that is secret", `[?&](?:secret|token|code|ticket|sig|state)=[^&"\s]`, nil},
	{"a secret or key in hexadecimal", `\b[0-9a-f]{32}\b`, mixed},
	{"a session key", `[A-Za-z0-9+/]{22}==`, nil},
	{"an openid or union id", `\b[ou][A-Za-z0-9_-]{27}\b`, random},
	{"a phone number", `(?:^|[^0-9A-Za-z:.]|[^"]:)(?:86)?1[3-9][0-9]{9}(?:$|[^0-9A-Za-z])`, nil},
	{"a student's or a citizen's number", `\b[GLT][0-9]{9,18}[Xx]?\b|\b[0-9]{17}[Xx]\b`, nil},
	{"a citizen's number of digits alone", `\b[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{4}\b`, checksum},
}

// mixed tells what is random from a number.
func mixed(match string) bool {
	return strings.ContainsAny(match, "abcdef") && strings.ContainsAny(match, "0123456789")
}

// random tells a random text from a long word.
func random(match string) bool {
	return strings.ContainsFunc(match, unicode.IsDigit) && strings.ContainsFunc(match, unicode.IsUpper) && strings.ContainsFunc(match[1:], unicode.IsLower)
}

// checksum tells a citizen's number (GB 11643) from an id of ours, which has 18 digits too.
func checksum(match string) bool {
	sum := 0
	for i, digit := range match {
		sum += int(digit-'0') * (1 << (17 - i) % 11)
	}
	return sum%11 == 1
}

// Book is all rules in one expression, one group each: a line is read once.
type Book struct {
	rules []Rule
	all   *regexp.Regexp
}

// NewBook compiles rules. It panics on a form that is no regular expression.
func NewBook(rules []Rule) Book {
	forms := make([]string, len(rules))
	for i, r := range rules {
		forms[i] = "(" + r.Form + ")"
	}
	return Book{rules, regexp.MustCompile(strings.Join(forms, "|"))}
}

// Read names what the line holds first, or nothing, and masks it all.
func (b Book) Read(line string) (what, masked string) {
	if !b.all.MatchString(line) {
		return "", line
	}
	var out strings.Builder
	end := 0
	for _, at := range b.all.FindAllStringSubmatchIndex(line, -1) {
		for i, r := range b.rules {
			if at[2+2*i] < 0 || r.Also != nil && !r.Also(line[at[0]:at[1]]) {
				continue
			}
			if what == "" {
				what = r.What
			}
			out.WriteString(line[end:at[0]] + Mask)
			end = at[1]
		}
	}
	return what, out.String() + line[end:]
}
