package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// draft is a JSON body that is being written, and need not stay JSON.
type draft struct {
	open, close string   // brackets; empty for what is no object and no list
	written     string   // what stands between them or, without any, the whole
	names       []string // of an object's members, as they are written
	parts       []*draft
	schema      *contractSchema // what the contract wants here; nil for strangers
}

func (d *draft) String() string {
	if d.open == "" {
		return d.written
	}
	var parts []string
	for i, part := range d.parts {
		text := part.String()
		if d.open == "{" {
			text = d.names[i] + ":" + text
		}
		parts = append(parts, text)
	}
	return d.open + strings.Join(parts, ",") + d.close
}

// draftOf writes a value.
func (c *contract) draftOf(v *value, s *contractSchema) *draft {
	if s != nil {
		s = c.deref(s)
	}
	d := &draft{schema: s}
	switch v.kind {
	case isText:
		d.written = quoted(v.text)
	case isNumber, isFlag:
		d.written = v.text
	case isNull:
		d.written = "null"
	case isObject:
		d.open, d.close = "{", "}"
	case isArray:
		d.open, d.close = "[", "]"
	}
	for i, part := range v.parts {
		var of *contractSchema
		switch {
		case s == nil:
		case v.kind == isArray:
			of = s.Items
		default:
			of = s.Properties[v.names[i]]
		}
		d.parts = append(d.parts, c.draftOf(part, of))
	}
	for _, name := range v.names {
		d.names = append(d.names, quoted(name))
	}
	return d
}

// place is where a draft stands in another.
type place struct {
	in *draft
	at int
}

func (p place) it() *draft { return p.in.parts[p.at] }

// places are all parts of a draft, and of its parts.
func (d *draft) places() (all []place) {
	for i, part := range d.parts {
		all = append(append(all, place{d, i}), part.places()...)
	}
	return all
}

// spoil writes the body with what the script changes in it: nothing for an empty one.
func (z *fuzzer) spoil(body any, schema *contractSchema, script *choices) []byte {
	z.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	text, err := json.Marshal(body)
	require.NoError(z.t, err)
	v, err := readJSON(text)
	require.NoError(z.t, err)
	whole := &draft{open: "[", parts: []*draft{z.contract.draftOf(v, schema)}}
	for len(script.left) > 0 && len(whole.String()) < 1<<20 {
		all := whole.places()
		z.change(all[script.of(len(all))], script)
	}
	return []byte(whole.parts[0].String())
}

// change makes one change at the place.
func (z *fuzzer) change(p place, script *choices) {
	object := p.in.open == "{"
	switch script.of(11) {
	case 0, 1, 2:
		p.in.parts[p.at] = &draft{written: z.odd(p.it().schema, script), schema: p.it().schema}
	case 3: // a member in other letters
		if object {
			p.in.names[p.at] = otherLetters(p.in.names[p.at], script.of(8))
		}
	case 4: // a member twice, alike or not
		if object {
			twin := p.it()
			if script.of(2) == 1 {
				twin = &draft{written: z.odd(twin.schema, script)}
			}
			p.in.names, p.in.parts = append(p.in.names, otherLetters(p.in.names[p.at], script.of(8))), append(p.in.parts, twin)
		}
	case 5: // nothing there
		p.in.parts = slices.Delete(p.in.parts, p.at, p.at+1)
		if object {
			p.in.names = slices.Delete(p.in.names, p.at, p.at+1)
		} else if p.in.close == "" { // the root
			p.in.parts = []*draft{{written: ""}}
		}
	case 6: // nested
		p.in.parts[p.at] = &draft{open: "[", close: "]", parts: []*draft{p.it()}}
	case 7: // an item more than once
		if p.in.open == "[" && p.in.close != "" {
			p.in.parts = append(p.in.parts, slices.Repeat([]*draft{p.it()}, []int{1, 7, 100, 1001}[script.of(4)])...)
		}
	case 8, 9: // a member that the contract has and the body did not
		if it := p.it(); it.open == "{" && it.schema != nil && len(it.schema.Properties) > 0 {
			names := slices.Sorted(maps.Keys(it.schema.Properties))
			name := names[script.of(len(names))]
			it.names, it.parts = append(it.names, quoted(name)), append(it.parts, &draft{written: z.odd(z.contract.deref(it.schema.Properties[name]), script)})
		}
	case 10: // one that it has not
		if it := p.it(); it.open == "{" {
			name := []string{quoted(script.text), quoted(marker), `"id"`, `"__proto__"`, `""`, `"accountId"`}[script.of(6)]
			it.names, it.parts = append(it.names, name), append(it.parts, &draft{written: z.odd(nil, script)})
		}
	}
}

