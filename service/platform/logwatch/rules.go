package logwatch

import (
	"regexp"
	"strings"
	"unicode"
)

// rule is one sort of thing that no line may hold.
type rule struct {
	what string
	form string                  // a regular expression without groups
	also func(match string) bool // nil: every match is one
}

// rules know the things by their form, so that what no test thought of is
// found too. The program logs in English alone: whatever is Chinese in a line
// is a name, or what somebody wrote or was written to.
var rules = []rule{
	{"a name or a text of somebody's", `\p{Han}|\\u[4-9][0-9a-f]{3}|%[Ee][4-9]%[89A-Fa-f][0-9A-Fa-f]`, nil},
	{"a login token", `\bxy_[A-Za-z0-9_-]{20,}`, nil},
	{"an access token", `\b99_[0-9a-f]{6}`, nil},
	{"a parameter of WeChat's that is secret", `(?i:access_token|refresh_token|session_key|js_code|appsecret|touser|authorization)[\\"']*[ ]?[=:][ ]?[\\"']*[^\\"', }&]|(?i:bearer) [A-Za-z0-9_-]{3}`, nil},
	{"a parameter that is secret", `[?&](?:secret|token|code|ticket|sig|state)=[^&"\s]`, nil},
	{"a secret of the tests", `secret-of-the-tests|the-secret-of-notify`, nil},
	{"a secret or key in hexadecimal", `\b[0-9a-f]{32}\b`, mixed},
	{"a session key", `[A-Za-z0-9+/]{22}==`, nil},
	{"an openid or union id", `\b[ou][A-Za-z0-9_-]{27}\b`, random},
	{"an openid or union id of the tests", `\bo-?[0-9]{4,}\b|\bo(?:-[a-z]+)+-[0-9]{4,}\b|\bo(?:Parent|Person|Forged|Follower|Risk|Other|A|B)\b`, nil},
	{"a phone number", `(?:^|[^0-9A-Za-z:.]|[^"]:)(?:86)?1[3-9][0-9]{9}(?:$|[^0-9A-Za-z])`, nil},
	{"a student's or a citizen's number", `\b[GLT][0-9]{9,18}[Xx]?\b|\b[0-9]{17}[Xx]\b`, nil},
}

var chinese = regexp.MustCompile(`\p{Han}`)

// mixed tells what is random from a number.
func mixed(match string) bool {
	return strings.ContainsAny(match, "abcdef") && strings.ContainsAny(match, "0123456789")
}

// random tells a random text from a long word.
func random(match string) bool {
	return strings.ContainsFunc(match, unicode.IsDigit) && strings.ContainsFunc(match, unicode.IsUpper) && strings.ContainsFunc(match[1:], unicode.IsLower)
}

// book is all rules in one expression, one group each: a line is read once.
type book struct {
	rules []rule
	all   *regexp.Regexp
}

func newBook(rules []rule) book {
	forms := make([]string, len(rules))
	for i, r := range rules {
		forms[i] = "(" + r.form + ")"
	}
	return book{rules, regexp.MustCompile(strings.Join(forms, "|"))}
}

// read names what the line holds, or nothing, and masks it all.
func (b book) read(line string) (what, masked string) {
	if !b.all.MatchString(line) {
		return "", line
	}
	var out strings.Builder
	end := 0
	for _, at := range b.all.FindAllStringSubmatchIndex(line, -1) {
		for i, r := range b.rules {
			if at[2+2*i] < 0 || r.also != nil && !r.also(line[at[0]:at[1]]) {
				continue
			}
			if what == "" {
				what = r.what
			}
			out.WriteString(line[end:at[0]] + "***")
			end = at[1]
		}
	}
	return what, out.String() + line[end:]
}
