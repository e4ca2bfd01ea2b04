package calendar

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"xinyu/model"
)

// Published is what the State Council has published for the year; nil where the
// program does not know it. Each file names its source.
func Published(year int) []Day {
	text, err := files.ReadFile(fmt.Sprintf("published/%d.txt", year))
	if err != nil {
		return nil
	}
	days, err := parse(year, string(text))
	if err != nil {
		panic(err) // a test reads every file
	}
	return days
}

//go:embed published/*.txt
var files embed.FS

var (
	// aDate is 2026-10-01, 2026年10月1日, 10月1日, or 1日 of the month before it,
	// each with what stands in brackets behind it.
	aDate = regexp.MustCompile(`(?:(\d{4})-(\d{1,2})-(\d{1,2})|(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日)\s*((?:[（(][^）)]*[）)])?)`)
	// isRange is what stands between the first and the last of several days.
	isRange    = regexp.MustCompile(`^\s*(?:至|到|—+|–|-|~|～)\s*$`)
	inBrackets = regexp.MustCompile(`(?:^|[^按])(?:周|星期)([日一二三四五六天])`)
	countsAs   = regexp.MustCompile(`按(?:周|星期)([日一二三四五六天])`)
	howMany    = regexp.MustCompile(`共\s*(\d+)\s*天`)
	numbering  = regexp.MustCompile(`^\s*(?:[一二三四五六七八九十]+|\d+)[、.．]\s*`)
)

const weekdays = "日一二三四五六"

func weekdayOf(word string) int {
	if word == "天" {
		return 0
	}
	return strings.Index(weekdays, word) / len("日")
}

// parse reads a year's list that was pasted, as the State Council writes it or a
// line for each holiday: 国庆节：10月1日至7日放假，共7天。10月10日（周六）上班，按周三。 Lines
// that begin with # are left out. The error names the line and what is wrong
// with it: the weekday or the count that is written beside a date must be so.
func parse(year int, text string) ([]Day, error) {
	days := []Day{}
	seen := map[model.Date]bool{}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		found, err := readLine(year, line)
		if err != nil {
			return nil, model.Invalid("lines", "calendar_line_malformed", fmt.Sprintf("第%d行：%s", i+1, err.Error()))
		}
		for _, d := range found {
			if seen[d.Date] {
				return nil, model.Invalid("lines", "calendar_day_repeated", fmt.Sprintf("第%d行：%s写了两次", i+1, dateWords(d.Date)))
			}
			seen[d.Date] = true
			days = append(days, d)
		}
	}
	if _, err := rowsOf(0, year, days); err != nil {
		return nil, err
	}
	return days, nil
}

// readLine reads a holiday with its working days. Its name stands before a colon,
// or before the first date.
func readLine(year int, line string) ([]Day, error) {
	line = numbering.ReplaceAllString(line, "")
	name, rest, colon := strings.Cut(strings.Replace(line, "：", ":", 1), ":")
	if !colon {
		rest = line
		name = ""
		if at := aDate.FindStringIndex(line); at != nil {
			name = line[:at[0]]
		}
	}
	name = strings.TrimSpace(name)
	var days []Day
	for _, sentence := range strings.FieldsFunc(rest, func(r rune) bool { return r == '。' || r == '；' || r == ';' }) {
		found, err := readSentence(year, name, sentence)
		if err != nil {
			return nil, err
		}
		days = append(days, found...)
	}
	if len(days) == 0 {
		return nil, fmt.Errorf("没有看到日期，请写成“国庆节：10月1日至7日放假”")
	}
	return days, nil
}

func readSentence(year int, name, sentence string) ([]Day, error) {
	matches := aDate.FindAllStringSubmatchIndex(sentence, -1)
	if len(matches) == 0 {
		return nil, nil
	}
	plain := aDate.ReplaceAllString(sentence, " ")
	d := Day{Name: name}
	switch off, on := strings.Contains(plain, "放假") || strings.Contains(plain, "休息"), strings.Contains(plain, "上班"); {
	case off && on:
		return nil, fmt.Errorf("放假和上班请用句号分成两句")
	case off == on:
		return nil, fmt.Errorf("请写明是“放假”还是“上班”")
	case off:
		d.Kind = model.CalendarHoliday
	default:
		d.Kind = model.CalendarWorking
		if m := countsAs.FindStringSubmatch(sentence); m != nil {
			as := weekdayOf(m[1])
			d.Weekday = &as
		}
	}
	if d.Name == "" { // behind the dates, as in 10月1日至7日 放假 国庆节
		d.Name = strings.Trim(strings.TrimSpace(countsAs.ReplaceAllString(howMany.ReplaceAllString(strings.NewReplacer("放假", "", "休息", "", "上班", "", "调休", "").Replace(plain), ""), "")), "，,、至到-—~～ ")
	}
	if d.Name == "" {
		d.Name = map[model.CalendarKind]string{model.CalendarHoliday: "放假", model.CalendarWorking: "调休上班"}[d.Kind]
	}
	var days []Day
	month := 0
	for i, m := range matches {
		date, err := dateIn(year, &month, sentence, m)
		if err != nil {
			return nil, err
		}
		if i > 0 && isRange.MatchString(sentence[matches[i-1][1]:m[0]]) {
			for next := days[len(days)-1].Date.AddDays(1); next < date; next = next.AddDays(1) {
				if len(days) > maxDays {
					return nil, fmt.Errorf("日子太多了，请检查起止日期")
				}
				d.Date = next
				days = append(days, d)
			}
			if date <= days[len(days)-1].Date {
				return nil, fmt.Errorf("结束日期早于开始日期")
			}
		}
		d.Date = date
		days = append(days, d)
	}
	if m := howMany.FindStringSubmatch(plain); m != nil && m[1] != strconv.Itoa(len(days)) {
		return nil, fmt.Errorf("写的是共%s天，日期却有%d天", m[1], len(days))
	}
	return days, nil
}

// dateIn reads the date of a match; month is that of the date before it.
func dateIn(year int, month *int, sentence string, match []int) (model.Date, error) {
	group := func(i int) string {
		if match[2*i] < 0 {
			return ""
		}
		return sentence[match[2*i]:match[2*i+1]]
	}
	y, m, d := group(1)+group(4), group(2)+group(5), group(3)+group(6)
	if y != "" {
		year, _ = strconv.Atoi(y) // the pattern lets digits only
	}
	if m != "" {
		*month, _ = strconv.Atoi(m)
	}
	if *month == 0 {
		return "", fmt.Errorf("“%s日”没有写是几月", d)
	}
	number, _ := strconv.Atoi(d)
	date := model.Date(fmt.Sprintf("%04d-%02d-%02d", year, *month, number))
	if !date.Valid() {
		return "", fmt.Errorf("没有%d月%d日这一天", *month, number)
	}
	if word := inBrackets.FindStringSubmatch(group(7)); word != nil && time.Weekday(weekdayOf(word[1])) != date.Weekday() {
		return "", fmt.Errorf("%s是%s，不是周%s，请检查年份和日期", dateWords(date), weekdayWords(date.Weekday()), word[1])
	}
	return date, nil
}

func dateWords(d model.Date) string {
	t := d.Start().In(model.Shanghai)
	return fmt.Sprintf("%d月%d日", t.Month(), t.Day())
}

func weekdayWords(w time.Weekday) string { return "周" + string([]rune(weekdays)[w]) }