// otherLetters writes the name of a member in another way, which some readers of JSON take for the same.
func otherLetters(name string, n int) string {
	plain := strings.Trim(name, `"`)
	switch n {
	case 1:
		return strings.ToUpper(name)
	case 2:
		return strings.ToLower(name)
	case 3:
		return `"` + strings.ToUpper(plain[:min(1, len(plain))]) + plain[min(1, len(plain)):] + `"`
	case 4: // letters that Unicode folds to s and k
		return strings.NewReplacer("s", "ſ", "k", "\u212a").Replace(name)
	case 5:
		return `"` + plain + ` "`
	case 6:
		return `"` + plain + `\u0000"`
	case 7: // the same, escaped
		if plain != "" && plain[0] < 0x80 && plain[0] != '\\' {
			return fmt.Sprintf(`"\u%04x%s"`, plain[0], plain[1:])
		}
	}
	return name
}

// oddities are values for any place.
var oddities = []string{
	"null", "true", "false", "[]", "{}", "[[]]", `{"":{}}`, "0", "-1", "1", "1.0", "1e2", "0.5", "-0", "1e300", "-1e300", "1e-300", "1e999", "9223372036854775807",
	"9223372036854775808", "-9223372036854775808", "9007199254740993", "NaN", "01", "+1", "'a'", `""`, `" "`, `"\u0000"`, `"\ud800"`, `"\ud83d\ude00"`, `"\u202e"`, `"e\u0301"`, `"\u200b"`,
	`"７"`, `"0"`, `"-1"`, `"+7"`, `"007"`, `"7 "`, `"9223372036854775807"`, `"9223372036854775808"`, `"1e3"`, `"true"`, `"null"`, "\"\xff\xfe\"", "\"a\nb\"", `"' OR 1=1 --"`,
	`"0001-01-01T00:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59Z"`, `"9999-12-31T23:59:59-14:00"`, `"1969-12-31T23:59:59.999999999Z"`, `"2026-02-30T00:00:00Z"`,
	`"2026-12-31T23:59:60Z"`, `"2026-12-31T24:00:00Z"`, `"2026-12-31t10:00:00z"`, `"2026-12-31 10:00:00Z"`, `"2026-12-31T10:00:00,5Z"`, `"2026-12-31T10:00:00+24:00"`,
	`"2026-12-31T10:00:00.12345678901234567890Z"`, `"2026-12-31T1:00:00Z"`, `"2026-12-31"`, `"0000-00-00"`, `"2026H1"`, `"2026h1"`, `"0000H1"`, `"9999H2"`, `"/../x"`,
}

// odd is a value, written as JSON or nearly so, that some reader may take for what the schema wants.
func (z *fuzzer) odd(s *contractSchema, script *choices) string {
	all := append(slices.Clone(oddities), quoted(marker), quoted(script.text), script.text, strings.Repeat("[", 500)+strings.Repeat("]", 500))
	for _, id := range []fmt.Stringer{z.pupil.ID, z.own.Class.ID, z.own.School.ID, z.other.Class.ID, z.members[0].actor.AccountID, z.store.NewID()} {
		all = append(all, quoted(id.String()), id.String(), "["+quoted(id.String())+"]")
	}
	for _, ahead := range []time.Duration{-time.Minute, time.Minute, 30 * time.Hour, 366 * 24 * time.Hour} {
		all = append(all, quoted(z.store.Now().Add(ahead).Format(time.RFC3339Nano)))
	}
	near := len(all) // from here on what the schema speaks of, which is chosen more often
	if s != nil {
		all = append(all, atTheEdges(s)...)
	}
	if n := len(all) - near; n > 0 && script.of(2) == 1 {
		return all[near+script.of(n)]
	}
	return all[script.of(len(all))]
}

// atTheEdges are values at the schema's bounds, and just past them.
func atTheEdges(s *contractSchema) (all []string) {
	for _, v := range s.Enum {
		all = append(all, quoted(v), quoted(strings.ToUpper(v)), quoted(v+" "))
	}
	for _, bound := range []*float64{s.Minimum, s.Maximum} {
		if bound != nil {
			for _, by := range []float64{-1, -0.5, 0, 0.5, 1} {
				all = append(all, strconv.FormatFloat(*bound+by, 'f', -1, 64))
			}
		}
	}
	for _, length := range []*int{s.MinLength, s.MaxLength} {
		if length != nil {
			for _, by := range []int{-1, 0, 1} {
				for _, letter := range []string{"x", "7", "心", "𠀀", " ", "\u200b", "e\u0301"} {
					all = append(all, quoted(strings.Repeat(letter, max(0, *length+by))))
				}
			}
		}
	}
	for _, items := range []*int{s.MinItems, s.MaxItems} {
		if items != nil {
			for _, by := range []int{-1, 0, 1} {
				all = append(all, "["+strings.TrimSuffix(strings.Repeat(`"7",`, max(0, *items+by)), ",")+"]")
			}
		}
	}
	if s.Default != nil {
		text, err := json.Marshal(s.Default)
		if err != nil {
			panic(err)
		}
		all = append(all, string(text))
	}
	return all
}
