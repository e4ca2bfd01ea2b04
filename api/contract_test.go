package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// contract is the OpenAPI document as a client reads it: from the file, and
// without the library that made it. It reads the keywords that our bodies use,
// and panics at any other, so that none is passed over.
type contract struct {
	// lenient reads as the server does, where that takes more than the document
	// says: null for a member that may be left out; an hour of one digit, and a comma
	// for the point of a second.
	lenient    bool
	Paths      map[string]map[string]*contractCall
	Components struct{ Schemas map[string]*contractSchema }
}

type contractCall struct {
	RequestBody struct {
		Content  map[string]struct{ Schema *contractSchema }
		Required bool
	}
}

// contractSchema is JSON Schema 2020-12, as far as our bodies use it.
type contractSchema struct {
	Ref         string `json:"$ref"`
	Type        string
	Format      string
	Pattern     string
	Enum        []string
	Required    []string
	Properties  map[string]*contractSchema
	Additional  any `json:"additionalProperties"` // false in every body
	Items       *contractSchema
	MinItems    *int
	MaxItems    *int
	MinLength   *int
	MaxLength   *int
	Minimum     *float64
	Maximum     *float64
	Default     any
	Description string
	PatternText string `json:"patternDescription"`
	Examples    []any
}

// readContract reads the checked-in document.
func readContract(t testing.TB) *contract {
	t.Helper()
	text, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	c := &contract{}
	require.NoError(t, json.Unmarshal(text, c))
	strict := json.NewDecoder(bytes.NewReader(bodySchemas(t, text)))
	strict.DisallowUnknownFields() // a keyword that is new to our bodies
	require.NoError(t, strict.Decode(&[]contractSchema{}), "teach contractSchema the keyword")
	return c
}

// bodySchemas is a list of the schemas of all JSON bodies, and of what they refer to.
func bodySchemas(t testing.TB, document []byte) []byte {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema json.RawMessage }
			}
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(document, &doc))
	var found []json.RawMessage
	seen := map[string]bool{}
	var add func(json.RawMessage)
	add = func(schema json.RawMessage) {
		found = append(found, schema)
		for _, m := range regexp.MustCompile(`"#/components/schemas/(\w+)"`).FindAllSubmatch(schema, -1) {
			if name := string(m[1]); !seen[name] {
				seen[name] = true
				add(doc.Components.Schemas[name])
			}
		}
	}
	for _, calls := range doc.Paths {
		for _, call := range calls {
			if body, ok := call.RequestBody.Content["application/json"]; ok {
				add(body.Schema)
			}
		}
	}
	require.Greater(t, len(found), 30)
	list, err := json.Marshal(found)
	require.NoError(t, err)
	return list
}

// body is the schema of a call's JSON body, or nil; needed tells that it may not be left out.
func (c *contract) body(method, path string) (schema *contractSchema, needed bool) {
	call := c.Paths["/api/v1"+path][strings.ToLower(method)]
	if call == nil {
		return nil, false
	}
	return call.RequestBody.Content["application/json"].Schema, call.RequestBody.Required
}

