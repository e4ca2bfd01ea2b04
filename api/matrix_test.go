package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// request is one call on a thing of the own county.
type request struct {
	path   string // below rest.Base, with its query
	body   any    // as world.do takes it
	header http.Header
	// thing is the id (or other text) by which the reply or the call names
	// the thing of the own county; empty for calls that name none.
	thing string
	// settle, where set, waits for what an allowed call left running.
	settle func()
}

// line describes one route to the matrix.
type line struct {
	// make builds the thing that the member is to act on, anew for each cell.
	make func(b *bundle, m member) request
	// past are the codes of refusals that only callers get whom authorization let through.
	past []string
	// unsaid are the codes of refusals that say "not found" in other words:
	// an unknown thing gets the very same reply.
	unsaid []string
	// apart marks a call that concerns the caller alone, or proves itself by
	// a secret: then the other county may be allowed it too.
	apart bool
	// theirs are the roles to whose former holders the thing still belongs: it
	// is the caller's own and says nothing of others.
	theirs []model.Role
}

// theirsOf is the line with the roles to whose former holders the thing belongs.
func theirsOf(l line, roles ...model.Role) line { l.theirs = roles; return l }

// matrix describes every route of the table, by method and path; a route
// without a line fails the test. A key may go on with " | " and a word on what
// is tried, for routes that name more than one thing.
func matrix() map[string]line {
	all := map[string]line{}
	for _, part := range []map[string]line{matrixOfIdentity(), matrixOfUnits(), matrixOfLessons(), matrixOfLectures(), matrixOfRooms(), matrixOfBookings(), matrixOfScenes(), matrixOfFigures(), matrixOfAlerts(), matrixOfAudit()} {
		for route, l := range part {
			if _, twice := all[route]; twice {
				panic("two lines for " + route)
			}
			all[route] = l
		}
	}
	return all
}

// TestTheMatrix walks every route as every role, of the own county (the
// thing's own class or school, and a school nearby), of another county, of the
// own school until just before the call (a post, a guardianship or an account
// that has ended), and without any unit, and writes who is let through. In the golden file a route
// has a group of letters a role, in the order of the head line:
// A allowed, a allowed but the reply does not show the thing, F forbidden by
// role, N not found, L login required.
func TestTheMatrix(t *testing.T) {
	t.Parallel()
	lines := matrix()
	described := map[string][]string{} // keys of lines, by route
	for key := range lines {
		name, _, _ := strings.Cut(key, " | ")
		described[name] = append(described[name], key)
	}
	table := newWorld(t, storetest.SQLite(t)).server.rest.Table
	var mu sync.Mutex
	rows := map[string]string{}
	t.Run("routes", func(t *testing.T) {
		for _, r := range table {
			name := r.Method + " " + r.Path
			keys := described[name]
			delete(described, name)
			t.Run(strings.ReplaceAll(name, "/", ":"), func(t *testing.T) { // -run splits at slashes
				t.Parallel()
				require.NotEmpty(t, keys, "describe the new route in the matrix")
				for _, key := range keys {
					row := walk(setup(newWorld(t, storetest.SQLite(t))), r, lines[key])
					mu.Lock()
					rows[key] = row
					mu.Unlock()
				}
			})
		}
	})
	require.Empty(t, described, "the matrix describes routes that are gone")
	if t.Failed() || len(rows) != len(lines) { // some were left out by -run
		return
	}
	keys := slices.SortedFunc(maps.Keys(lines), func(a, b string) int {
		return strings.Compare(pathOf(a)+" "+a, pathOf(b)+" "+b)
	})
	var out strings.Builder
	out.WriteString(matrixHead())
	for _, key := range keys {
		method, path, _ := strings.Cut(key, " ")
		fmt.Fprintf(&out, matrixLine, method, path, rows[key])
	}
	golden(t, "testdata/matrix.golden", []byte(out.String()))
}

const matrixLine = "%-6s %-62s %s\n"

func pathOf(route string) string { _, path, _ := strings.Cut(route, " "); return path }

