package emulator

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The parts of a moment, as fields of the types time and date take them.
const (
	dayForm    = `(?:\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}))`
	clockForm  = `(?:(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)`
	timeForm   = `(?:` + dayForm + ` ?)?` + clockForm
	dateForm   = dayForm + `(?: ?` + clockForm + `)?`
	hanForm    = `\p{Han}`
	amountForm = `[¥￥$€£]?\d{1,10}(?:\.\d+)?元?`
)

// valueForms is what a field's value must be by its type, 订阅消息参数值内容限制说明 in
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
var valueForms = map[string]*regexp.Regexp{
	"thing":            form(`.{1,20}`),
	"number":           form(`\d{1,32}|\d{1,31}\.\d{1,30}`),
	"letter":           form(`[A-Za-z]{1,32}`),
	"symbol":           form(`[\p{P}\p{S}]{1,5}`),
	"character_string": form(`[!-~ ]{1,32}`),
	"time":             form(timeForm + `(?:~` + timeForm + `)?`),
	"date":             form(dateForm + `(?:~` + dateForm + `)?`),
	"amount":           form(amountForm),
	"phone_number":     form(`[\d+\-() ]{1,17}`),
	"car_number":       form(`[\p{Han}A-Za-z0-9][A-Za-z0-9]{0,6}[\p{Han}A-Za-z0-9]`),
	"name":             form(hanForm + `{1,10}|[A-Za-z\p{P}\p{S} ]{1,20}`),
	"phrase":           form(hanForm + `{1,5}`),
}

func form(s string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + s + `)$`) }

// fieldName is a type and a number.
var fieldName = regexp.MustCompile(`^([a-z_]+)\d{1,3}$`)

// fits reports whether the field ("thing1") may have the value.
func fits(field, value string) bool {
	name := fieldName.FindStringSubmatch(field)
	if name == nil || valueForms[name[1]] == nil {
		return false
	}
	if strings.TrimSpace(value) == "" || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return false
	}
	return valueForms[name[1]].MatchString(value)
}
