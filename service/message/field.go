package message

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xinyu/model"
)

// keyword is a field of a template: its type and a number, as "thing1".
var keyword = regexp.MustCompile(`^([a-z]+(?:_[a-z]+)*)([0-9]{1,3})$`)

// timeForm is a moment as fields of the types time and date want it: 24 hours, with the day.
const timeForm = "2006年1月2日 15:04"

// limits are WeChat's bounds of a field's value by its type, in characters. A
// value that breaks them is refused with 47003.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/sendMessage.html
// (订阅消息参数值内容限制说明)
var limits = map[string]struct {
	most int
	cut  bool // a longer value can be cut and still says the same
	only func(rune) bool
}{
	"thing":            {most: 20, cut: true},
	"number":           {most: 32, only: anyOf("0123456789.")},
	"letter":           {most: 32, only: isLetter},
	"symbol":           {most: 5, only: func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }},
	"character_string": {most: 32, only: func(r rune) bool { return r >= ' ' && r <= '~' }},
	"time":             {most: 32, only: inTime},
	"date":             {most: 32, only: inTime},
	"amount":           {most: 12, only: anyOf("0123456789.元￥¥")},
	"phone_number":     {most: 17, only: anyOf("0123456789-+ ()")},
	"car_number":       {most: 8},
	"name":             {most: 10, cut: true},
	"phrase":           {most: 5, only: func(r rune) bool { return unicode.Is(unicode.Han, r) }},
}

func anyOf(set string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(set, r) }
}
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func inTime(r rune) bool   { return anyOf("0123456789年月日:-/ ~")(r) }

// clock is the hours and minutes without which a time is none.
var clock = regexp.MustCompile(`\b([01]?[0-9]|2[0-3]):[0-5][0-9]$`)

// fit brings a value within WeChat's limits for the field, or says why it
// can't be. The error never holds the value.
func fit(field, value string) (string, error) {
	parts := keyword.FindStringSubmatch(field)
	if parts == nil {
		return "", errors.New("is no keyword of a template, such as thing1")
	}
	limit, ok := limits[parts[1]]
	if !ok {
		return "", errors.New("has a type that WeChat does not know")
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return "", errors.New("would be empty")
	}
	if utf8.RuneCountInString(value) > limit.most {
		if !limit.cut {
			return "", fmt.Errorf("would be longer than %d characters", limit.most)
		}
		value = string([]rune(value)[:limit.most])
	}
	for _, r := range value {
		if unicode.IsControl(r) || limit.only != nil && !limit.only(r) {
			return "", errors.New("would hold characters that its type does not allow")
		}
	}
	if parts[1] == "time" && !clock.MatchString(value) {
		return "", errors.New("would be no time of 24 hours")
	}
	return value, nil
}

func timeText(t time.Time) string { return t.In(model.Shanghai).Format(timeForm) }
