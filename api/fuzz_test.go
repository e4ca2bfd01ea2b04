package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store/storetest"
)

// FuzzBodies takes a call of the matrix that succeeds, changes its JSON body as
// the script says, and sends it as somebody who is let through. Whatever was
// sent: there is no internal error and no echo; what is refused changed
// nothing; what is accepted obeys the contract (openapi.json, read by other code
// than the server's), and each row that is stored obeys its type; what obeys the
// contract is not refused for its form.
//
// go test runs the seeds: some pseudo-random scripts for each call.
// go test ./api -run '^$' -fuzz FuzzBodies -fuzztime 10m runs it long.
func FuzzBodies(f *testing.F) { // not parallel: it takes the log
	z := newFuzzer(f)
	for i := range z.keys {
		for n := range uint64(seedsOfCall) {
			random, script := rand.New(rand.NewPCG(uint64(i), n)), make([]byte, 12)
			for at := range script {
				script[at] = byte(random.Uint32())
			}
			f.Add(uint8(i), uint8(n), script[:n], "ſtate\u212a")
		}
	}
	f.Fuzz(func(t *testing.T, call, who uint8, script []byte, text string) {
		z.host.TB = t
		z.try(z.keys[int(call)%len(z.keys)], int(who), &choices{left: script, text: text})
	})
}

const (
	seedsOfCall  = 12
	triesOfWorld = 40 // so many calls, then a new world: some things may be done a few times a day
)

type fuzzer struct {
	*bundle
	host     *host
	contract *contract
	lines    map[string]line
	routes   map[string]rest.Route
	callers  map[string][]model.Role // who is let through, by the matrix's golden file
	keys     []string                // of the lines with a JSON body
	tries    int
	log      bytes.Buffer
	mu       sync.Mutex
}

func newFuzzer(f *testing.F) *fuzzer {
	f.Helper()
	z := &fuzzer{host: &host{TB: f}, contract: readContract(f), lines: matrix(), routes: map[string]rest.Route{}, callers: lettersA(f)}
	logwatch.Capture(f, z)
	f.Cleanup(func() { z.host.TB = f; z.host.end() })
	z.renew()
	described := map[string]bool{}
	for _, r := range z.server.rest.Table {
		name := r.Method + " " + r.Path
		z.routes[name] = r
		if schema, _ := z.contract.body(r.Method, r.Path); schema != nil {
			described[name] = false
		}
	}
	for key := range z.lines {
		name, _, _ := strings.Cut(key, " | ")
		if _, takesJSON := described[name]; takesJSON && len(z.callers[key]) > 0 {
			described[name] = true
			z.keys = append(z.keys, key)
		}
	}
	for name, is := range described {
		require.True(f, is, "nobody is let through at %s", name)
	}
	slices.Sort(z.keys)
	return z
}

// renew begins a new world.
func (z *fuzzer) renew() {
	z.host.end()
	z.bundle, z.tries = setup(newWorld(z.host, storetest.SQLite(z.host))), 0
}

// Write implements io.Writer for the captured log.
func (z *fuzzer) Write(b []byte) (int, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.log.Write(b)
}

// logged is what the program has logged since it was last asked.
func (z *fuzzer) logged() string {
	z.mu.Lock()
	defer z.mu.Unlock()
	defer z.log.Reset()
	return z.log.String()
}