// walk makes the call in every cell and returns the letters.
func walk(b *bundle, r rest.Route, l line) string {
	b.t.Helper()
	letters := make([]string, len(b.members))
	for i, m := range b.members {
		req := b.request(l, m)
		var before *snapshot
		if r.Method != http.MethodGet {
			before = b.snapshot()
		}
		res := b.doWith(r.Method, req.path, m.token, req.body, req.header)
		cell := fmt.Sprintf("%s %s as %s: %s", r.Method, r.Path, m.name, res.raw)
		if res.code >= 400 {
			listed, _ := operation(b.server, r).Extensions["x-codes"].(map[int][]string)
			require.Contains(b.t, listed[res.code], res.text("code"), "the contract lists every code: %s", cell)
		}
		letters[i] = letterOf(b, l, req, res, cell)
		if before != nil {
			if strings.Contains("FNL", letters[i]) {
				before.mustStand(cell)
			}
			before.release()
		}
		b.judge(r, l, m, req, res, letters[i], cell)
		if req.settle != nil && letters[i] == "A" {
			req.settle()
		}
	}
	return grouped(b.members, letters)
}

func letterOf(b *bundle, l line, req request, res *reply, cell string) string {
	b.t.Helper()
	code, _ := res.json["code"].(string)
	switch {
	case res.code < 300:
		if req.thing != "" && !strings.Contains(string(res.raw), req.thing) && !strings.Contains(req.path, req.thing) && !inBody(req.body, req.thing) {
			return "a"
		}
		return "A"
	case res.code == http.StatusUnauthorized:
		return "L"
	case code == "role_required":
		return "F"
	case slices.Contains(l.past, code):
		return "A"
	case slices.Contains(l.unsaid, code):
		return "N"
	}
	require.Equal(b.t, http.StatusNotFound, res.code, "name the code in past if it proves that the caller got past authorization: %s", cell)
	return "N"
}

// judge asserts what must hold of every cell, whatever the golden file says.
func (b *bundle) judge(r rest.Route, l line, m member, req request, res *reply, letter, cell string) {
	b.t.Helper()
	if r.Access.Name == rest.Public.Name {
		return
	}
	require.Equal(b.t, m.token == "", letter == "L", cell)
	if m.token == "" {
		return
	}
	admitted := r.Access.Roles == nil || slices.Contains(r.Access.Roles, m.role)
	require.Equal(b.t, !admitted, letter == "F", "the role alone decides: %s", cell)
	if l.apart || !admitted || m.place == "own" || m.place == "near" || m.place == "former" && slices.Contains(l.theirs, m.role) {
		return
	}
	require.NotEqual(b.t, "A", letter, "a stranger is let through: %s", cell)
	if letter != "N" || !strings.Contains(req.path, req.thing) && !inBody(req.body, req.thing) {
		return
	}
	unknown := b.store.NewID().String()
	body := req.body
	if inBody(req.body, req.thing) {
		text, err := json.Marshal(req.body)
		require.NoError(b.t, err)
		body = []byte(strings.ReplaceAll(string(text), req.thing, unknown))
	}
	missing := b.doWith(r.Method, strings.ReplaceAll(req.path, req.thing, unknown), m.token, body, req.header)
	require.Equal(b.t, string(missing.raw), string(res.raw), "the answer tells a stranger whether the thing exists: %s", cell)
}

// inBody reports whether a JSON body names the thing.
func inBody(body any, thing string) bool {
	if _, raw := body.([]byte); raw || body == nil || thing == "" {
		return false
	}
	text, err := json.Marshal(body)
	return err == nil && strings.Contains(string(text), `"`+thing+`"`)
}

// places are the columns of a role.
var places = []string{"own", "near", "other", "former"}

func matrixHead() string {
	return fmt.Sprintf(matrixLine, "", "own county, school nearby, other county, formerly own", strings.Join([]string{
		"gua ", "pup ", "cou ", "tea ", "vol ", "man ", "ins ", "dut ", "no role", "no login"}, " "))
}

// grouped puts the letters in the order of the head line.
func grouped(members []member, letters []string) string {
	find := func(role model.Role, place string) string {
		return letters[slices.IndexFunc(members, func(m member) bool { return m.role == role && m.place == place })]
	}
	var groups []string
	for _, role := range slices.Concat([]model.Role{model.RoleGuardian, model.RolePupil}, model.Staff) {
		group := ""
		for _, place := range places {
			group += find(role, place)
		}
		groups = append(groups, group)
	}
	return strings.Join(append(groups, fmt.Sprintf("%-7s", find("", "none")), find("", "")), " ")
}
