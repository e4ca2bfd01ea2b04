package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// marker is a text that must come back in no reply and no line of the log.
const marker = "MARKER-Ω-7731"

// foe is a caller whom every role admits, who sends what no client of ours would.
type foe struct {
	*world
	token string
	unit  *model.Unit // the county that they manage
	log   *bytes.Buffer
	mu    *sync.Mutex
}

func newFoe(t *testing.T) *foe { t.Helper(); return newFoeOn(t, storetest.SQLite(t)) }

func newFoeOn(t *testing.T, st *store.Store) *foe {
	t.Helper()
	f := &foe{log: &bytes.Buffer{}, mu: &sync.Mutex{}}
	logwatch.Capture(t, f)
	f.world = newWorld(t, st)
	tree := f.Tree()
	var all []model.RoleAt
	for _, role := range model.Staff {
		all = append(all, model.RoleAt{Role: role, UnitID: tree.County.ID})
	}
	actor := f.Account(all...)
	f.Bind(actor, f.Pupil(tree.Class))
	f.Consent(actor)
	f.unit, f.token = tree.County, f.as(actor)
	return f
}

// Write implements io.Writer for the captured log.
func (f *foe) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Write(b)
}

// send makes the call; the reply must be no internal error and tell nothing
// of what was sent. (That a refusal is a whole problem document, do asserts.)
func (f *foe) send(r rest.Route, path string, body any, header http.Header) *reply {
	f.t.Helper()
	f.mu.Lock()
	f.log.Reset()
	f.mu.Unlock()
	res := f.doWith(r.Method, path, f.token, body, header)
	call := fmt.Sprintf("%s %s with %.200s: %.500s", r.Method, path, body, res.raw)
	require.Less(f.t, res.code, 500, call)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, secret := range []string{marker, "MARKER", url.QueryEscape("Ω-7731"), `\u03a9`} {
		require.NotContains(f.t, string(res.raw), secret, call)
		require.NotContains(f.t, fmt.Sprint(res.header), secret, call)
		require.NotContains(f.t, f.log.String(), secret, call)
	}
	require.NotContains(f.t, f.log.String(), "internal error", call)
	return res
}

// refused is send where nothing but a refusal is right.
func (f *foe) refused(r rest.Route, path string, body any, header http.Header) {
	f.t.Helper()
	res := f.send(r, path, body, header)
	require.GreaterOrEqual(f.t, res.code, 400, "%s %s with %.200s: %s", r.Method, path, body, res.raw)
}

// operation is the route's line in the OpenAPI document.
func operation(s *Server, r rest.Route) *huma.Operation {
	item := s.rest.OpenAPI().Paths[rest.Base+r.Path]
	return map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete}[r.Method]
}

// body is the schema of the route's JSON body, or nil.
func (f *foe) body(r rest.Route) *huma.Schema {
	op := operation(f.server, r)
	if op == nil || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return nil
	}
	return f.deref(op.RequestBody.Content["application/json"].Schema)
}

func (f *foe) deref(s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return f.server.rest.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// nowhere is the route's path with ids of nothing.
func nowhere(r rest.Route) string { return fill(r, "7") }

func fill(r rest.Route, id string) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllString(r.Path, strings.ReplaceAll(url.PathEscape(id), "$", "$$"))
}

var badIDs = map[string]string{
	"zero": "0", "negative": "-1", "2^63": "9223372036854775808", "the largest": "9223372036854775807", "signed": "+7", "hexadecimal": "0x7", "fraction": "7.5",
	"exponent": "1e3", "text": "abc", "full-width digits": "７", "SQL": "7 OR 1=1; DROP TABLE units --", "quote": "7'", "percent": "%", "null byte": "7\x00", "slashes": "../../etc/passwd",
	"very long": strings.Repeat("9", 4000), "marker": marker, "no UTF-8": "\xff\xfe", "newline": "7\nlevel=ERROR",
}

func TestHostileIDsAreRefused(t *testing.T) { // not parallel: it takes the log
	f := newFoe(t)
	for _, r := range f.server.rest.Table {
		t.Run(r.Method+strings.ReplaceAll(r.Path, "/", ":"), func(t *testing.T) {
			f.t = t
			for name, id := range badIDs {
				if strings.Contains(r.Path, "{") {
					f.refused(r, fill(r, id), map[string]any{}, nil)
				}
				op := operation(f.server, r)
				if op == nil {
					continue
				}
				for _, p := range op.Parameters {
					if p.In != "query" || name == "the largest" {
						continue
					}
					query := url.Values{p.Name: {id}}
					if res := f.send(r, nowhere(r)+"?"+query.Encode(), map[string]any{}, nil); strings.HasSuffix(p.Name, "Id") {
						require.GreaterOrEqual(t, res.code, 400, "%s as %s", id, p.Name)
					}
				}
			}
		})
	}
}