// try makes one call and asserts what FuzzBodies says.
func (z *fuzzer) try(key string, who int, script *choices) {
	untouched := len(script.left) == 0
	if z.tries++; z.tries > triesOfWorld || untouched {
		z.renew()
	}
	name, _, _ := strings.Cut(key, " | ")
	r, caller := z.routes[name], z.caller(z.callers[key][who%len(z.callers[key])])
	require.NoError(z.t, z.redis.Client().FlushAll(z.t.Context()).Err()) // who tries often is slowed down, which is tested elsewhere
	req := z.request(z.lines[key], caller)
	schema, needed := z.contract.body(r.Method, r.Path)
	raw := z.spoil(req.body, schema, script)
	before := z.snapshot()
	defer before.release()
	z.logged()
	res := z.doWith(r.Method, req.path, caller.token, raw, nil)
	logged, call := z.logged(), fmt.Sprintf("%s as %s with %.2000q: %.2000s", key, caller.name, raw, res.raw)
	require.Less(z.t, res.code, 500, call)
	require.NotContains(z.t, logged, "internal error", call)
	require.NotContains(z.t, logged, "MARKER", call)
	fault := func(lenient bool) string {
		if len(raw) == 0 && !needed {
			return ""
		}
		v, err := readJSON(raw)
		if err != nil {
			return err.Error()
		}
		z.contract.lenient = lenient
		return z.contract.fault("body", schema, v)
	}
	if res.code < 300 {
		require.Empty(z.t, fault(true), "what breaks the contract is accepted: %s", call)
		if req.settle != nil {
			req.settle()
		}
		if name == "POST /availability-rules" {
			z.tries = triesOfWorld // its slots are where the matrix would make some
		}
		z.rowsObey(call)
		return
	}
	for _, secret := range []string{"MARKER", "1e300", "922337203685477580", "9007199254740993", "json: "} {
		require.NotContains(z.t, string(res.raw), secret, call)
		require.NotContains(z.t, fmt.Sprint(res.header), secret, call)
	}
	require.False(z.t, untouched && !slices.Contains(z.lines[key].past, res.text("code")), "what is right is refused: %s", call)
	listed, _ := operation(z.server, r).Extensions["x-codes"].(map[int][]string)
	require.Contains(z.t, listed[res.code], res.text("code"), "the contract lists every code: %s", call)
	if fault(false) == "" {
		require.NotEqual(z.t, "invalid_input", res.text("code"), "what obeys the contract is refused for its form: %s", call)
	}
	before.mustStand(call, noted[name]...)
}

// noted are the tables in which a refused call leaves a trace on purpose: the
// alert of whoever says that they may harm themselves, and wrong claims.
var noted = map[string][]string{
	"POST /bookings":              {"alerts", "alert_entries", "outbox_messages", "call_tasks"},
	"POST /wait-list/{id}/accept": {"alerts", "alert_entries", "outbox_messages", "call_tasks"},
	"POST /me/children":           {"claim_tries", "outbox_messages"},
	"POST /me/pupil":              {"claim_tries", "outbox_messages"},
}

// rowsObey reads all rows of all tables and checks them as store.validate does before they are written.
func (z *fuzzer) rowsObey(call string) {
	z.t.Helper()
	for _, of := range stored {
		rows := reflect.New(reflect.SliceOf(reflect.TypeOf(of)))
		require.NoError(z.t, z.store.Read(z.t.Context()).Find(rows.Interface()).Error)
		for i := range rows.Elem().Len() {
			row := rows.Elem().Index(i)
			if v, ok := row.Interface().(interface{ Validate() error }); ok {
				require.NoError(z.t, v.Validate(), "%T after %s", of, call)
			}
			for n := range row.NumField() {
				field := row.Field(n)
				if list := field.MethodByName("Values"); field.Kind() == reflect.String && list.IsValid() && !field.IsZero() {
					require.True(z.t, contains(list.Call(nil)[0], field), "%T.%s after %s", of, row.Type().Field(n).Name, call)
				}
			}
		}
	}
}

func contains(list, v reflect.Value) bool {
	for i := range list.Len() {
		if list.Index(i).Equal(v) {
			return true
		}
	}
	return false
}