func (c *contract) deref(s *contractSchema) *contractSchema {
	if s.Ref != "" {
		return c.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// fault says where a value breaks the schema; empty where it obeys.
func (c *contract) fault(at string, s *contractSchema, v *value) string {
	s = c.deref(s)
	bad := func(rule string) string { return at + ": " + rule }
	if wanted := map[string]kind{"object": isObject, "array": isArray, "string": isText, "integer": isNumber, "number": isNumber, "boolean": isFlag}[s.Type]; s.Type != "" && v.kind != wanted {
		return bad("is no " + s.Type)
	}
	switch s.Type {
	case "object":
		return c.faultOfObject(at, s, v)
	case "array":
		if s.MinItems != nil && len(v.parts) < *s.MinItems || s.MaxItems != nil && len(v.parts) > *s.MaxItems {
			return bad("has too few or too many items")
		}
		for i, item := range v.parts {
			if f := c.fault(fmt.Sprintf("%s[%d]", at, i), s.Items, item); f != "" {
				return f
			}
		}
	case "string":
		return c.faultOfText(bad, s, v.text, isID.MatchString(at))
	case "integer", "number":
		return faultOfNumber(bad, s, v.text)
	}
	return ""
}

func (c *contract) faultOfObject(at string, s *contractSchema, v *value) string {
	if s.Additional != false {
		panic(at + ": the schema admits members that it does not name")
	}
	given := map[string]*value{}
	for i, name := range v.names {
		member := s.Properties[name]
		if member == nil {
			return at + ": has a member that the schema does not"
		}
		given[name] = v.parts[i]
		if c.lenient && v.parts[i].kind == isNull && !slices.Contains(s.Required, name) {
			continue
		}
		if f := c.fault(at+"."+name, member, v.parts[i]); f != "" {
			return f
		}
	}
	for _, name := range s.Required {
		if given[name] == nil {
			return at + ": lacks " + name
		}
	}
	return ""
}

// dateTime is RFC 3339's form of an instant, letters large.
var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

// isID matches the names of members that hold ids, of which the contract says in words what they are.
var isID = regexp.MustCompile(`Ids?(\[\d+\])?$`)

func (c *contract) faultOfText(bad func(string) string, s *contractSchema, text string, id bool) string {
	n := utf8.RuneCountInString(text)
	switch {
	case id:
		if n, err := strconv.ParseInt(text, 10, 64); err != nil || n <= 0 || text[0] == '+' || text[0] == '0' {
			return bad("is no id")
		}
	case s.MinLength != nil && n < *s.MinLength || s.MaxLength != nil && n > *s.MaxLength:
		return bad("is too short or too long")
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		return bad("is none of the values")
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text):
		return bad("does not match the pattern")
	case s.Format == "date-time":
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil || !c.lenient && !dateTime.MatchString(text) {
			return bad("is no instant")
		}
	case s.Format != "":
		panic("the contract has a format that this test does not know: " + s.Format)
	}
	return ""
}

func faultOfNumber(bad func(string) string, s *contractSchema, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return bad("is no number that a client can hold")
	case s.Type == "integer" && n != math.Trunc(n), s.Format == "int64" && (n < -1<<63 || n >= 1<<63):
		return bad("is no integer")
	case s.Minimum != nil && n < *s.Minimum || s.Maximum != nil && n > *s.Maximum:
		return bad("is too small or too large")
	case s.Format != "int64" && s.Format != "double":
		panic("the contract has a format that this test does not know: " + s.Format)
	}
	return ""
}

// kind is what sort of JSON a value is.
type kind string

const (
	isObject kind = "object"
	isArray  kind = "array"
	isText   kind = "text"
	isNumber kind = "number"
	isFlag   kind = "flag"
	isNull   kind = "null"
)

// value is JSON as it is written: members in their order, the same one twice where it stands twice.
type value struct {
	kind  kind
	text  string   // of a text, decoded; of a number or flag, as it is written
	names []string // of an object's members
	parts []*value // of an object's members, or the items of an array
}

var errNoStrictJSON = errors.New("not JSON that all readers read alike")

// readJSON reads one JSON value by the strictest rules: valid UTF-8, no half of
// a surrogate pair, no member twice, nothing behind it.
func readJSON(raw []byte) (*value, error) {
	if !utf8.Valid(raw) {
		return nil, errNoStrictJSON
	}
	r := jsonReader{Decoder: json.NewDecoder(bytes.NewReader(raw)), raw: raw}
	r.UseNumber()
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	if _, err := r.Token(); !errors.Is(err, io.EOF) {
		return nil, errNoStrictJSON
	}
	return v, nil
}

type jsonReader struct {
	*json.Decoder
	raw []byte
}

func (r jsonReader) value() (*value, error) {
	from := r.InputOffset()
	token, err := r.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		return r.whole(&value{kind: map[json.Delim]kind{'{': isObject, '[': isArray}[token]})
	case string:
		written := strings.ToLower(string(r.raw[from:r.InputOffset()]))
		if strings.ContainsRune(token, utf8.RuneError) && !strings.Contains(written, "\ufffd") && !strings.Contains(written, `\ufffd`) {
			return nil, errNoStrictJSON // Go reads half of a surrogate pair as U+FFFD
		}
		return &value{kind: isText, text: token}, nil
	case json.Number:
		return &value{kind: isNumber, text: token.String()}, nil
	case bool:
		return &value{kind: isFlag, text: strconv.FormatBool(token)}, nil
	}
	return &value{kind: isNull}, nil
}

// whole reads the members or items of v up to its closing bracket.
func (r jsonReader) whole(v *value) (*value, error) {
	for r.More() {
		if v.kind == isObject {
			name, err := r.value()
			if err != nil {
				return nil, err
			}
			if slices.Contains(v.names, name.text) {
				return nil, errNoStrictJSON
			}
			v.names = append(v.names, name.text)
		}
		part, err := r.value()
		if err != nil {
			return nil, err
		}
		v.parts = append(v.parts, part)
	}
	_, err := r.Token()
	return v, err
}