func TestHostileBodiesAreRefused(t *testing.T) { // not parallel: it takes the log
	f := newFoe(t)
	for _, r := range f.server.rest.Table {
		schema := f.body(r)
		if schema == nil {
			continue
		}
		t.Run(r.Method+strings.ReplaceAll(r.Path, "/", ":"), func(t *testing.T) {
			f.t = t
			for name, body := range map[string][]byte{
				"empty": {}, "no JSON": []byte("<" + marker + ">"), "cut off": []byte(`{"name":"` + marker), "array": []byte(`["` + marker + `"]`), "text": []byte(`"` + marker + `"`),
				"number": []byte("7"), "null": []byte("null"), "two": []byte("{}{}"), "null byte": []byte("{\"a\x00b\":1}"), "no UTF-8": []byte("{\"name\":\"\xff\xfe\"}"),
				"nested arrays": []byte(strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), "nested objects": []byte(strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000)),
				"unknown member": []byte(`{"` + marker + `":"` + marker + `"}`), "duplicate members": []byte(`{"name":"a","name":{"` + marker + `":1}}`),
				"too large": []byte(`{"name":"` + strings.Repeat("x", int(r.MaxBody)+100<<10) + `"}`),
			} {
				res := f.send(r, nowhere(r), body, nil)
				require.GreaterOrEqual(t, res.code, 400, "%s: %s", name, res.raw)
				if name == "too large" {
					res.problem(http.StatusRequestEntityTooLarge, "body_too_large")
				}
			}
			for name, value := range map[string]any{
				"nothing": nil, "marker": marker, "empty text": "", "object": map[string]any{marker: marker}, "array": []any{marker, nil}, "huge": 1e300, "tiny": -1e300, "fraction": 0.5,
				"true": true, "zero id": "0", "large id": "9223372036854775808", "early": "0000-01-01T00:00:00Z", "late": "9999-12-31T23:59:59+14:00", "no day": "2026-02-30T00:00:00Z", "null text": "a\x00b",
			} {
				every := map[string]any{}
				for member := range schema.Properties {
					every[member] = value
					one, ok := f.sample(schema).(map[string]any) // all else as it should be
					require.True(t, ok)
					one[member] = value
					f.send(r, nowhere(r), one, nil)
				}
				if res := f.send(r, nowhere(r), every, nil); name != "true" { // a body of nothing but flags may be right
					require.GreaterOrEqual(t, res.code, 400, "%s: %s", name, res.raw)
				}
			}
			f.refusesAmbiguous(r, schema)
			if r.Path != "/me/alerts" { // a call for help is taken as it comes
				f.refused(r, nowhere(r), f.sample(schema), http.Header{"Idempotency-Key": {strings.Repeat(marker, 20)}})
			}
			f.refused(r, nowhere(r), f.sample(schema), http.Header{"Content-Type": {marker}})
			if r.Path != "/me/alerts" {
				f.refused(r, nowhere(r), f.sample(schema), http.Header{"Accept": {marker}})
			}
		})
	}
}

// refusesAmbiguous sends each member in other letters, and twice: readers of JSON
// differ in what they make of it, so that one could check what another reads.
func (f *foe) refusesAmbiguous(r rest.Route, schema *huma.Schema) {
	f.t.Helper()
	for member := range schema.Properties {
		good, ok := f.sample(schema).(map[string]any)
		require.True(f.t, ok)
		text, err := json.Marshal(good)
		require.NoError(f.t, err)
		value, err := json.Marshal(good[member])
		require.NoError(f.t, err)
		twice := fmt.Sprintf(`{%q:%s,%s`, member, value, text[1:])
		require.Contains(f.t, []int{http.StatusBadRequest, http.StatusUnprocessableEntity}, f.send(r, nowhere(r), []byte(twice), nil).code, "%s twice", member)
	}
	for _, strange := range f.strangers(schema) {
		require.Equal(f.t, http.StatusUnprocessableEntity, f.send(r, nowhere(r), strange.body, nil).code, strange.name)
	}
}