// stored are the rows of all tables.
var stored = []any{
	model.Account{}, model.OfficialFollower{}, model.LoginToken{}, model.Grant{}, model.Guardianship{}, model.BindingEnd{}, model.BindingClaim{}, model.ClaimTry{},
	model.InviteCode{}, model.Alert{}, model.AlertReopening{}, model.AvailabilityRule{}, model.AvailabilityException{}, model.Consent{}, model.ConsentEvent{}, model.Room{}, model.Counsellor{},
	model.Slot{}, model.Booking{}, model.PartyTime{}, model.RoomTime{}, model.CounselRecord{}, model.RecordHandover{}, model.WaitEntry{}, model.CoverageFact{}, model.CoverageTally{}, model.Viewer{},
	model.DatabaseMark{}, model.BookingFeedback{}, model.KeysetMark{}, model.Lecture{}, model.LectureSession{}, model.SessionTarget{}, model.SessionInvitee{},
	model.CheckIn{}, model.Lesson{}, model.Watch{}, model.LessonProgress{}, model.OutboxMessage{}, model.MessageCredit{}, model.MessageCreditEvent{}, model.CallTask{},
	model.Nudge{}, model.SessionAnnouncement{}, model.AccountPhone{}, model.SessionPost{}, model.PostReport{}, model.CheckInRetraction{}, model.Scene{}, model.LessonShare{}, model.LessonForward{}, model.Unit{},
	model.UnitAncestor{}, model.FileRemoval{}, model.Pupil{}, model.RosterImport{}, model.RosterImportPart{}, model.WebhookEvent{}, model.Job{}, model.CalendarDay{}, model.CalendarYear{},
	model.AuditEntry{}, model.AuditPending{}, model.AuditLeaf{}, model.AuditCheckpoint{},
	model.AlertEntry{}, model.AlertTimes{}, model.AlertStep{}, model.AlertTelling{}, model.DutyRota{}, model.DutyShift{}, model.DutyOverride{},
}

func TestTheFuzzerReadsEveryTable(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t)
	var tables []string
	require.NoError(t, st.Read(t.Context()).Raw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('goose_db_version', 'node_leases')").Scan(&tables).Error)
	var read []string
	for _, of := range stored {
		rows := &gorm.Statement{DB: st.Read(t.Context())}
		require.NoError(t, rows.Parse(reflect.New(reflect.TypeOf(of)).Interface()))
		read = append(read, rows.Table)
	}
	require.ElementsMatch(t, tables, read)
}

// lettersA reads from the matrix's golden file whom each call of the own county
// lets through; the empty role is somebody without one.
func lettersA(t testing.TB) map[string][]model.Role {
	t.Helper()
	text, err := os.ReadFile("testdata/matrix.golden")
	require.NoError(t, err)
	roles := append(slices.Concat(model.Families, model.Staff), "")
	require.Equal(t, []model.Role{model.RoleGuardian, model.RolePupil}, roles[:2], "the order of the columns")
	found := map[string][]model.Role{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+) +(.*?) +((?:[AaFNL]{4} ){8}[AaFNL]) +[AaFNL]$`).FindAllSubmatch(text, -1) {
		key, groups := string(m[1])+" "+string(m[2]), strings.Fields(string(m[3]))
		for i, group := range groups {
			if group[0] == 'A' {
				found[key] = append(found[key], roles[i])
			}
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(matrix())), slices.Collect(keysOf(text)), "the golden file is read whole")
	return found
}

func keysOf(golden []byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, m := range regexp.MustCompile(`(?m)^([A-Z]+) +(.*?)  +[AaFNL]{4} `).FindAllSubmatch(golden, -1) {
			if !yield(string(m[1]) + " " + string(m[2])) {
				return
			}
		}
	}
}

// host is the test to a world that outlives it: what a run of the fuzz function
// makes is kept for the next ones, until end.
type host struct {
	testing.TB
	undo []func()
}

// Cleanup implements testing.TB.
func (h *host) Cleanup(f func()) { h.undo = append(h.undo, f) }

// Context implements testing.TB.
func (h *host) Context() context.Context { return context.Background() }

// TempDir implements testing.TB.
func (h *host) TempDir() string {
	dir, err := os.MkdirTemp("", "xinyu-fuzz-")
	require.NoError(h, err)
	h.Cleanup(func() { require.NoError(h, os.RemoveAll(dir)) })
	return dir
}

func (h *host) end() {
	for _, f := range slices.Backward(h.undo) {
		f()
	}
	h.undo = nil
}

// choices are what the fuzz input chooses.
type choices struct {
	left []byte
	text string
}

// of is one of n; the first where nothing is left to choose by.
func (c *choices) of(n int) int {
	if len(c.left) == 0 {
		return 0
	}
	b := c.left[0]
	c.left = c.left[1:]
	return int(b) % n
}

// quoted is the text as JSON.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}
