package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"xinyu/model"
)

// Templates say which template of WeChat's carries which kind of message. They
// are the operator's, as each mini-program and official account has its own.
// The zero value configures none: then everyone is telephoned.
type Templates struct{ byKind map[string]Template }

// Template is how one kind of message is sent: by the mini-program, by the
// official account, or both (the second where there is no permission for the first).
type Template struct {
	MiniProgram *Carrier `json:"miniProgram"`
	Official    *Carrier `json:"official"`
}

// Carrier is a template with what its keywords say: "text", "status", "look"
// or "time". No other words can be configured.
type Carrier struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
}

// The sources of a field.
const (
	sourceText   = "text"
	sourceStatus = "status"
	sourceLook   = "look"
	sourceTime   = "time"
)

var templateID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// maxTemplates bounds the file in bytes.
const maxTemplates = 1 << 20

// ReadTemplates reads the setting: JSON where it begins with "{", else the
// name of a file that holds it; empty for none. The error is one line that
// names what is wrong.
func ReadTemplates(setting string) (Templates, error) {
	setting = strings.TrimSpace(setting)
	if setting == "" {
		return Templates{}, nil
	}
	content := []byte(setting)
	if !strings.HasPrefix(setting, "{") {
		info, err := os.Stat(setting)
		if err != nil || info.IsDir() {
			return Templates{}, errors.New("the file cannot be read")
		}
		if info.Size() > maxTemplates {
			return Templates{}, errors.New("the file is too large")
		}
		if content, err = os.ReadFile(setting); err != nil {
			return Templates{}, errors.New("the file cannot be read")
		}
	}
	var byKind map[string]Template
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&byKind); err != nil || decoder.More() {
		return Templates{}, errors.New(`want JSON: {"booking_reminder_1h": {"miniProgram": {"id": "…", "fields": {"thing1": "text", "time2": "time"}}}}`)
	}
	return NewTemplates(byKind)
}

// NewTemplates checks templates by their kinds, down to whether each field can
// hold what it is to say. The error names the first that is wrong.
func NewTemplates(byKind map[string]Template) (Templates, error) {
	for _, name := range slices.Sorted(maps.Keys(byKind)) {
		k, ok := kinds[name]
		if !ok {
			return Templates{}, fmt.Errorf("%s: there is no such kind of message; want one of %s", shown(name), strings.Join(Kinds(), ", "))
		}
		t := byKind[name]
		if t.MiniProgram == nil && t.Official == nil {
			return Templates{}, fmt.Errorf("%s: neither miniProgram nor official is given", name)
		}
		for where, carrier := range map[string]*Carrier{"miniProgram": t.MiniProgram, "official": t.Official} {
			if carrier == nil {
				continue
			}
			if err := carrier.check(k); err != nil {
				return Templates{}, fmt.Errorf("%s.%s: %w", name, where, err)
			}
		}
	}
	return Templates{byKind: byKind}, nil
}

// shown cuts what an operator wrote to what fits a line.
func shown(name string) string {
	if r := []rune(name); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return name
}

func (c Carrier) check(k kind) error {
	if !templateID.MatchString(c.ID) {
		return errors.New("id is no template id")
	}
	if len(c.Fields) == 0 {
		return errors.New("fields are missing")
	}
	// The widest time there is: every other fits where it does.
	_, err := c.data(k, time.Date(2026, 12, 31, 12, 34, 0, 0, model.Shanghai))
	return err
}

// data is what the fields say.
func (c Carrier) data(k kind, at time.Time) (map[string]string, error) {
	data := make(map[string]string, len(c.Fields))
	for _, field := range slices.Sorted(maps.Keys(c.Fields)) {
		var value string
		switch c.Fields[field] {
		case sourceText:
			value = texts[k.text]
		case sourceStatus:
			value = statuses[k.status]
		case sourceLook:
			value = texts["look"]
		case sourceTime:
			value = timeText(at)
			if strings.HasPrefix(field, "character_string") {
				value = at.In(model.Shanghai).Format("2006-01-02 15:04")
			}
		default:
			return nil, fmt.Errorf("fields.%s: want text, status, look or time", shown(field))
		}
		fitted, err := fit(field, value)
		if err != nil {
			return nil, fmt.Errorf("fields.%s %w", shown(field), err)
		}
		data[field] = fitted
	}
	return data, nil
}

// miniProgram is the mini-program's carrier of a kind, or nil.
func (t Templates) miniProgram(kind string) *Carrier { return t.byKind[kind].MiniProgram }

// official is the official account's carrier of a kind, or nil.
func (t Templates) official(kind string) *Carrier { return t.byKind[kind].Official }

// knows reports whether the mini-program's template is configured.
func (t Templates) knows(id string) bool {
	return slices.ContainsFunc(t.Titled(), func(one TitledTemplate) bool { return one.ID == id && !one.Official })
}

// DemoTemplates are those of the demo, whose emulated WeChat takes any.
func DemoTemplates() Templates {
	byKind := make(map[string]Template, len(kinds))
	for name := range kinds {
		fields := map[string]string{"thing1": sourceText, "time2": sourceTime, "phrase3": sourceStatus}
		id := strings.ReplaceAll(name, "_", "-")
		byKind[name] = Template{MiniProgram: &Carrier{ID: "demo-" + id, Fields: fields}, Official: &Carrier{ID: "demo-official-" + id, Fields: fields}}
	}
	t, err := NewTemplates(byKind)
	if err != nil {
		panic(err) // a test holds them against the rules
	}
	return t
}

// TitledTemplate is a template with the title of what it carries.
type TitledTemplate struct {
	ID, Title string
	Head      string   // a title that may be shown on a locked phone
	Official  bool     // the official account's, else the mini-program's
	Fields    []string // the keywords that are filled, sorted
}

// Titled lists the templates by kind, the mini-program's first.
func (t Templates) Titled() []TitledTemplate {
	var list []TitledTemplate
	for _, official := range []bool{false, true} {
		for _, name := range Kinds() {
			c := t.miniProgram(name)
			if official {
				c = t.official(name)
			}
			if c != nil {
				list = append(list, TitledTemplate{ID: c.ID, Title: kinds[name].title, Head: heads[kinds[name].status], Official: official,
					Fields: slices.Sorted(maps.Keys(c.Fields))})
			}
		}
	}
	return list
}