// strangeBody is a body with one member that its schema does not have.
type strangeBody struct {
	name string
	body any
}

// strangers are samples of the schema of which one object, at any depth, has a member
// in other letters or one of no schema.
func (f *foe) strangers(s *huma.Schema) (all []strangeBody) {
	s = f.deref(s)
	switch s.Type {
	case huma.TypeArray:
		for _, item := range f.strangers(s.Items) {
			list, ok := f.sample(s).([]any)
			require.True(f.t, ok)
			list[0] = item.body
			all = append(all, strangeBody{name: "[0]." + item.name, body: list})
		}
	case huma.TypeObject:
		object := func() map[string]any {
			out, ok := f.sample(s).(map[string]any)
			require.True(f.t, ok)
			return out
		}
		unknown := object()
		unknown["unknownMember"] = "x"
		all = append(all, strangeBody{name: "an unknown member", body: unknown})
		for member, schema := range s.Properties {
			capitals := object()
			capitals[strings.ToUpper(member)] = capitals[member]
			delete(capitals, member)
			all = append(all, strangeBody{name: member + " in capitals", body: capitals})
			beside := object()
			beside[strings.ToUpper(member[:1])+member[1:]] = beside[member]
			all = append(all, strangeBody{name: member + " twice, in other letters", body: beside})
			for _, inner := range f.strangers(schema) {
				outer := object()
				outer[member] = inner.body
				all = append(all, strangeBody{name: member + "." + inner.name, body: outer})
			}
		}
	}
	return all
}

// sample is a value as the schema has it, with the marker for free text and
// ids of nothing.
func (f *foe) sample(s *huma.Schema) any {
	s = f.deref(s)
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeObject:
		out := map[string]any{}
		for name, member := range s.Properties {
			out[name] = f.sample(member)
			if strings.HasSuffix(name, "Id") {
				out[name] = "7"
			}
			if strings.HasSuffix(name, "Ids") {
				out[name] = []string{"7"}
			}
		}
		return out
	case s.Type == huma.TypeArray:
		n := 1
		if s.MinItems != nil {
			n = *s.MinItems
		}
		out := make([]any, n)
		for i := range out {
			out[i] = f.sample(s.Items)
		}
		return out
	case s.Type == huma.TypeBoolean:
		return false
	case s.Type == huma.TypeInteger || s.Type == huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case s.Format == "date-time":
		return f.store.Now()
	case strings.HasPrefix(s.Pattern, "^[0-9]{4}H"):
		return "2026H2"
	case s.Pattern != "":
		return "123456"
	case s.MaxLength != nil && *s.MaxLength < len([]rune(marker)):
		return string([]rune(marker)[:*s.MaxLength])
	}
	return marker
}

// A roster's cells, headings and file name are personal data or the caller's words.
func TestAHostileRosterIsNotEchoed(t *testing.T) { // not parallel: it takes the log
	f := newFoe(t)
	upload := rest.Route{Method: http.MethodPost}
	path := "/roster-imports?unitId=" + f.unit.ID.String()
	for name, file := range map[string]string{
		"heading": marker + ",班级,姓名,学籍号\nx,三1班,王芳,T001\n", "no headings": marker + "\n" + marker + "\n",
		"cells":  "学校,班级,姓名,学籍号,性别,出生日期\n一小,三1班,王芳," + marker + "\x01," + marker + "," + marker + "\n",
		"broken": "学校,班级,姓名,学籍号\n\"" + marker, "zip": "PK\x03\x04" + marker, "null bytes": "\x00\x00" + marker, "wide": strings.Repeat(marker+",", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			f.send(upload, path, []byte(file), nil)
			body, header := form(t, "file", marker+".csv", []byte(file))
			f.send(upload, path, body.Bytes(), header)
		})
	}
	f.t = t
	for _, kind := range []string{"multipart/form-data", "multipart/form-data; boundary=" + marker, "multipart/form-data; boundary=\"", marker} {
		f.send(upload, path, []byte("--"+marker+"\r\n\r\n"), http.Header{"Content-Type": {kind}})
	}
}

func TestAHostileTokenIsRefusedUnread(t *testing.T) { // not parallel: it takes the log
	f := newFoe(t)
	for _, token := range []string{marker, "xy_" + marker, "xy_" + strings.Repeat("A", 20000), "' OR 1=1 --", "xy_" + strings.Repeat("A", 42) + "!"} {
		f.token = token
		f.send(rest.Route{Method: http.MethodGet}, "/me", nil, nil).status(http.StatusUnauthorized)
	}
}

// The decoder's own words would name our types, and quote numbers.
func TestTheDecodersWordsAreNotTold(t *testing.T) { // not parallel: it takes the log
	f := newFoe(t)
	// The schema bounds a number of a report below only; the decoder knows how large it can be.
	body := []byte(`{"seq":731e300,"position":1,"rate":1,"segments":[]}`)
	res := f.send(rest.Route{Method: http.MethodPost}, "/watches/7/reports", body, nil).problem(http.StatusUnprocessableEntity, "invalid_input")
	require.Equal(t, "a member has another type or is out of range", res.at("errors", 0, "rule"))
}

// What the schemas let through must not upset the services either. Databases
// differ in what they can hold.
func TestExtremeValuesCauseNoInternalError(t *testing.T) { // not parallel: it takes the log
	storetest.Each(t, func(t *testing.T, st *store.Store) { extremeValues(newFoeOn(t, st)) })
}

func extremeValues(f *foe) {
	lecture := f.Lecture(f.unit, 1, model.SidePupil)
	lesson := f.Lesson(f.unit, 20, model.SidePupil, model.SideGuardian)
	watch := f.do(http.MethodPost, "/lessons/"+lesson.ID.String()+"/watches", f.token, map[string]any{}).status(http.StatusCreated).text("id")
	times := []string{"0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "1899-12-31T23:59:59.999999999Z", "2100-01-01T00:00:00Z",
		"1900-01-01T00:00:00+14:00", "2099-12-31T23:59:59-14:00"}
	outside := times[:6]
	for _, from := range times {
		for _, to := range times {
			window := url.Values{"from": {from}, "to": {to}}.Encode()
			for _, path := range []string{"/slots?", "/bookings?", "/lecture-sessions?"} {
				res := f.send(rest.Route{Method: http.MethodGet}, path+window, nil, nil)
				if slices.Contains(outside, from) || slices.Contains(outside, to) {
					res.problem(http.StatusUnprocessableEntity, "invalid_input")
				}
			}
			f.refused(rest.Route{Method: http.MethodPost}, "/lessons", map[string]any{"unitId": f.unit.ID, "title": "x", "sides": []string{"pupil"}, "publishFrom": from, "publishUntil": to, "x": 1}, nil)
			f.refused(rest.Route{Method: http.MethodPost}, "/lecture-sessions", map[string]any{"lectureId": lecture.ID, "mode": "offline", "place": "x", "startsAt": from, "endsAt": to,
				"targetUnitIds": []model.ID{f.unit.ID, f.unit.ID}}, nil)
			f.refused(rest.Route{Method: http.MethodPost}, "/wait-list", map[string]any{"roomId": "7", "from": from, "to": to}, nil)
		}
	}
	for _, number := range []any{1e300, -1e300, 9223372036854775807, 0, -1, 1e-300} {
		for member := range map[string]bool{"seq": true, "position": true, "rate": true} {
			report := map[string]any{"seq": 1, "position": 1, "rate": 1, "segments": [][]any{{number, number}, {0, number}, {number, 0}, {-1, 1}}}
			report[member] = number
			f.send(rest.Route{Method: http.MethodPost}, "/watches/"+watch+"/reports", report, nil)
		}
	}
	for _, cursor := range []string{"9223372036854775807", "1", "AAAA", "1_1", "-", "9999-12-31T23:59:59Z_7", strings.Repeat("A", 64)} {
		for _, path := range []string{"/units", "/lessons", "/lectures", "/lecture-sessions", "/rooms", "/slots", "/bookings", "/wait-list", "/alerts", "/roster-imports"} {
			f.send(rest.Route{Method: http.MethodGet}, path+"?limit=100&cursor="+url.QueryEscape(cursor), nil, nil)
		}
	}
	for _, term := range []string{"0000H1", "9999H2", "2026H3", "２０２６H1", "' OR 1"} {
		f.send(rest.Route{Method: http.MethodGet}, "/coverage/items?unitId="+f.unit.ID.String()+"&term="+url.QueryEscape(term), nil, nil)
		f.send(rest.Route{Method: http.MethodGet}, "/lessons?term="+url.QueryEscape(term), nil, nil)
	}
}
